import { describe, expect, it } from "vitest";
import type { ClassResult, Driver, Performance, PerformanceBin } from "../src/api/client";
import {
  cutToMost,
  describeCell,
  itemsOfCell,
  mostConfused,
  toneOf,
} from "../src/components/predictions/summary/confusion";
import { nearestCurve, pathOf, trimmed } from "../src/components/predictions/summary/curves";
import { byCorrelation, byImportance } from "../src/components/predictions/summary/drivers";
import {
  bandPath,
  classPath,
  binTicks,
  lacksMetric,
  ratePath,
  ratesOf,
  stretches,
  type Rate,
} from "../src/components/predictions/performance/performance";
import {
  asThreshold,
  describeInterval,
  formatCoco,
  formatEnds,
  formatPoints,
  formatScore,
  formatSigned,
} from "../src/state/scores";
import {
  clampThreshold,
  formatThreshold,
  metricTarget,
  itemSearchOf,
  parsePredictionsSearch,
  readThreshold,
  seenFrom,
} from "../src/state/predictionsSearch";
import {
  confidencesOf,
  nextRequest,
  requestOf,
  sameFilter,
  sameRequest,
  type EvaluationRequest,
} from "../src/state/evaluationRequest";

describe("two sets in the address", () => {
  const first = { kind: "coco" as const, operating_points: { bbox: { confidence: 0.8, by_hand: false } } };
  const second = { kind: "coco" as const, operating_points: { bbox: { confidence: 0.2, by_hand: true } } };

  it("count from their own operating points until either is asked otherwise", () => {
    expect(confidencesOf({}, first, second, "bbox")).toEqual({});
    expect(confidencesOf({ confidence: 0 }, first, second, "bbox")).toEqual({
      confidence: 0,
      compared_confidence: 0.2,
    });
    expect(confidencesOf({ compared_confidence: 0.5 }, first, second, "bbox")).toEqual({
      confidence: 0.8,
      compared_confidence: 0.5,
    });
  });

  it("keep their confidences, whichever of them is looked at", () => {
    const search = parsePredictionsSearch({ confidence: 0.3, compared_confidence: 0.6, query: "class:cat" });
    const sets = { first: "a", second: "b" };
    expect(seenFrom("first", search, sets)).toMatchObject({ ...search, set: "a", other: "b" });
    const back = { set: "b", other: "a", confidence: 0.6, compared_confidence: 0.3 };
    expect(seenFrom("second", search, sets)).toMatchObject({ ...search, ...back });
  });
});

describe("the address of the Predictions pages", () => {
  it("is all defaults when empty", () => {
    expect(parsePredictionsSearch({})).toEqual({
      set: undefined,
      task: "bbox",
      iou: 0.5,
      confidence: undefined,
      query: "",
      covered_only: false,
      metric: undefined,
      bins: 20,
      binning: undefined,
      order: "annotations",
      up: false,
      other: undefined,
      by_class: false,
      rule: undefined,
      least: 0.9,
      show: "predictions",
      find: undefined,
      sort: undefined,
      dir: undefined,
      item: undefined,
      size: "m",
      overlay: "shapes",
      labels: false,
      opacity: 100,
      scale: undefined,
    });
  });

  it("keeps a valid state", () => {
    const state = {
      set: "yolo 8",
      task: "segm",
      iou: 0.75,
      confidence: 0.2468,
      compared_confidence: 0.4,
      query: 'class:"wine glass"',
      covered_only: true,
      metric: "object_area",
      bins: 50,
      binning: "count",
      order: "ap",
      up: true,
      other: "yolo 9",
      by_class: true,
      rule: "recall",
      least: 0.75,
      show: "annotations",
      find: "outcome:fn",
      sort: "object_area",
      dir: "asc",
      item: 7,
      sides: "both",
      size: "l",
      overlay: "boxes",
      labels: true,
      opacity: 60,
      scale: "log",
    };
    expect(parsePredictionsSearch(state)).toEqual(state);
  });

  it("opens with what is wrong, until something else is asked for, be it everything", () => {
    expect(itemSearchOf(parsePredictionsSearch({})).query).toBe("outcome:fp");
    expect(itemSearchOf(parsePredictionsSearch({ show: "annotations" })).query).toBe("outcome:fn");
    expect(itemSearchOf(parsePredictionsSearch({ show: "images" })).query).toBe("");
    expect(itemSearchOf(parsePredictionsSearch({ find: "" })).query).toBe("");
  });

  it("replaces what makes no sense, and holds thresholds in their range", () => {
    const odd = {
      set: ["a"],
      task: "poses",
      iou: 7,
      confidence: -1,
      compared_confidence: "much",
      sides: "third",
      query: {},
      covered_only: "perhaps",
      metric: "a b; drop",
      bins: 13,
      binning: "log",
      order: "size",
      up: 1,
    };
    expect(parsePredictionsSearch(odd)).toEqual({ ...parsePredictionsSearch({}), iou: 1, confidence: 0 });
    expect(parsePredictionsSearch({ iou: 0 }).iou).toBe(0.01);
    expect(parsePredictionsSearch({ iou: "" }).iou).toBe(0.5);
  });

  it("takes a set's name that reads like a number as a name", () => {
    expect(parsePredictionsSearch({ set: 7 }).set).toBe("7");
  });

  it("of a metric's bar keeps set, thresholds and filter", () => {
    const search = parsePredictionsSearch({ set: "yolo", iou: 0.7, query: "class:dog", metric: "width" });
    expect(metricTarget(search, "brightness")).toEqual({ ...search, metric: "brightness" });
    expect(metricTarget(search, "confidence").metric).toBeUndefined();
  });
});

