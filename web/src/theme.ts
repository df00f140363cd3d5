import { Combobox, createTheme, Menu, Modal, Popover, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  ...(["#e7ebfb", "#cfd7f7", "#a9b7ec", "#8ea4ff", "#6d84dd"] as const),
  ...(["#5168c4", "#3550c8", "#2c43ab", "#22368f", "#1a2a70"] as const),
];

const quick = { transitionProps: { duration: 80 } };

/** Mantine in the colours and sizes of tokens.css; mantine.css maps the rest of its variables. */
export const mantineTheme = createTheme({
  fontFamily: "var(--sans)",
  fontFamilyMonospace: "var(--mono)",
  fontSizes: { xs: "12px", sm: "13px", md: "13px", lg: "15px", xl: "15px" },
  radius: { sm: "6px", md: "6px" },
  defaultRadius: "sm",
  colors: { accent },
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 3 },
  autoContrast: true,
  respectReducedMotion: true,
  components: {
    Menu: Menu.extend({ defaultProps: { ...quick, shadow: "md" } }),
    Popover: Popover.extend({ defaultProps: { ...quick, shadow: "md" } }),
    Combobox: Combobox.extend({ defaultProps: { ...quick, shadow: "md" } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        attributes: { header: { role: "presentation" } },
        transitionProps: { duration: 100 },
      },
    }),
  },
});
