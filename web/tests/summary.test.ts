import { describe, expect, it } from "vitest";
import {
  canBeLog,
  countScale,
  linearTicks,
  logTicks,
  placeOn,
  tickLabel,
} from "../src/components/charts/axis";
import { areaBetween, boundsOf, cellAt, isWithin, shiftArea } from "../src/components/charts/area";
import { rangeQuery, trendEnds } from "../src/components/charts/trend";
import { stepAlong } from "../src/components/charts/useRoving";
import { readSort } from "../src/state/explorerSearch";
import { explorerTarget, joinQueries, nounOf, quoteValue } from "../src/state/links";
import { parseSummarySearch } from "../src/state/summarySearch";

describe("the Summary's address", () => {
  it("is all defaults when empty", () => {
    expect(parseSummarySearch({})).toEqual({
      query: "",
      show: undefined,
      scale: undefined,
      x: undefined,
      y: undefined,
      xscale: undefined,
      yscale: undefined,
      order: "annotations",
      up: false,
    });
  });

  it("keeps a valid state", () => {
    const state = {
      query: 'class:"sports ball" or tag:x',
      show: "meta.camera",
      scale: "log",
      x: "object_area",
      y: "brightness",
      xscale: "linear",
      yscale: "log",
      order: "name",
      up: true,
    };
    expect(parseSummarySearch(state)).toEqual(state);
  });

  it("replaces what makes no sense", () => {
    const odd = { query: ["a"], show: 7, scale: "cubic", x: "", y: "<script>", order: "size", up: "perhaps" };
    expect(parseSummarySearch(odd)).toEqual(parseSummarySearch({}));
  });
});

describe("links into the Explorer", () => {
  it("carry the query and the worst first", () => {
    const items = { scope: "image" as const, query: "severe:brightness" };
    expect(explorerTarget(items, "-brightness")).toEqual({
      scope: "image",
      query: "severe:brightness",
      metric: "brightness",
      dir: "desc",
    });
    expect(explorerTarget({ scope: "annotation", query: "" })).toEqual({ scope: "annotation" });
    expect(explorerTarget(items, "sharpness", 4)).toMatchObject({ metric: "sharpness", dir: "asc", item: 4 });
    expect(readSort("-meta.gain")).toEqual({ metric: "meta.gain", dir: "desc" });
    expect(readSort("worst:object_area")).toEqual({ metric: "object_area", dir: "worst" });
  });

  it("join two queries so that both hold", () => {
    expect(joinQueries("", "width:1..2")).toBe("width:1..2");
    expect(joinQueries("class:dog", "")).toBe("class:dog");
    expect(joinQueries("tag:a or tag:b", "width:1..2")).toBe("(tag:a or tag:b) width:1..2");
  });

  it("quote values that are more than a plain word", () => {
    expect(quoteValue("person")).toBe("person");
    expect(quoteValue("sports ball")).toBe('"sports ball"');
    expect(quoteValue("not")).toBe('"not"');
    expect(quoteValue('6" nail \\ large')).toBe('"6\\" nail \\\\ large"');
    expect(quoteValue("a..b")).toBe('"a..b"');
    expect(quoteValue("null")).toBe('"null"');
  });

  it("name items in the right number", () => {
    expect(nounOf("annotation", 1)).toBe("annotation");
    expect(nounOf("image", 0)).toBe("images");
  });
});

