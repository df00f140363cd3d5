/** Which parts of a query text are drawn in another colour. */

export type InkKind = "plain" | "sign" | "quoted";

export interface Ink {
  text: string;
  kind: InkKind;
  /** Position of the first character. */
  start: number;
}

const PART = /"(?:[^"\\]|\\.)*"?|[()]|<=|>=|[:<>=~]|(?<![^\s(])-|(?<![^\s(])(?:and|or|not)(?=[\s(]|$)/gi;

/** Cut a text into stretches of one colour: operators and keywords, words in quotes, and the rest. */
export function inkOf(text: string): Ink[] {
  const inks: Ink[] = [];
  let end = 0;
  for (const match of text.matchAll(PART)) {
    if (match.index > end) inks.push({ text: text.slice(end, match.index), kind: "plain", start: end });
    inks.push({ text: match[0], kind: match[0].startsWith('"') ? "quoted" : "sign", start: match.index });
    end = match.index + match[0].length;
  }
  if (end < text.length) inks.push({ text: text.slice(end), kind: "plain", start: end });
  return inks;
}
