import { describe, expect, it } from "vitest";
import type { MetricSummary } from "../src/api/client";
import {
  chosenMetric,
  defaultMetric,
  directionLabel,
  nextDirection,
  parseExplorerSearch,
  searchOfSort,
  sortKey,
} from "../src/state/explorerSearch";

function metric(
  key: string,
  suspicious: MetricSummary["suspicious"],
  severe = 0,
  moderate = 0,
): MetricSummary {
  return {
    key,
    title: key,
    scope: "image",
    kind: "fraction",
    scale: "linear",
    unit: "",
    suspicious,
    needs: "pixels",
    scopes: ["image"],
    explains: true,
    group: "label_errors",
    pairs: false,
    summary: "",
    description: "",
    count: 1,
    nulls: 0,
    min: 0,
    q1: 0,
    median: 0,
    q3: 0,
    max: 0,
    mean: 0,
    moderate,
    severe,
    computed: true,
    custom: false,
    source: null,
    problem: null,
    queries: { count: "", nulls: "", moderate: "", severe: "" },
    limits: {
      moderate_low: null,
      severe_low: null,
      moderate_high: null,
      severe_high: null,
      inclusive: false,
    },
  };
}

describe("parseExplorerSearch", () => {
  it("gives the defaults for an empty address", () => {
    expect(parseExplorerSearch({})).toEqual({
      scope: "image",
      query: "",
      metric: undefined,
      dir: undefined,
      size: "m",
      overlay: "shapes",
      labels: false,
      opacity: 100,
      scale: undefined,
      item: undefined,
    });
  });

  it("keeps a valid state", () => {
    const state = {
      scope: "annotation",
      query: "class:person",
      metric: "object_area",
      dir: "asc",
      size: "xl",
      overlay: "boxes",
      labels: true,
      opacity: 40,
      scale: "log",
      item: 0,
    };
    expect(parseExplorerSearch(state)).toEqual(state);
  });

  it("replaces what makes no sense", () => {
    const parsed = parseExplorerSearch({
      scope: "video",
      metric: "a b; drop",
      dir: 1,
      size: "xxl",
      overlay: null,
      labels: "perhaps",
      opacity: 900,
      scale: "cubic",
      item: -3,
    });
    expect(parsed).toEqual({ ...parseExplorerSearch({}), opacity: 100 });
    expect(parseExplorerSearch({ opacity: "much", item: "1.5" })).toEqual(parseExplorerSearch({}));
    expect(parseExplorerSearch({ opacity: 1 }).opacity).toBe(10);
  });
});

describe("the query of an address", () => {
  it("is text, whatever the address makes of it", () => {
    expect(parseExplorerSearch({ query: 123 }).query).toBe("123");
    expect(parseExplorerSearch({ query: " class:person " }).query).toBe("class:person");
    expect(parseExplorerSearch({ query: ["a"] }).query).toBe("");
    expect(parseExplorerSearch({ query: "x".repeat(20_000) }).query).toHaveLength(10_000);
  });
});

describe("sorting", () => {
  const dark = metric("dark", "high", 2, 1);
  const sharp = metric("sharp", "low", 2, 5);
  const size = metric("size", "both");

  it("puts the suspicious end first", () => {
    expect(sortKey(dark, undefined)).toBe("-dark");
    expect(sortKey(sharp, undefined)).toBe("sharp");
    expect(sortKey(size, undefined)).toBe("-size");
    expect(sortKey(sharp, "desc")).toBe("-sharp");
    expect(sortKey(undefined, undefined)).toBeNull();
  });

  it("says worst only where one end is the bad one", () => {
    expect(directionLabel(sharp, "asc")).toBe("Worst first");
    expect(directionLabel(sharp, "desc")).toBe("Highest first");
    expect(directionLabel(size, "desc")).toBe("Highest first");
  });

  it("is read back from a sort key", () => {
    const metrics = [dark, sharp];
    expect(searchOfSort("sharp", metrics)).toEqual({ metric: "sharp", dir: undefined });
    expect(searchOfSort("-sharp", metrics)).toEqual({ metric: "sharp", dir: "desc" });
    expect(searchOfSort("gone", metrics)).toEqual({ metric: "gone", dir: "asc" });
    expect(searchOfSort(null, metrics)).toEqual({ metric: "none", dir: undefined });
  });

  it("opens with the metric of most outliers", () => {
    expect(defaultMetric([size, dark, sharp])).toBe(sharp);
    expect(defaultMetric([])).toBeUndefined();
    const light: MetricSummary = { ...metric("light", "high", 9), group: "unusual" };
    expect(chosenMetric(parseExplorerSearch({}), [light])).toBeUndefined();
    expect(chosenMetric(parseExplorerSearch({}), [light, dark, sharp])).toBe(sharp);
    const search = parseExplorerSearch({ metric: "none" });
    expect(chosenMetric(search, [dark])).toBeUndefined();
    expect(chosenMetric(parseExplorerSearch({ metric: "dark" }), [sharp, dark])).toBe(dark);
    expect(chosenMetric(parseExplorerSearch({ metric: "gone" }), [sharp, dark])).toBe(sharp);
    expect(chosenMetric(parseExplorerSearch({ metric: "gone" }), [sharp, dark], "dark")).toBe(dark);
  });
});

describe("worst first of a metric that is suspicious on both sides", () => {
  const plain = metric("area", "both");
  const fenced = {
    ...plain,
    limits: { ...plain.limits, moderate_low: 10, severe_low: 2, moderate_high: 100, severe_high: 200 },
  };

  it("is neither the highest nor the lowest first", () => {
    expect(sortKey(fenced, undefined)).toBe("worst:area");
    expect(directionLabel(fenced, "worst")).toBe("Worst first");
    expect(searchOfSort("worst:area", [fenced])).toEqual({ metric: "area", dir: undefined });
  });

  it("is followed by highest and lowest first", () => {
    expect(nextDirection(fenced, "worst")).toBe("desc");
    expect(directionLabel(fenced, "desc")).toBe("Highest first");
    expect(nextDirection(fenced, "desc")).toBe("asc");
    expect(nextDirection(fenced, "asc")).toBe("worst");
  });

  it("needs limits: without any, the highest come first", () => {
    expect(sortKey(plain, undefined)).toBe("-area");
    expect(sortKey(plain, "worst")).toBe("-area");
    expect(nextDirection(plain, "asc")).toBe("desc");
  });
});
