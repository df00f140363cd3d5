/**
 * Names come from data that others made. A character that nobody sees would turn round what stands beside it, or hide
 * what a name is: it is written out, as the command line does it.
 */

const HIDDEN = new RegExp(
  "(?![\\t\\n\\r])[\\p{Cc}\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff" +
    "\\ufff9-\\ufffb\\p{Cs}\\u{e0000}-\\u{e007f}]",
  "gu",
);

function writeOut(sign: string): string {
  const hex = (sign.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** A text with its hidden characters as `\x1b` and `\u202e`; spaces of all kinds stay, and the joiners that scripts need. */
export function showText(text: string): string {
  return text.replace(HIDDEN, writeOut);
}

function showNode(node: unknown): unknown {
  if (typeof node === "string") return showText(node);
  if (!Array.isArray(node)) return node;
  const shown = node.map(showNode);
  return shown.some((each, at) => each !== node[at]) ? shown : node;
}

/** What of an element's properties a person reads; all others are data and stay as they are. */
const READ = ["children", "title", "label", "alt", "placeholder", "aria-label", "aria-valuetext"];

/** The properties of an element with all that a person reads written out. */
export function showProps(props: Record<string, unknown>): Record<string, unknown> {
  let shown = props;
  for (const key of READ) {
    const value = showNode(props[key]);
    if (value !== props[key]) shown = { ...shown, [key]: value };
  }
  return shown;
}
