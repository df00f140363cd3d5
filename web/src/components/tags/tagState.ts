/** How many of the selected items a tag marks, as one of three states. */
import type { Selection } from "../../state/selection";

export type TagState = "none" | "mixed" | "all";

export function stateOf(tagged: number, total: number): TagState {
  if (tagged === 0) return "none";
  return tagged >= total ? "all" : "mixed";
}

const marks = new WeakMap<Selection, number>();
let last = 0;

/** A number that tells one selection from another, however many items it has. */
export function markOf(selection: Selection): number {
  const known = marks.get(selection);
  if (known !== undefined) return known;
  last += 1;
  marks.set(selection, last);
  return last;
}

export function begins(name: string, typed: string): boolean {
  return name.toLowerCase().startsWith(typed.toLowerCase());
}

/** The tags whose name holds what is typed: that name itself first, then those that begin so. */
export function findTags<T extends { name: string }>(tags: readonly T[], typed: string): T[] {
  const rank = ({ name }: T): number => (name === typed ? 0 : begins(name, typed) ? 1 : 2);
  return tags
    .filter(({ name }) => name.toLowerCase().includes(typed.toLowerCase()))
    .toSorted((a, b) => rank(a) - rank(b));
}