describe("a threshold", () => {
  it("is read as people type it", () => {
    expect(["0.5", ".5", "0,5", "50 %", "50%", "1."].map((text) => readThreshold(text, 0.01))).toEqual([
      ...[0.5, 0.5, 0.5, 0.5, 0.5, 1],
    ]);
    expect(["", "half", "0.5.5", "-1"].map((text) => readThreshold(text, 0))).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(readThreshold("0", 0.01)).toBe(0.01);
    expect(readThreshold("80", 0.01)).toBe(1);
  });

  it("is written with two digits, or those that it has", () => {
    expect(formatThreshold(0.5)).toBe("0.50");
    expect(formatThreshold(0.2468)).toBe("0.2468");
    expect(clampThreshold(0.1 + 0.2, 0)).toBe(0.3);
  });

  it("of the best F1 is never above the score that reaches it", () => {
    expect(asThreshold(0.24685)).toBe(0.2468);
    expect(asThreshold(0.3)).toBe(0.3);
  });
});

describe("requests while a slider moves", () => {
  const at = (iou: number, query = ""): EvaluationRequest =>
    requestOf(parsePredictionsSearch({ query }), { name: "yolo", kind: "coco" }, { iou, confidence: 0.2 });

  it("wait while an answer is on its way, and the latest one is asked then", () => {
    const asked = at(0.5);
    expect(nextRequest(asked, at(0.51), true)).toBe(asked);
    const latest = at(0.55);
    expect(nextRequest(asked, latest, true)).toBe(asked);
    expect(nextRequest(asked, latest, false)).toBe(latest);
  });

  it("of another filter do not wait", () => {
    const filtered = at(0.5, "class:dog");
    expect(nextRequest(at(0.5), filtered, true)).toBe(filtered);
  });

  it("that are equal are asked once", () => {
    const asked = at(0.5);
    expect(nextRequest(asked, at(0.5), false)).toBe(asked);
  });

  it("are about the same data whatever the sliders", () => {
    expect(sameFilter(at(0.1), at(0.9))).toBe(true);
    expect(sameFilter(at(0.1), at(0.1, "tag:x"))).toBe(false);
    expect(sameRequest(at(0.1), at(0.9))).toBe(false);
  });
});

