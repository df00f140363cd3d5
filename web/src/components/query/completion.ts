/** Putting a completion, or what was meant, into the place of what is typed. */
import type { Completions, Suggestion } from "../../api/client";

export interface Completed {
  text: string;
  /** Where the cursor then stands. */
  cursor: number;
  /** Whether a condition is complete; else its operator or its value must follow. */
  finished: boolean;
}

const OPERATOR = /[:<>=]$/;

/** Put a suggestion between two offsets; a space follows where the condition is complete. */
export function complete(
  text: string,
  start: number,
  end: number,
  suggestion: Pick<Suggestion, "text" | "kind">,
): Completed {
  const [before, after] = [text.slice(0, start), text.slice(end)];
  const isKey = (suggestion.kind === "key" || suggestion.kind === "metric") && !OPERATOR.test(before);
  const finished = !isKey && !OPERATOR.test(suggestion.text) && suggestion.kind !== "keyword";
  const space = finished && !/^[\s)]/.test(after) ? " " : "";
  const cursor = start + suggestion.text.length + (finished && !after.startsWith(")") ? 1 : 0);
  return { text: `${before}${suggestion.text}${space}${after}`, cursor, finished };
}

/** Put what was meant in the place of a wrong word. */
export function mend(text: string, position: number, length: number, meant: string): string {
  return text.slice(0, position) + meant + text.slice(position + length);
}

/**
 * Completions for what is typed now.
 *
 * @param earlier whether they were asked for at an earlier state of the text.
 */
export function stillFitting(
  completions: Completions | undefined,
  earlier: boolean,
  text: string,
  cursor: number,
): Completions | null {
  if (completions === undefined || !earlier) return completions ?? null;
  const typed = text.slice(completions.start, cursor).toLowerCase().replace(/^"/, "");
  if (completions.start > cursor || /[\s():<>=]/.test(typed)) return null;
  const suggestions = completions.suggestions.filter(({ label }) => label.toLowerCase().startsWith(typed));
  return { start: completions.start, end: cursor, suggestions };
}
