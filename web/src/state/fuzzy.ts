/** Fuzzy matching for the command palette: letters of a name's words, in order, are enough to find it. */

export interface Match {
  score: number;
  /** Positions of the matched letters, for marking them. */
  positions: number[];
}

const START = 8;
const WORD_START = 6;
const ADJACENT = 5;
const LETTER = 1;
const GAP = 0.15;

function startsWord(text: string, at: number): boolean {
  if (at === 0) return true;
  const [before = "", here = ""] = [text[at - 1], text[at]];
  return /[^\p{L}\p{N}]/u.test(before) || (/\p{Ll}/u.test(before) && /\p{Lu}/u.test(here));
}

/** The word as a whole, at a word's start where it can be. */
function matchWhole(word: string, text: string, lower: string): Match | null {
  const first = lower.indexOf(word);
  if (first < 0) return null;
  let at = first;
  for (let next = first; next >= 0; next = lower.indexOf(word, next + 1)) {
    if (startsWord(text, next)) {
      at = next;
      break;
    }
  }
  const bonus = at === 0 ? START : startsWord(text, at) ? WORD_START : 0;
  return {
    score: bonus + word.length * (LETTER + ADJACENT) - at * GAP,
    positions: Array.from(word, (_, step) => at + step),
  };
}

/**
 * The word letter by letter. A letter starts a word of the text or stands in the same word as the letter before it:
 * "andup" finds "Annotation Duplicates", and no name is found by letters strewn over it.
 */
function matchLetters(word: string, text: string, lower: string): Match | null {
  const starts = Array.from(lower, (_, at) => startsWord(text, at));
  const known = new Map<number, Match | null>();
  const best = (letter: number, from: number): Match | null => {
    if (letter === word.length) return { score: 0, positions: [] };
    const key = letter * (lower.length + 1) + from;
    const before = known.get(key);
    if (before !== undefined) return before;
    let found: Match | null = null;
    let sameWord = letter > 0;
    for (let at = from; at < lower.length; at += 1) {
      const start = starts[at] === true;
      sameWord &&= !start;
      if (lower[at] !== word[letter] || !(start || sameWord)) continue;
      const rest = best(letter + 1, at + 1);
      if (rest === null) continue;
      const adjacent = letter > 0 && at === from ? ADJACENT : 0;
      const score = LETTER + (start ? WORD_START : 0) + adjacent - (at - from) * GAP + rest.score;
      if (found === null || score > found.score) found = { score, positions: [at, ...rest.positions] };
    }
    known.set(key, found);
    return found;
  };
  return best(0, 0);
}

/** Match every word that is typed; null where one of them is not in the text. */
export function fuzzyMatch(typed: string, text: string): Match | null {
  const lower = text.toLowerCase();
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = words.map((word) => matchWhole(word, text, lower) ?? matchLetters(word, text, lower));
  const found = matches.filter((match) => match !== null);
  if (found.length < matches.length) return null;
  const positions = [...new Set(found.flatMap((match) => match.positions))].sort((a, b) => a - b);
  return { score: found.reduce((sum, match) => sum + match.score, 0) - text.length * 0.01, positions };
}

/** Whether every word that is typed stands in the text as it is. */
export function containsWords(typed: string, text: string): boolean {
  const lower = text.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