describe("numbers of an evaluation", () => {
  it("have three digits, and a dash where they are not defined", () => {
    expect([0.4368, 1, null, undefined].map(formatScore)).toEqual(["0.437", "1.000", "—", "—"]);
    expect([0.2779, -1, 0].map(formatCoco)).toEqual(["0.278", "–", "0.000"]);
    expect([0.667, -0.078, -0.001, null].map(formatSigned)).toEqual(["+0.67", "−0.08", "0.00", "—"]);
    expect([0.0942, -0.002, -0.0001, null].map(formatPoints)).toEqual(["9.4", "−0.2", "0.0", "—"]);
  });

  it("tell both ends of their interval", () => {
    expect(formatEnds([0.4, 0.46])).toBe("0.400–0.460");
    expect(formatEnds(null)).toBeNull();
    expect(formatEnds(undefined)).toBeNull();
    expect(describeInterval([0.4, 0.46])).toContain("0.400 to 0.460");
  });
});

describe("drivers of errors", () => {
  const driver = (metric: string, side: Driver["side"], importance: number, correlation: number | null) => ({
    metric,
    title: metric,
    scope: side,
    side,
    importance,
    correlation,
    significant: importance > 0.1,
  });
  const all: Driver[] = [
    driver("confidence", "prediction", 0.4, 0.6),
    driver("area", "prediction", 0.02, -0.1),
    driver("validity", "prediction", 0, null),
    driver("area", "annotation", 0.3, -0.7),
    driver("confidence", "annotation", 0, null),
  ];

  it("are one row a metric, the strongest of either side first", () => {
    const rows = byImportance(all);
    expect(rows.map((row) => row.metric)).toEqual(["confidence", "area"]);
    expect(rows[0]?.annotation).toBeUndefined();
    expect(rows[1]?.annotation?.importance).toBe(0.3);
  });

  it("are ordered by size of correlation, whatever its sign", () => {
    expect(byCorrelation(all).map((row) => row.metric)).toEqual(["area", "confidence"]);
  });
});

describe("the confusion matrix", () => {
  // Rows: cat, dog, background; columns: taken for cat, dog, background.
  const data = {
    classes: ["cat", "dog"],
    matrix: [
      [6, 3, 1],
      [1, 8, 1],
      [4, 0, 0],
    ],
    true: ["true_class:cat", "true_class:dog", "true_class:null"],
    predicted: ["class:cat", "class:dog"],
    missed: ["class:cat outcome:fn", "class:dog outcome:fn"],
    left_out: 0,
  };

  it("lists the pairs that are confused most often, without background", () => {
    expect(mostConfused(data, 5)).toEqual([
      { row: 0, column: 1, count: 3, share: 0.3 },
      { row: 1, column: 0, count: 1, share: 0.1 },
    ]);
  });

  it("says in words what a cell is", () => {
    expect(describeCell(data, 0, 0)).toBe("cat found: 6 of 10 cat annotations (60 %)");
    expect(describeCell(data, 0, 1)).toBe("cat taken for dog: 3 of 10 cat annotations (30 %)");
    expect(describeCell(data, 1, 2)).toBe("dog missed: 1 of 10 dog annotations (10 %)");
    expect(describeCell(data, 2, 0)).toBe("Nothing annotated, cat predicted: 4 of 4 (100 %)");
    expect([toneOf(2, 0, 0), toneOf(2, 0, 1), toneOf(2, 0, 2), toneOf(2, 2, 1)]).toEqual([
      "tp",
      "fp",
      "fn",
      "fp",
    ]);
  });

  it("is cut to the classes of which there is most, background kept", () => {
    expect(cutToMost(data, 1)).toEqual({
      classes: ["cat"],
      matrix: [
        [6, 1],
        [4, 0],
      ],
      true: ["true_class:cat", "true_class:null"],
      predicted: ["class:cat"],
      missed: ["class:cat outcome:fn"],
      left_out: 1,
    });
    expect(cutToMost(data, 2)).toEqual(data);
  });

  it("has items behind its cells: predictions, and in the last column missed annotations", () => {
    expect(itemsOfCell(data, 0, 1)).toEqual({
      count: 3,
      scope: "prediction",
      query: "true_class:cat class:dog",
    });
    expect(itemsOfCell(data, 2, 0)).toEqual({
      count: 4,
      scope: "prediction",
      query: "true_class:null class:cat",
    });
    expect(itemsOfCell(data, 1, 2)).toEqual({
      count: 1,
      scope: "annotation",
      query: "class:dog outcome:fn",
    });
  });
});

