/** Fuzzy matching for the command palette: the letters of what is typed, in order, anywhere in a name. */

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

/** Match one word: as a whole where it stands, else letter by letter, words' first letters preferred. */
function matchWord(word: string, text: string): Match | null {
  const lower = text.toLowerCase();
  const whole = lower.indexOf(word);
  if (whole >= 0) {
    let at = whole;
    for (let next = whole; next >= 0; next = lower.indexOf(word, next + 1)) {
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
  const positions: number[] = [];
  let score = 0;
  let from = 0;
  for (const letter of word) {
    let at = lower.indexOf(letter, from);
    if (at < 0) return null;
    for (let next = at; next >= 0; next = lower.indexOf(letter, next + 1)) {
      if (next === from || startsWord(text, next)) {
        at = next;
        break;
      }
    }
    // A later word's start is of no use if the rest of the letters cannot follow it.
    if (!hasLetters(lower, at + 1, word.slice(positions.length + 1))) at = lower.indexOf(letter, from);
    score += LETTER + (startsWord(text, at) ? WORD_START : 0) + (at === from && at > 0 ? ADJACENT : 0);
    score -= (at - from) * GAP;
    positions.push(at);
    from = at + 1;
  }
  return { score, positions };
}

function hasLetters(lower: string, from: number, letters: string): boolean {
  let at = from;
  for (const letter of letters) {
    const found = lower.indexOf(letter, at);
    if (found < 0) return false;
    at = found + 1;
  }
  return true;
}

/** Match every word that is typed; null where one of them is not in the text. */
export function fuzzyMatch(typed: string, text: string): Match | null {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = words.map((word) => matchWord(word, text));
  if (matches.some((match) => match === null)) return null;
  const found = matches.filter((match) => match !== null);
  const positions = [...new Set(found.flatMap((match) => match.positions))].sort((a, b) => a - b);
  return { score: found.reduce((sum, match) => sum + match.score, 0) - text.length * 0.01, positions };
}
