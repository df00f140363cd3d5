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
  font: string;
}

/** Read the colours that hold now; to be read again when the theme changes. */
export function readTokens(): Tokens {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    accent: read("--accent"),
    bar: read("--bar"),
    line: read("--line"),
    lineStrong: read("--line-strong"),
    muted: read("--muted"),
    panel: read("--panel"),
    text: read("--text"),
    severe: read("--severe"),
    font: read("--sans"),
  };
}
