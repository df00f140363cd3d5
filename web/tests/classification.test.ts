import { describe, expect, it } from "vitest";
import type { Classification, ClassifiedClass, ClassInfo, Shape } from "../src/api/client";
import { verdictAmong, verdictOnImage } from "../src/components/drawing/verdicts";
import { cutToMost, describeCell } from "../src/components/predictions/summary/confusion";
import { asDrivers } from "../src/components/predictions/summary/drivers";
import { ratesOf } from "../src/components/predictions/performance/performance";
import { classificationColumns } from "../src/components/predictions/summary/resultColumns";
import { classValues, everythingOf, toldCounts } from "../src/components/predictions/explorer/told";
import { FINDINGS, toggleFinding } from "../src/state/outcomes";
import { parsePredictionsSearch } from "../src/state/predictionsSearch";
import { isClassification, requestOf, sameFilter } from "../src/state/evaluationRequest";
import type { TermText } from "../src/state/queryText";
import { verdictOnClass } from "../src/state/verdict";

const term = (text: string): TermText => ({ text, key: text.split(":")[0] ?? null, negated: false });

describe("requests to sets of classifications", () => {
  it("have neither task nor overlap, whatever the address says", () => {
    const search = parsePredictionsSearch({ task: "segm", iou: 0.7 });
    const set = { name: "resnet", kind: "classification" } as const;
    const boxes = requestOf(search, { name: "resnet", kind: "coco" }, { iou: 0.7, confidence: 0.2 });
    const asked = requestOf(search, set, { iou: 0.7, confidence: 0.2 });
    expect(asked).toEqual({ predictions: "resnet", query: "", covered_only: false, confidence: 0.2 });
    expect([isClassification(asked), isClassification(boxes)]).toEqual([true, false]);
    // The answer names what it is of; it is about the same data as the request that does not.
    expect(sameFilter({ ...asked, task: "classification" }, asked)).toBe(true);
    expect(sameFilter(asked, boxes)).toBe(false);
  });
});

describe("what an evaluation of classifications tells", () => {
  const evaluation = {
    task: "classification",
    correct: 6,
    misclassified: 3,
    unpredicted: 2,
    images: 12,
    per_class: [
      { class: "cat", color: "#111111", query: "class:cat", support: 4, predicted: 7, correct: 3 },
      { class: "dog", color: "#222222", query: "class:dog", support: 5, predicted: 2, correct: 2 },
    ],
  } as unknown as Classification;

  it("are counts by the terms that find the items", () => {
    expect([...toldCounts("prediction", evaluation)]).toEqual([
      ["outcome:tp", 6],
      ["outcome:fp", 3],
    ]);
    expect(toldCounts("annotation", evaluation).get("reason:missed")).toBe(2);
    expect(everythingOf(evaluation, "annotations")).toBe(11);
  });

  it("are counts by class of what is listed, the most first, where they are known", () => {
    const counts = (known: [string, number][] | null) =>
      classValues(evaluation, known === null ? null : new Map(known)).map(
        ({ name, count }) => `${name} ${count ?? "?"}`,
      );
    expect(counts([["dog", 5]])).toEqual(["dog 5", "cat 0"]);
    expect(counts(null)).toEqual(["cat ?", "dog ?"]);
  });

  it("of classifications are of one side, and told apart where image and label have the same metric", () => {
    const told = (metric: string, scope: "image" | "annotation" | "prediction", title: string) => ({
      metric,
      scope,
      title,
      importance: 0.1,
      significant: true,
      correlation: 0.2,
    });
    const drivers = asDrivers([
      told("random", "image", "Random"),
      told("object_random", "annotation", "Random"),
      told("confidence", "annotation", "Confidence"),
      told("confidence", "prediction", "Confidence"),
    ]);
    expect(drivers.map(({ title, scope, side }) => [title, scope, side])).toEqual([
      ["Random", "image", "prediction"],
      ["Random of the label", "annotation", "prediction"],
      ["Confidence", "prediction", "prediction"],
    ]);
  });

  it("of classifications lead to what is predicted as a class only where all of that is listed", () => {
    const dog = { class: "dog", query: "class:dog", predicted: 11 } as ClassifiedClass;
    const found = (matrix: number[][]) =>
      classificationColumns(
        { classes: ["cat", "dog"], matrix, true: [], predicted: [], missed: [], left_out: 0 },
        { predicted: { scope: "prediction", query: "outcome:tp or outcome:fp" } },
      )
        .find(({ key }) => key === "predicted")
        ?.items?.(dog);
    expect(
      found([
        [6, 3],
        [1, 8],
      ])?.query,
    ).toBe("outcome:tp or outcome:fp");
    // Under class:dog the three cats that are taken for dogs are no items of the evaluation.
    expect(
      found([
        [0, 0],
        [1, 8],
      ]),
    ).toBeNull();
  });

  it("of classifications have one rate, whose bins lead to their images’ predictions or labels", () => {
    const [accuracy, ...others] = ratesOf({
      task: "classification",
      metric: "m",
      title: "M",
      accuracy: 0.7,
      bins: [
        {
          low: 0,
          high: 1,
          images: 10,
          accuracy: 0.7,
          accuracy_low: 0.4,
          accuracy_high: 0.9,
          scope: "annotation",
          query: "m:0..=1",
        },
      ],
    });
    expect(others).toEqual([]);
    expect(accuracy).toMatchObject({ kind: "accuracy", overall: 0.7 });
    expect(accuracy?.bins[0]).toMatchObject({ count: 10, value: 0.7, valueLow: 0.4, valueHigh: 0.9 });
    expect(accuracy?.bins[0]?.items).toEqual({ scope: "annotation", query: "m:0..=1", count: 10 });
  });

  it("are confusions without background, of images, and speaks of images", () => {
    const labels = {
      ...{
        classes: ["cat", "dog"],
        matrix: [
          [6, 3],
          [1, 8],
        ],
        missed: [],
        left_out: 0,
      },
      true: ["true_class:cat", "true_class:dog"],
      predicted: ["class:cat", "class:dog"],
    };
    expect(describeCell(labels, 0, 0)).toBe("cat correct: 6 of 9 cat images (67 %)");
    expect(describeCell(labels, 0, 1)).toBe("cat → dog: 3 of 9 cat images (33 %)");
    expect(cutToMost(labels, 1)).toMatchObject({ classes: ["dog"], matrix: [[8]], predicted: ["class:dog"] });
  });
});

