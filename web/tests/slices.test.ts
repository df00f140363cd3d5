import { expect, test } from "vitest";
import { describeEffect, describeSlice } from "../src/components/predictions/summary/slices";

const range = (title: string, low: number | null, high: number | null) => ({ metric: "m", title, low, high });

test("a slice is told as its class and its ranges, open ends without a number", () => {
  expect(describeSlice({ class: "dog", ranges: [] })).toEqual(["dog"]);
  expect(describeSlice({ class: null, ranges: [range("Brightness", null, 0.36)] })).toEqual([
    "Brightness < 0.36",
  ]);
  expect(
    describeSlice({ class: "dog", ranges: [range("Absolute Area", 400, 1024), range("Tilt", -1.5, null)] }),
  ).toEqual(["dog", "Absolute Area 400 to 1,024", "Tilt ≥ −1.5"]);
});

test("a slice's effect is told in points, with what its interval promises", () => {
  expect(describeEffect({ effect: 0.177, interval: [0.119, 0.233] })).toContain(
    "+18 percentage points beside elsewhere, 95 % interval +12 to +23.",
  );
});
