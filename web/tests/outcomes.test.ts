import { describe, expect, it, test } from "vitest";
import type { Card, Shape } from "../src/api/client";
import { isSlid, type Listing } from "../src/api/queries";
import { appearanceOf, isClutter, keyOf } from "../src/components/drawing/appearance";
import {
  countOutcomes,
  isOutcomeOn,
  isReasonOn,
  judgedByOther,
  queryForOthers,
  toggleOutcome,
  toggleReason,
  withoutImplied,
  type EvaluatedBy,
} from "../src/state/outcomes";
import {
  changeOfItems,
  itemSearchOf,
  itemsTarget,
  parsePredictionsSearch,
} from "../src/state/predictionsSearch";
import type { TermText } from "../src/state/queryText";
import { tellingIou, verdictOf } from "../src/state/verdict";

const term = (text: string, key: string | null = text.split(":")[0] ?? null): TermText => ({
  text,
  key,
  negated: false,
});

const evaluatedBy: EvaluatedBy = {
  predictions: "yolo",
  task: "bbox",
  iou: 0.5,
  confidence: 0.3,
  within: "",
  covered_only: false,
};

test("of two sets the other one's eyes are had, with the confidences changed over", () => {
  expect(judgedByOther(evaluatedBy)).toBeNull();
  expect(judgedByOther({ ...evaluatedBy, other: "detr", compared_confidence: 0.7 })).toEqual({
    ...evaluatedBy,
    predictions: "detr",
    other: "yolo",
    confidence: 0.7,
    compared_confidence: 0.3,
  });
});

test("what is right, wrong and missed in an image is counted", () => {
  const outcomes = ["tp", "fp", "fp", "fn", "matched", "ignored", null];
  expect(countOutcomes(outcomes.map((outcome) => ({ outcome })))).toEqual({ tp: 1, fp: 2, fn: 1 });
});

describe("switches of outcomes and reasons", () => {
  it("are pressed where the query asks for them, one or several", () => {
    const terms = [term("(outcome:tp or outcome:fp)", "outcome"), term("reason:class+localisation")];
    expect(isOutcomeOn(terms, "tp")).toBe(true);
    expect(isOutcomeOn(terms, "fp")).toBe(true);
    expect(isOutcomeOn(terms, "ignored")).toBe(false);
    expect(isReasonOn(terms, "class+localisation")).toBe(true);
    expect(isReasonOn(terms, "class")).toBe(false);
  });

  it("add to the query and take away from it", () => {
    const terms = [term("class:dog"), term("outcome:fp")];
    expect(toggleOutcome(terms, "prediction", "tp")).toBe("class:dog (outcome:fp or outcome:tp)");
    expect(toggleOutcome(terms, "prediction", "fp")).toBe("class:dog");
    expect(toggleReason(terms, "prediction", "background")).toBe("class:dog outcome:fp reason:background");
  });

  it("let reasons go with the outcome that has them", () => {
    const terms = [term("outcome:fp"), term("reason:class")];
    expect(toggleOutcome(terms, "prediction", "fp")).toBe("");
    expect(toggleOutcome(terms, "prediction", "tp")).toBe("(outcome:fp or outcome:tp) reason:class");
    expect(toggleOutcome([term("reason:class")], "prediction", "fp")).toBe("reason:class outcome:fp");
    expect(toggleReason([term("outcome:tp")], "prediction", "class")).toBe("reason:class");
    expect(toggleOutcome([term("reason:missed")], "annotation", "matched")).toBe("outcome:matched");
  });

  it("choose one outcome at a time for images, whose conditions speak of one object", () => {
    expect(toggleOutcome([term("outcome:fp")], "image", "fn")).toBe("outcome:fn");
  });

  it("leave what only one kind of item has behind when another kind is looked at", () => {
    const terms = [term("outcome:fp"), term("iou<0.5", "iou"), term("class:dog"), term("brightness<0.2")];
    expect(queryForOthers(terms)).toBe("class:dog brightness<0.2");
  });
});

describe("what holds of all items of an evaluation", () => {
  it("is not repeated in the query box", () => {
    expect(withoutImplied("outcome:fn outcome:* object_area>5")).toBe("outcome:fn object_area>5");
    expect(withoutImplied("outcome:*")).toBe("");
    expect(withoutImplied("evaluated:true brightness<0.2")).toBe("brightness<0.2");
    expect(withoutImplied('file:"a outcome:* b" outcome:*')).toBe('file:"a outcome:* b"');
  });
});

