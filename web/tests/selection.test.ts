import { describe, expect, it } from "vitest";
import {
  addRows,
  countSelected,
  coversResult,
  dependsOnTags,
  isSelected,
  listed,
  NOTHING,
  toggleRow,
  toSent,
  wholeResult,
  type Selection,
} from "../src/state/selection";

const ticked = (...rows: number[]): Selection => ({ kind: "listed", rows: new Set(rows) });

describe("items ticked one by one", () => {
  it("are ticked and unticked", () => {
    const two = toggleRow(toggleRow(NOTHING, 7), 9);
    expect(countSelected(two)).toBe(2);
    expect(isSelected(two, 7, "any query")).toBe(true);
    expect(toggleRow(two, 7)).toEqual(ticked(9));
    expect(NOTHING).toEqual(ticked());
  });

  it("grow by a range, and none counts twice", () => {
    expect(addRows(ticked(1, 2), [2, 3, 4])).toEqual(ticked(1, 2, 3, 4));
  });

  it("are sent by their rows", () => {
    expect(toSent(ticked(3, 5), "annotation")).toEqual({
      scope: "annotation",
      rows: [3, 5],
      query: null,
      except_rows: [],
    });
  });

  it("are sent with the set that predictions are of, whatever the thresholds", () => {
    const evaluatedBy = { predictions: "yolo", task: "bbox", iou: 0.7, confidence: 0.9 } as const;
    expect(
      toSent(ticked(3), "prediction", { ...evaluatedBy, within: "class:dog", covered_only: false }),
    ).toEqual({
      predictions: "yolo",
      task: "bbox",
      scope: "prediction",
      rows: [3],
      query: null,
      except_rows: [],
    });
  });
});

describe("a whole result", () => {
  const all = wholeResult("class:person", 1_000_000);

  it("counts without being listed", () => {
    expect(countSelected(all)).toBe(1_000_000);
    expect(isSelected(all, 123_456, "class:person")).toBe(true);
    expect(coversResult(all, "class:person")).toBe(true);
  });

  it("says nothing of the items of another result", () => {
    expect(isSelected(all, 123_456, "class:car")).toBe(false);
    expect(coversResult(all, "class:car")).toBe(false);
  });

  it("is all but what is unticked", () => {
    const but = toggleRow(toggleRow(all, 4), 8);
    expect(countSelected(but)).toBe(999_998);
    expect(isSelected(but, 4, "class:person")).toBe(false);
    expect(coversResult(but, "class:person")).toBe(false);
    expect(toSent(but, "image")).toEqual({
      scope: "image",
      rows: null,
      query: "class:person",
      except_rows: [4, 8],
    });
    expect(countSelected(toggleRow(but, 4))).toBe(999_999);
    expect(countSelected(addRows(but, [4, 8, 15]))).toBe(1_000_000);
  });

  it("is nothing when all of it is unticked, or when it is empty", () => {
    expect(toggleRow(toggleRow(wholeResult("", 2), 0), 1)).toBe(NOTHING);
    expect(wholeResult("tag:none", 0)).toBe(NOTHING);
  });

  it("can be listed, without what is unticked", () => {
    expect(listed(toggleRow(wholeResult("", 3), 1), [0, 1, 2])).toEqual(ticked(0, 2));
    expect(listed(ticked(6), [0, 1])).toEqual(ticked(6));
  });

  it("depends on tags where its query speaks of them", () => {
    expect(dependsOnTags(wholeResult("not tag:review", 3))).toBe(true);
    expect(dependsOnTags(wholeResult("class:tagged", 3))).toBe(false);
    expect(dependsOnTags(ticked(1))).toBe(false);
  });
});
