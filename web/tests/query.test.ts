import { apart, countClasses } from "../src/components/explorer/counts";
import { describe, expect, it } from "vitest";
import {
  binsBetween,
  binsOf,
  brushOf,
  isWhole,
  moveEnd,
  rangeOf,
  rangeText,
  withRange,
} from "../src/components/explorer/brush";
import { complete, mend, stillFitting } from "../src/components/query/completion";
import { inkOf } from "../src/components/query/ink";
import { begins, findTags, stateOf } from "../src/components/tags/tagState";
import {
  allOf,
  branches,
  hasLooseOr,
  isWanted,
  termText,
  viewsOfTag,
  withAlso,
  withOnly,
  withToggled,
  type TermText,
} from "../src/state/queryText";

const object = (text: string) => ({ text, key: "class", negated: true });

describe("conditions that a double complement keeps apart", () => {
  const terms = [
    { text: "object_area>100", key: "object_area", negated: false },
    object("not not class:dog"),
  ];

  it("are conditions of their key", () => {
    expect(isWanted(terms, "class", "class:dog")).toBe(true);
    expect(isWanted(terms, "class", "not not class:dog")).toBe(true);
    expect(isWanted([object("not class:dog")], "class", "class:dog")).toBe(false);
  });

  it("are replaced, joined and taken away like others", () => {
    expect(withOnly(terms, "class", "not not class:cat")).toBe("object_area>100 not not class:cat");
    expect(withOnly(terms, "class", "not not class:dog")).toBe("object_area>100");
    expect(withAlso(terms, "class", "not not class:cat")).toBe(
      "object_area>100 (not not class:dog or not not class:cat)",
    );
  });
});

describe("the classes under a filter", () => {
  const value = (label: string, count: number) => ({
    label,
    count,
    query: `class:${label}`,
    color: "#111111",
  });
  const all = [value("cup", 9), value("dog", 5), value("cat", 1)];

  it("have the numbers of the filter, most first, and none where the filter leaves none", () => {
    const counted = countClasses(all, [value("dog", 3), value("cup", 2)], false);
    expect(counted.map(({ name, count, query }) => [name, count, query])).toEqual([
      ["dog", 3, "class:dog"],
      ["cup", 2, "class:cup"],
      ["cat", 0, "class:cat"],
    ]);
  });

  it("are kept apart from other conditions on the annotations of an image", () => {
    const terms = [{ text: "object_area>100", key: "object_area", negated: false }];
    expect(apart("image", terms)).toBe(true);
    expect(apart("annotation", terms)).toBe(false);
    expect(apart("image", [])).toBe(false);
    expect(countClasses(all, all, true)[0]?.query).toBe("not not class:cup");
  });
});

const term = (text: string, key: string | null = null, negated = false): TermText => ({ text, key, negated });
const person = term("class:person", "class");
const dark = term("brightness<0.2", "brightness");

describe("joining conditions", () => {
  it("knows an or that would bind too loosely", () => {
    expect(hasLooseOr("class:a or class:b")).toBe(true);
    expect(hasLooseOr("(class:a or class:b) tag:x")).toBe(false);
    expect(hasLooseOr('class:"this or that"')).toBe(false);
    expect(hasLooseOr("class:floor for:x")).toBe(false);
  });

  it("encloses such conditions, and no others", () => {
    expect(allOf(["class:a or class:b", "tag:x"])).toBe("(class:a or class:b) tag:x");
    expect(allOf(["class:a or class:b"])).toBe("class:a or class:b");
    expect(allOf(["", "tag:x", " "])).toBe("tag:x");
    expect(allOf([])).toBe("");
  });

  it("finds the branches of an or", () => {
    expect(branches("(class:a or class:b)")).toEqual(["class:a", "class:b"]);
    expect(branches('class:"a or b" or class:c')).toEqual(['class:"a or b"', "class:c"]);
    expect(branches("(a:1) or (b:2)")).toEqual(["(a:1)", "(b:2)"]);
    expect(branches("tag:x")).toEqual(["tag:x"]);
  });

  it("quotes values that would be read as something else", () => {
    expect(termText("split", "train")).toBe("split:train");
    expect(termText("class", "sports ball")).toBe('class:"sports ball"');
    expect(termText("split", "null")).toBe('split:"null"');
    expect(termText("split", 'a "b"')).toBe('split:"a \\"b\\""');
  });
});