describe("precision–recall curves", () => {
  it("are paths in a square, with gaps where nothing is defined", () => {
    expect(pathOf([1, 0.5, null, 0, 0])).toBe("M0.00 0.00L25.00 50.00M75.00 100.00L100.00 100.00");
    expect(trimmed([1, 0.5, 0, 0])).toEqual([1, 0.5, null, null]);
  });

  it("are found by pointing near them", () => {
    const one = { class: "dog", curve: [1, 0.8, 0.6] } as unknown as ClassResult;
    expect(nearestCurve([one], 0.5, 0.82)?.class).toBe("dog");
    expect(nearestCurve([one], 0.5, 0.5)).toBeNull();
  });
});

describe("bins of a metric", () => {
  const bin = (low: number, high: number, precision: number | null): PerformanceBin => ({
    low,
    high,
    predictions: precision === null ? 0 : 9,
    precision,
    precision_low: precision === null ? null : precision - 0.1,
    precision_high: precision === null ? null : precision + 0.1,
    annotations: null,
    fnr: null,
    fnr_low: null,
    fnr_high: null,
    found_by: { predictions: { scope: "prediction", query: `confidence:${low}..${high}` } },
  });
  const bins = [bin(0, 1, 0.5), bin(1, 2, 0.6), bin(2, 3, null), bin(3, 4, 0.8)];
  const told: Performance = {
    task: "bbox",
    metric: "m",
    title: "M",
    bins,
    precision: 0.6,
    fnr: null,
    classes: [],
  };
  const [ofPredictions, ofAnnotations] = ratesOf(told) as [Rate, Rate];

  it("lead to the items of a side, where it has any", () => {
    const [precision, fnr] = ratesOf({ ...told, bins: [bin(0, 0.5, 0.9)] });
    expect(precision?.bins[0]?.items).toEqual({
      count: 9,
      scope: "prediction",
      query: "confidence:0..0.5",
    });
    expect(fnr?.bins[0]?.items.count).toBe(0);
  });

  it("are drawn in stretches that have a value", () => {
    const [first = [], second = []] = stretches(ofPredictions.bins);
    expect(first.map((point) => point.x)).toEqual([12.5, 37.5]);
    expect(second).toHaveLength(1);
    expect(ratePath(first)).toBe("M12.50 50.00L37.50 40.00");
    // One that stands alone has a band of half its bin's width.
    expect(bandPath(second, 4)).toBe("M81.25 10.00L93.75 10.00L93.75 30.00L81.25 30.00Z");
    expect(stretches(ofAnnotations.bins)).toEqual([]);
  });

  it("are drawn for each class with gaps where it has nothing", () => {
    expect(classPath([null, 0.5, 0.25, null, 1])).toBe("M30.00 50.00L50.00 75.00M90.00 0.00");
    expect(classPath([null, null])).toBe("");
  });

  it("know which side lacks the metric", () => {
    expect(lacksMetric(ofAnnotations)).toBe(true);
    expect(lacksMetric(ofPredictions)).toBe(false);
  });

  it("are marked by round numbers where they are equally wide, else by their edges", () => {
    expect(binTicks(ofPredictions.bins, "width").map((tick) => tick.label)).toContain("2");
    const [uneven] = ratesOf({ ...told, bins: [bin(0, 0.1, 1), bin(0.1, 90, 1)] });
    expect(binTicks(uneven?.bins ?? [], "count")).toEqual([
      { at: 0, label: "0" },
      { at: 0.5, label: "0.1" },
      { at: 1, label: "90" },
    ]);
    expect(binTicks([], "width")).toEqual([]);
  });
});

it("an interval says why its number is not in the middle of it", () => {
  const text = "95 % interval 0.400 to 0.500, of images to come";
  expect(describeInterval([0.4, 0.5], 0.45)).toBe(text);
  expect(describeInterval([0.4, 0.5])).toBe(text);
  expect(describeInterval([0.4, 0.5], 0.49)).toMatch(
    /to come\. It is lopsided: so few images tend to give more/,
  );
  expect(describeInterval([0.4, 0.5], 0.41)).toMatch(/tend to give less/);
  expect(describeInterval([0.9, 1], 0.98)).toMatch(/since no share lies beyond 0 or 1$/);
  expect(describeInterval(null, 0.4)).toBeUndefined();
});