describe("axes", () => {
  it("have round ticks within their ends", () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(0.13, 0.87, 4)).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(linearTicks(3, 3, 4)).toEqual([3]);
    expect(logTicks(3, 400_000, 8)).toEqual([10, 100, 1000, 10_000, 100_000]);
    expect(logTicks(20, 90, 6)).toEqual([20, 50]);
    expect(logTicks(0, 10, 4)).toEqual([]);
    expect(logTicks(7, 7, 4)).toEqual([7]);
  });

  it("have one tick where all values are equal, but for rounding", () => {
    expect(linearTicks(1, 1 + Number.EPSILON, 8)).toEqual([1]);
    expect(placeOn("linear", 1, 1, 1 + Number.EPSILON)).toBe(0.5);
  });

  it("label ticks shortly", () => {
    expect([0, 0.25, 500, 1000, 20_000, 1_500_000, -2].map(tickLabel)).toEqual([
      ...["0", "0.25", "500", "1,000", "20K", "1.5M", "−2"],
    ]);
    expect(tickLabel(0.00001)).toBe("1e−5");
  });

  it("place values by their scale", () => {
    expect(placeOn("linear", 25, 0, 100)).toBeCloseTo(0.25);
    expect(placeOn("log", 10, 1, 100)).toBeCloseTo(0.5);
    expect(placeOn("log", 0, 1, 100)).toBe(0);
    expect(placeOn("linear", 120, 0, 100)).toBe(1);
  });

  it("can be logarithmic where no value is negative and some are greater than 0", () => {
    const area = { kind: "positive", min: 0, max: 390_000 };
    expect(canBeLog(area)).toBe(true);
    expect(canBeLog({ ...area, kind: "fraction" })).toBe(false);
    expect(canBeLog({ ...area, min: -1 })).toBe(false);
    expect(canBeLog({ ...area, min: null, max: null })).toBe(false);
  });

  it("of counts are square roots where one bin would flatten all others", () => {
    const even = countScale([10, 20, 0, 40]);
    expect([even.isRoot, even.heightOf(10)]).toEqual([false, 0.25]);
    const steep = countScale([400, 4, 4, 4, 0]);
    expect([steep.isRoot, steep.heightOf(4), steep.heightOf(400)]).toEqual([true, 0.1, 1]);
    expect(countScale([]).heightOf(0)).toBe(0);
  });
});

describe("a trend line", () => {
  const unit = { scale: "linear" as const, edges: [0, 0.5, 1] };

  it("ends where it leaves the plane", () => {
    expect(trendEnds({ slope: 1, intercept: 0 }, unit, unit)).toEqual([
      [0, 0],
      [100, 100],
    ]);
    expect(trendEnds({ slope: 2, intercept: -0.5 }, unit, unit)).toEqual([
      [25, 0],
      [75, 100],
    ]);
    expect(trendEnds({ slope: 0, intercept: 2 }, unit, unit)).toBeNull();
    expect(trendEnds({ slope: 1, intercept: 5 }, unit, unit)).toBeNull();
  });

  it("is straight on logarithmic axes", () => {
    const decades = { scale: "log" as const, edges: [1, 10, 100] };
    // From 1 and 10 to 10 and 100: half the way across, the upper half of the way upwards.
    const ends = trendEnds({ slope: 1, intercept: Math.log(10) }, decades, decades);
    expect(ends?.flat().map((value) => Math.round(value))).toEqual([0, 50, 50, 100]);
  });
});

describe("a rectangle of cells", () => {
  it("is a half-open range, closed at the last bin", () => {
    expect(rangeQuery("width", [0, 10, 20, 30], 0, 1)).toBe("width:0..20");
    expect(rangeQuery("width", [0, 10, 20, 30], 1, 2)).toBe("width:10..=30");
  });

  it("takes the cell below the pointer, rows from above, held at the edges", () => {
    const box = { left: 100, top: 50, width: 400, height: 200 } as DOMRect;
    const at = (clientX: number, clientY: number) => cellAt(box, { clientX, clientY }, 40, 20);
    expect(at(100, 50)).toEqual({ column: 0, row: 0 });
    expect(at(499, 249)).toEqual({ column: 39, row: 19 });
    expect(at(510, 40)).toEqual({ column: 39, row: 0 });
  });

  it("has both its corners, whichever was first", () => {
    const area = areaBetween({ column: 3, row: 1 }, { column: 1, row: 2 });
    expect(area).toEqual({ first: { column: 1, row: 1 }, last: { column: 3, row: 2 } });
    expect(isWithin(area, { column: 3, row: 2 })).toBe(true);
    expect(isWithin(area, { column: 3, row: 3 })).toBe(false);
    expect(shiftArea(area, { column: -1, row: 2 }).first).toEqual({ column: 0, row: 3 });
    expect(boundsOf(area, 4, 4)).toEqual({ left: "25%", width: "75%", top: "25%", height: "50%" });
  });
});

describe("the bins of a histogram", () => {
  it("are walked by arrows, Home and End", () => {
    expect(stepAlong(5, 2, "ArrowRight")).toBe(3);
    expect(stepAlong(5, 4, "ArrowRight")).toBeNull();
    expect(stepAlong(5, 2, "Home")).toBe(0);
    expect(stepAlong(5, 2, "End")).toBe(4);
    expect(stepAlong(5, 2, "Enter")).toBeNull();
  });
});