describe("a listing while a threshold slides", () => {
  const listing: Listing = {
    project: "p",
    scope: "prediction",
    query: "",
    metric: null,
    sort: null,
    evaluatedBy,
  };

  it("differs by nothing but the threshold", () => {
    expect(isSlid(listing, { ...listing, evaluatedBy: { ...evaluatedBy, iou: 0.7, confidence: 0 } })).toBe(
      true,
    );
    expect(isSlid(listing, { ...listing, evaluatedBy: { ...evaluatedBy, predictions: "other" } })).toBe(
      false,
    );
    expect(isSlid(listing, { ...listing, query: "outcome:fp", evaluatedBy })).toBe(false);
    expect(isSlid(listing, { ...listing, evaluatedBy: undefined })).toBe(false);
  });
});

describe("the address of the Explorer of predictions", () => {
  const search = parsePredictionsSearch({
    set: "yolo",
    iou: 0.7,
    query: "class:dog",
    show: "images",
    item: 4,
  });

  it("is that of a listing, and takes its changes", () => {
    expect(itemSearchOf(search)).toMatchObject({ scope: "image", query: "", metric: undefined, item: 4 });
    expect(
      changeOfItems({ scope: "prediction", query: "outcome:fp", metric: "iou", item: undefined }),
    ).toEqual({
      show: "predictions",
      find: "outcome:fp",
      sort: "iou",
      item: undefined,
    });
    expect(changeOfItems({ size: "l" })).toEqual({ size: "l" });
  });

  it("leads to items under the same evaluation", () => {
    expect(itemsTarget(search, { scope: "annotation", query: "outcome:fn" }, "-object_area")).toEqual({
      ...search,
      show: "annotations",
      find: "outcome:fn",
      sort: "object_area",
      dir: "desc",
      item: undefined,
    });
  });
});

describe("a verdict", () => {
  it("is told in words", () => {
    expect(verdictOf({ outcome: "fp", reason: "class" })).toMatchObject({
      name: "FP",
      reason: "wrong class",
    });
    expect(verdictOf({ outcome: "matched", reason: null })).toMatchObject({ name: "Found", reason: null });
    expect(verdictOf({ outcome: null, reason: null })).toBeNull();
    expect([tellingIou(0.4), tellingIou(0), tellingIou(null)]).toEqual([0.4, null, null]);
  });
});

describe("the appearance of objects", () => {
  const shape = (of: "annotation" | "prediction", row: number, outcome: Card["outcome"]): Shape =>
    ({ of, row, outcome, class_row: null, confidence: of === "prediction" ? 0.5 : null }) as Shape;
  const focus = { item: "prediction 1", partner: "annotation 1" } as const;
  const drawn = (...object: Parameters<typeof shape>) =>
    appearanceOf(shape(...object), focus, true, new Map());

  it("tells kinds by the line, outcomes by the colour, and wrong predictions by a sign as well", () => {
    expect(drawn("prediction", 1, "fp")).toMatchObject({ role: "strong", line: "solid", sign: "×" });
    expect(drawn("annotation", 1, "fn")).toMatchObject({ role: "partner", line: "dashed" });
    expect(drawn("annotation", 2, "fn").role).toBe("faint");
    const colors = (["tp", "fp", "ignored"] as const).map((each) => drawn("prediction", 2, each).color);
    expect(new Set([...colors, drawn("annotation", 2, "fn").color]).size).toBe(4);
  });

  it("tells rows of one kind from those of the other", () => {
    expect(keyOf(shape("prediction", 1, "tp"))).not.toBe(keyOf(shape("annotation", 1, "fn")));
  });

  it("leaves wrong predictions out round an item on a small picture", () => {
    expect(isClutter(drawn("prediction", 2, "fp"))).toBe(true);
    expect(isClutter(drawn("prediction", 2, "tp"))).toBe(false);
    expect(isClutter(drawn("prediction", 1, "fp"))).toBe(false);
    expect(isClutter(drawn("annotation", 2, "fn"))).toBe(false);
  });

  it("is that of the class where nothing is judged", () => {
    const plain = appearanceOf(shape("annotation", 1, null), { item: null, partner: null }, false, new Map());
    expect(plain).toMatchObject({ role: "plain", color: "#9d9b93" });
    expect(plain.line).toBeUndefined();
  });
});
