import { Modal } from "@mantine/core";
import { useEffect } from "react";
import styles from "./Shell.module.css";

const SHEET: [string, [string[], string][]][] = [
  [
    "Mouse on the grid",
    [
      [["Click"], "Select the card, or no longer"],
      [["⇧", "Click"], "Select from the last one up to the card"],
      [["Double click"], "Expand the card"],
    ],
  ],
  [
    "Grid",
    [
      [["←", "→", "↑", "↓"], "Move from card to card"],
      [["PgUp", "PgDn"], "A screen up or down"],
      [["Home", "End"], "First and last card"],
      [["Enter"], "Expand the card"],
      [["X"], "Select the card"],
      [["⇧", "X"], "Select up to the card"],
      [["Ctrl", "A"], "Select the whole result"],
      [["T"], "Tag what is selected, or the card"],
      [["Esc"], "Clear the selection"],
    ],
  ],
  [
    "Expanded picture",
    [
      [["←", "→"], "Previous and next item"],
      [["0"], "Fit the picture"],
      [["1"], "Show at 100 %"],
      [["+", "−"], "Zoom in and out"],
      [["Z"], "Zoom to the object"],
      [["B"], "Shapes, boxes, no overlay"],
      [["L"], "Labels on or off"],
      [["F"], "Flip between two compared sets"],
      [["V"], "Both compared sets side by side"],
      [["X"], "Select the item"],
      [["T"], "Tag the item"],
      [["Esc"], "Back to the grid"],
    ],
  ],
  [
    "Everywhere",
    [
      [["Ctrl K", "⌘ K"], "Search or jump to a page, metric, class, tag or view"],
      [["/"], "Write a filter"],
      [["Ctrl Z", "⌘ Z"], "Undo the last tagging"],
      [["?"], "This sheet"],
    ],
  ],
];

interface Props {
  opened: boolean;
  onOpen: () => void;
  onClose: () => void;
}

export function ShortcutSheet({ opened, onOpen, onClose }: Props) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement && event.target.type !== "range";
      if (event.key === "?" && !typing) onOpen();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onOpen]);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keyboard shortcuts"
      size={420}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {SHEET.map(([title, keys]) => (
        <section key={title}>
          <h3 style={{ marginBottom: 6 }}>{title}</h3>
          <dl className={styles.keys}>
            {keys.map(([caps, what]) => (
              <div key={what} style={{ display: "contents" }}>
                <dt>
                  {caps.map((cap) => (
                    <kbd key={cap} className="kbd">
                      {cap}
                    </kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