describe("switches of what is found of classifications", () => {
  const [unpredicted, misclassified] = FINDINGS.annotation;
  const toggle = (text: string, finding = misclassified) =>
    finding === undefined ? "" : toggleFinding(text.split(" ").filter(Boolean).map(term), finding);

  it("take the place of one another, and are released by a second press", () => {
    expect(toggle("class:cat")).toBe("class:cat reason:class");
    expect(toggle("class:cat outcome:matched")).toBe("class:cat reason:class");
    expect(toggle("reason:class", unpredicted)).toBe("reason:missed");
    expect(toggle("class:cat reason:class")).toBe("class:cat");
  });
});

describe("verdicts on classes", () => {
  const classes = new Map([
    [1, { name: "cat" } as ClassInfo],
    [2, { name: "dog" } as ClassInfo],
  ]);
  const shape = (of: Shape["of"], row: number, class_row: number, outcome: Shape["outcome"]): Shape =>
    ({
      of,
      row,
      class_row,
      outcome,
      reason: null,
      kind: "label",
      confidence: of === "prediction" ? 0.9 : null,
    }) as Shape;
  const wrong = [
    { ...shape("annotation", 5, 1, "fn"), reason: "class" as const },
    { ...shape("prediction", 8, 2, "fp"), reason: "class" as const },
  ];

  it("name the class on the other side where it is another", () => {
    const fp = { of: "prediction", row: 8, outcome: "fp", reason: "class", partner: "annotation 5" } as const;
    const found = verdictAmong(fp, wrong, classes);
    expect(found).toMatchObject({ ofClass: true, verdict: { name: "Misclassified", reason: "cat" } });
    expect(found?.verdict.meaning).toContain("The label is cat");
    const fn = { of: "annotation", row: 5, outcome: "fn", reason: "class", partner: "prediction 8" } as const;
    expect(verdictAmong(fn, wrong, classes)?.verdict.meaning).toContain("Predicted is dog");
  });

  it("say that a label is unpredicted, or that nothing is said", () => {
    expect(verdictOnClass({ outcome: "fn", reason: "missed" }, null)?.name).toBe("Unpredicted");
    expect(verdictOnClass({ outcome: "matched", reason: null }, "cat")).toMatchObject({
      name: "Correct",
      reason: null,
    });
    expect(verdictOnClass({ outcome: null, reason: null }, null)).toBeNull();
  });

  it("on an image tell both classes", () => {
    expect(verdictOnImage(wrong, classes)).toMatchObject({
      verdict: { name: "cat → dog", reason: null, outcome: "fp" },
      confidence: 0.9,
    });
    const right = [shape("annotation", 5, 1, "matched"), shape("prediction", 8, 1, "tp")];
    expect(verdictOnImage(right, classes)?.verdict).toMatchObject({ name: "Correct", reason: "cat" });
    const alone = [{ ...shape("annotation", 5, 1, "fn"), reason: "missed" as const }];
    expect(verdictOnImage(alone, classes)?.verdict).toMatchObject({ name: "Unpredicted", reason: "cat" });
    expect(verdictOnImage([shape("annotation", 5, 1, null)], classes)).toBeNull();
  });
});
