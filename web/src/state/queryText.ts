/** Building query texts out of terms. What a text means is the server's to say. */

export interface TermText {
  text: string;
  key: string | null;
  negated: boolean;
}

/** Whether an `or` stands in a text outside parentheses and quotes. */
export function hasLooseOr(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === "\\") at += 1;
      else if (sign === '"') quoted = false;
      continue;
    }
    if (sign === '"') quoted = true;
    else if (sign === "(") depth += 1;
    else if (sign === ")") depth -= 1;
    else if (depth === 0 && /^or\b/i.test(text.slice(at)) && !/\w/.test(text[at - 1] ?? " ")) return true;
  }
  return false;
}

function asPart(text: string): string {
  return hasLooseOr(text) ? `(${text})` : text;
}

/** All of the terms must hold. */
export function allOf(texts: readonly string[]): string {
  const parts = texts.map((text) => text.trim()).filter(Boolean);
  return parts.length === 1 ? (parts[0] ?? "") : parts.map(asPart).join(" ");
}

/** One of the terms must hold. */
export function anyOf(texts: readonly string[]): string {
  return texts.join(" or ");
}

/** The texts that an `or` outside parentheses and quotes parts; the text itself where there is none. */
export function branches(text: string): string[] {
  const inner = /^\((.*)\)$/s.exec(text.trim())?.[1];
  const whole = inner !== undefined && isBalanced(inner) ? inner : text;
  const parts: string[] = [];
  let rest = whole;
  for (;;) {
    const at = looseOrAt(rest);
    if (at < 0) return [...parts, rest.trim()];
    parts.push(rest.slice(0, at).trim());
    rest = rest.slice(at + 2);
  }
}

function looseOrAt(text: string): number {
  for (let at = 1; at < text.length; at += 1) {
    if (/^or\b/i.test(text.slice(at)) && hasLooseOr(text.slice(0, at + 2))) return at;
  }
  return -1;
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const sign of text.replace(/"(?:[^"\\]|\\.)*"/g, "")) {
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const keyOf = (text: string): string | null => /^([A-Za-z_][\w.]*)(?=[:<>=!])/.exec(text)?.[1] ?? null;

/** What keeps a condition of an image's annotations apart from those beside it: any annotation may fulfil it. */
export const NOT_NOT = "not not ";

/** A condition without the double complement that keeps it apart. */
const plain = (text: string): string => (text.startsWith(NOT_NOT) ? text.slice(NOT_NOT.length) : text);

/** Whether a term, or every branch of its `or`, speaks of a key, and affirms it. */
export function isAbout(term: TermText, key: string): boolean {
  return branches(term.text).every((branch) => keyOf(plain(branch)) === key);
}

/** Filter by one value of a key in place of any other one; a value that is the filter already is taken away. */
export function withOnly(terms: readonly TermText[], key: string, wanted: string): string {
  const others = terms.filter((term) => !isAbout(term, key)).map((term) => term.text);
  const present = terms.filter((term) => isAbout(term, key));
  const alone = present.length === 1 && plain(present[0]?.text ?? "") === plain(wanted);
  return allOf(alone ? others : [...others, wanted]);
}

/** Let one more value of a key pass, or no longer let it pass. */
export function withAlso(terms: readonly TermText[], key: string, wanted: string): string {
  const place = terms.findIndex((term) => isAbout(term, key));
  const present = terms[place];
  if (present === undefined) return allOf([...terms.map((term) => term.text), wanted]);
  const values = branches(present.text);
  const others = values.filter((value) => plain(value) !== plain(wanted));
  const next = others.length < values.length ? others : [...values, wanted];
  return allOf(terms.map((term, at) => (at === place ? anyOf(next) : term.text)));
}

/** Let a term hold as well, or no longer. */
export function withToggled(terms: readonly TermText[], wanted: string): string {
  const texts = terms.map((term) => term.text);
  return allOf(texts.includes(wanted) ? texts.filter((text) => text !== wanted) : [...texts, wanted]);
}

/** Whether a value passes the terms about its key. */
export function isWanted(terms: readonly TermText[], key: string, text: string): boolean {
  return terms.some((term) => isAbout(term, key) && branches(term.text).map(plain).includes(plain(text)));
}

/** A value as it stands in a query: in quotes where it would be read as something else. */
export function valueText(value: string): string {
  const bare = /^[^\s()"]+$/.test(value) && value !== "null" && value !== "*" && !value.includes("..");
  return bare ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

export function termText(key: string, value: string): string {
  return `${key}:${valueText(value)}`;
}

/** Names of the views whose query asks for a tag of this name. */
export function viewsOfTag(views: readonly { name: string; query: string }[], tag: string): string[] {
  const wanted = termText("tag", tag).toLowerCase();
  const quoted = `tag:"${tag.replace(/["\\]/g, "\\$&")}"`.toLowerCase();
  const asks = (query: string): boolean =>
    [wanted, quoted].some((term) => {
      const at = ` ${query.toLowerCase()} `.split(term);
      return at.some(
        (before, place) =>
          place < at.length - 1 && /[\s(]$/.test(before) && /^[\s)]/.test(at[place + 1] ?? ""),
      );
    });
  return views.filter((view) => asks(view.query)).map((view) => view.name);
}
