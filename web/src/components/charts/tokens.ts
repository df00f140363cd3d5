/** Colours of tokens.css for drawings on a canvas, which know no CSS variables. */
export interface Tokens {
  accent: string;
  bar: string;
  line: string;
  lineStrong: string;
  muted: string;
  panel: string;
  text: string;
  severe: string;
  empty: string;
  tp: string;
  fp: string;
  fn: string;
  font: string;
}

const known = new Map<"light" | "dark", Tokens>();

/** The colours of a theme, which must be the one that is shown when they are first asked for. */
export function readTokens(theme: "light" | "dark"): Tokens {
  const tokens = known.get(theme) ?? read();
  known.set(theme, tokens);
  return tokens;
}

function read(): Tokens {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    accent: of("--accent"),
    bar: of("--bar"),
    line: of("--line"),
    lineStrong: of("--line-strong"),
    muted: of("--muted"),
    panel: of("--panel"),
    text: of("--text"),
    severe: of("--severe"),
    empty: of("--hover"),
    tp: of("--tp"),
    fp: of("--fp"),
    fn: of("--fn"),
    font: of("--sans"),
  };
}
