import { describe, expect, it } from "vitest";
import type { ClassInfo, MetricSummary, PredictionSet, ProjectCard, Tag, View } from "../src/api/client";
import { findEntries, makeEntries, type Known } from "../src/components/palette/entries";
import { containsWords, fuzzyMatch } from "../src/state/fuzzy";

const metric = (key: string, title: string) =>
  ({ key, title, scope: "annotation", severe: 3 }) as unknown as MetricSummary;
const known: Known = {
  project: "street",
  projects: [
    { name: "street", state: "ready", images: 1 },
    { name: "harbour", state: "ready", images: 7 },
    { name: "half", state: "importing", images: 0 },
  ] as unknown as ProjectCard[],
  metrics: [metric("annotation_duplicates", "Annotation Duplicates"), metric("object_area", "Absolute Area")],
  classes: [{ row: 3, name: "sports ball", color: "#123456", annotations: 12 }] as unknown as ClassInfo[],
  tags: [
    {
      name: "review",
      color: "#abc",
      images: { count: 2, scope: "image", query: "tag:review" },
      annotations: { count: 0, scope: "annotation", query: "tag:review" },
    },
  ] satisfies Tag[],
  views: [
    {
      name: "Small and blurred",
      scope: "image",
      query: "sharpness<0.1",
      sort: "-width",
      count: 5,
      problem: null,
    },
  ] satisfies View[],
  sets: [{ name: "yolo nano", predictions: 18_773 }] as unknown as PredictionSet[],
};

describe("fuzzy matching", () => {
  it("finds initials, beginnings and letters of one word", () => {
    expect(fuzzyMatch("ad", "Annotation Duplicates")?.positions).toEqual([0, 11]);
    expect(fuzzyMatch("andup", "Annotation Duplicates")?.positions).toEqual([0, 1, 11, 12, 13]);
    expect(fuzzyMatch("brtns", "Brightness")).not.toBeNull();
    expect(fuzzyMatch("area abs", "Absolute Area")?.positions).toEqual([0, 1, 2, 9, 10, 11, 12]);
  });

  it("does not find letters that are strewn over a name", () => {
    expect(fuzzyMatch("pers", "Explorer: Images")).toBeNull();
    expect(fuzzyMatch("xyz", "Annotation Duplicates")).toBeNull();
  });

  it("prefers the beginning, then a word's beginning", () => {
    const score = (text: string): number => fuzzyMatch("area", text)?.score ?? 0;
    expect(score("Area")).toBeGreaterThan(score("Absolute Area"));
    expect(score("Absolute Area")).toBeGreaterThan(score("Subarea"));
  });

  it("knows whole words", () => {
    expect(containsWords("all images", "Explorer: Images, all images")).toBe(true);
    expect(containsWords("all tags", "all images")).toBe(false);
  });
});

describe("the command palette", () => {
  const entries = makeEntries(known);
  const destination = (typed: string) => findEntries(entries, typed)[0]?.[1][0]?.entry.destination;

  it("leads to a metric in the Explorer, sorted by it", () => {
    expect(destination("andup")).toEqual({
      page: "explorer",
      project: "street",
      search: { scope: "annotation", metric: "annotation_duplicates" },
    });
  });

  it("leads to a class, quoted where it has to be", () => {
    expect(destination("ball")).toMatchObject({
      search: { scope: "annotation", query: 'class:"sports ball"' },
    });
  });

  it("leads to tags of the kind of item that carries them, to views in their order, to other projects", () => {
    expect(destination("review")).toMatchObject({ search: { scope: "image", query: "tag:review" } });
    expect(destination("blurred")).toMatchObject({
      search: { scope: "image", query: "sharpness<0.1", metric: "width", dir: "desc" },
    });
    expect(destination("harb")).toEqual({ page: "summary", project: "harbour", part: "data" });
    expect(entries.filter((entry) => entry.label === "review")).toHaveLength(1);
    expect(entries.some((entry) => entry.label === "half")).toBe(false);
  });

  it("leads to a prediction set and to the pages about predictions", () => {
    expect(destination("yolo")).toEqual({
      page: "predictions",
      project: "street",
      part: "summary",
      search: { set: "yolo nano" },
    });
    expect(destination("metric perf")).toMatchObject({ page: "predictions", part: "performance" });
  });

  it("lists pages first before anything is typed, and nothing for what nothing is called", () => {
    expect(findEntries(entries, "")[0]?.[0]).toBe("Pages");
    expect(findEntries(entries, "qqqq")).toEqual([]);
  });

  it("has pages and projects where no project is open", () => {
    const groups = new Set(makeEntries({ ...known, project: undefined }).map((entry) => entry.group));
    expect([...groups]).toEqual(["Pages", "Projects", "Commands"]);
  });
});
