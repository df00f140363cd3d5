// Names that would turn headings round or hide what they are.
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Markdown } from "../src/components/ui/Markdown";
import { showText } from "../src/jsx/hidden";

const EVIL = "a\u202egnp.exe";
const SHOWN = "a\\u202egnp.exe";

test("hidden characters are written out as the command line does it", () => {
  expect(showText("\u001b[2J \u009b31m")).toBe("\\x1b[2J \\x9b31m");
  expect(showText("\u061c\u200b\u2028\u2066\ufeff\u{e0041}\ud800")).toBe(
    "\\u061c\\u200b\\u2028\\u2066\\ufeff\\U000e0041\\ud800",
  );
});

test("what scripts need stays: joiners, emoji, letters from right to left, line breaks", () => {
  const texts = [
    "می\u200cخواهم",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "שלום",
    "a\n\tb",
    "e\u0301",
    "a\u00a0b",
    "\u{1f600}",
  ];
  expect(texts.map(showText)).toEqual(texts);
});

test("descriptions in Markdown are written out, however a character is written there", () => {
  const text = "A **bo\u202eld** `co\u200bde`, &#x202e; and &rlm;\n\n| a\u2066 |\n|---|\n| $x\u202e^2$ |";
  const shown = renderToStaticMarkup(<Markdown text={text} />);
  expect(showText(shown)).toBe(shown);
  for (const part of ["bo\\u202eld", "co\\u200bde", "\\u202e and \\u200f", "a\\u2066", "</var>\\u202e"])
    expect(shown).toContain(part);
});

test("every text of an element is written out, alone and among others, and so is what is read aloud", () => {
  const Part = ({ name }: { name: string }) => <b title={name}>{name}</b>;
  const shown = renderToStaticMarkup(
    <>
      <h1 aria-label={`Class ${EVIL}`}>
        {EVIL} · {2}
      </h1>
      <ul>{[EVIL, "plain"]}</ul>
      <img alt={EVIL} src="x" />
      <Part name={EVIL} />
    </>,
  );
  expect(shown).not.toContain("\u202e");
  expect(shown.split(SHOWN)).toHaveLength(7);
});

test("what is data stays as it is: a field's value, an address", () => {
  const shown = renderToStaticMarkup(<input readOnly value={EVIL} data-name={EVIL} />);
  expect(shown.split(EVIL)).toHaveLength(3);
});