describe("filtering by a click", () => {
  it("puts one class in the place of another, and takes it away again", () => {
    expect(withOnly([person, dark], "class", "class:car")).toBe("brightness<0.2 class:car");
    expect(withOnly([person, dark], "class", "class:person")).toBe("brightness<0.2");
  });

  it("adds a class by or, beside the other conditions", () => {
    expect(withAlso([person], "class", "class:car")).toBe("class:person or class:car");
    expect(withAlso([person, dark], "class", "class:car")).toBe("(class:person or class:car) brightness<0.2");
    const both = term("(class:person or class:car)");
    expect(withAlso([both, dark], "class", "class:person")).toBe("class:car brightness<0.2");
    expect(withAlso([dark], "class", "class:car")).toBe("brightness<0.2 class:car");
  });

  it("does not touch what is excluded", () => {
    const no = term("not class:person", "class", true);
    expect(withOnly([no], "class", "class:car")).toBe("not class:person class:car");
    expect(isWanted([no], "class", "class:person")).toBe(false);
    expect(isWanted([term("(class:a or class:b)")], "class", "class:b")).toBe(true);
  });

  it("toggles a condition", () => {
    expect(withToggled([dark], "tag:review")).toBe("brightness<0.2 tag:review");
    expect(withToggled([dark, term("tag:review", "tag")], "tag:review")).toBe("brightness<0.2");
  });
});

describe("the brush", () => {
  const bins = [0, 1, 2, 3, 4].map((at) => ({ low: at / 5, high: (at + 1) / 5, count: 1, query: "" }));

  it("reads ranges and comparisons of its metric", () => {
    expect(rangeOf(term("size:100..2000"), "size")).toEqual({ low: 100, high: 2000 });
    expect(rangeOf(term("size:-1.5e3..=0.5"), "size")).toEqual({ low: -1500, high: 0.5 });
    expect(rangeOf(term("size>=3"), "size")).toEqual({ low: 3, high: null });
    expect(rangeOf(term("size<3"), "size")).toEqual({ low: null, high: 3 });
    expect(rangeOf(term("size:7"), "size")).toEqual({ low: 7, high: 7 });
    expect(rangeOf(term("size:null"), "size")).toBeNull();
    expect(rangeOf(term("oversize<3"), "size")).toBeNull();
    expect(rangeOf(term("not size<3", "size", true), "size")).toBeNull();
  });

  it("is what all of them leave", () => {
    expect(brushOf([term("size>1"), term("size<=5"), term("size<9")], "size")).toEqual({ low: 1, high: 5 });
    expect(brushOf([person], "size")).toBeNull();
  });

  it("writes half-open ranges, closed at the last bin", () => {
    expect(rangeText("size", bins, { first: 1, last: 2 })).toBe("size:0.2..0.6");
    expect(rangeText("size", bins, { first: 3, last: 4 })).toBe("size:0.6..=1");
  });

  it("comes in the place of the range that was", () => {
    expect(withRange([person, term("size:0..1", "size")], "size", "size:0.2..0.6")).toBe(
      "class:person size:0.2..0.6",
    );
    expect(withRange([person, term("size:0..1", "size")], "size", null)).toBe("class:person");
  });

  it("takes the bins between two places, in whichever direction", () => {
    expect(binsBetween(0.7, 0.1, 5)).toEqual({ first: 0, last: 3 });
    expect(binsBetween(-2, 1.4, 5)).toEqual({ first: 0, last: 4 });
    expect(isWhole({ first: 0, last: 4 }, 5)).toBe(true);
    expect(isWhole({ first: 1, last: 4 }, 5)).toBe(false);
  });

  it("finds the bins of a range, not those that only meet its ends", () => {
    expect(binsOf({ low: 0.2, high: 0.6 }, bins)).toEqual({ first: 1, last: 2 });
    expect(binsOf({ low: null, high: 0.1 }, bins)).toEqual({ first: 0, last: 0 });
    expect(binsOf({ low: 7, high: null }, bins)).toEqual({ first: 4, last: 4 });
  });

  it("is moved by keys, and its ends do not pass each other", () => {
    const range = { first: 1, last: 3 };
    expect(moveEnd(range, "first", "ArrowRight", 5)).toEqual({ first: 2, last: 3 });
    expect(moveEnd(range, "first", "End", 5)).toEqual({ first: 3, last: 3 });
    expect(moveEnd(range, "last", "PageUp", 5)).toEqual({ first: 1, last: 4 });
    expect(moveEnd(range, "last", "Home", 5)).toEqual({ first: 1, last: 1 });
    expect(moveEnd(range, "last", "a", 5)).toBeNull();
  });
});

describe("writing a query", () => {
  it("colours operators and keywords, not the same letters in words", () => {
    const signs = (text: string): string[] =>
      inkOf(text).flatMap((ink) => (ink.kind === "sign" ? [ink.text] : []));
    expect(signs("annotation_duplicates>0.3 -tag:x")).toEqual([">", "-", ":"]);
    expect(signs('not file:"a:b" or meta.floor:x-y')).toEqual(["not", ":", "or", ":"]);
    expect(inkOf("a:b").map((ink) => ink.start)).toEqual([0, 1, 2]);
  });

  it("completes a key, and waits for its operator", () => {
    expect(complete("bri", 0, 3, { text: "brightness", kind: "metric" })).toEqual({
      text: "brightness",
      cursor: 10,
      finished: false,
    });
    expect(complete("cl", 0, 2, { text: "class:", kind: "key" })).toEqual({
      text: "class:",
      cursor: 6,
      finished: false,
    });
  });

  it("completes a value, and goes on behind it", () => {
    expect(complete("class:per", 6, 9, { text: "person", kind: "class" })).toEqual({
      text: "class:person ",
      cursor: 13,
      finished: true,
    });
    expect(complete("severe:sh x", 7, 9, { text: "sharpness", kind: "metric" })).toEqual({
      text: "severe:sharpness x",
      cursor: 17,
      finished: true,
    });
    expect(complete("(class:per)", 7, 10, { text: "person", kind: "class" }).text).toBe("(class:person)");
  });

  it("narrows earlier completions down while it waits for new ones", () => {
    const suggestion = (label: string) => ({ text: label, label, detail: "", kind: "class" });
    const earlier = { start: 6, end: 6, suggestions: ["car", "cookie"].map(suggestion) };
    expect(stillFitting(earlier, true, "class:Coo", 9)).toEqual({
      start: 6,
      end: 9,
      suggestions: [suggestion("cookie")],
    });
    expect(stillFitting(earlier, true, "class:car b", 11)).toBeNull();
    expect(stillFitting(earlier, true, "cl", 2)).toBeNull();
    expect(stillFitting(earlier, false, "class:", 6)).toBe(earlier);
  });

  it("mends a wrong word", () => {
    expect(mend("class:persn brightness<0.2", 6, 5, "person")).toBe("class:person brightness<0.2");
  });
});

describe("finding a tag", () => {
  it("has the very name first, then those that begin so", () => {
    const tags = ["old review", "Reviewed", "review"].map((name) => ({ name }));
    expect(findTags(tags, "review").map((tag) => tag.name)).toEqual(["review", "Reviewed", "old review"]);
    expect(findTags(tags, "x")).toEqual([]);
    expect(begins("Reviewed", "rev")).toBe(true);
  });

  it("tells none, some and all", () => {
    expect(stateOf(0, 3)).toBe("none");
    expect(stateOf(2, 3)).toBe("mixed");
    expect(stateOf(3, 3)).toBe("all");
  });
});

describe("the views that ask for a tag", () => {
  it("name it as a whole value, in quotes or not", () => {
    const views = [
      { name: "alone", query: "tag:review" },
      { name: "among others", query: "class:dog (tag:review or tag:done)" },
      { name: "quoted", query: 'not tag:"review"' },
      { name: "longer", query: "tag:review2" },
      { name: "other", query: "tag:done" },
    ];
    expect(viewsOfTag(views, "review")).toEqual(["alone", "among others", "quoted"]);
    expect(viewsOfTag([{ name: "two words", query: 'tag:"by hand"' }], "by hand")).toEqual(["two words"]);
  });
});
