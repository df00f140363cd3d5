import { expect, test } from "vitest";
import { formatDifference, otherOf, placeOn, reachOf, verdictOf } from "../src/state/comparison";

const compared = (difference: number | null, interval?: [number, number]) => ({
  first: 0.4,
  second: 0.5,
  difference,
  interval: interval ?? null,
  excludes_zero: interval === undefined ? null : interval[0] > 0 || interval[1] < 0,
});

test("a set is called better or worse only where the interval leaves out zero", () => {
  expect(verdictOf(compared(0.1, [0.02, 0.2]), false, 50)).toBe("better");
  expect(verdictOf(compared(-0.1, [-0.2, -0.02]), false, 50)).toBe("worse");
  expect(verdictOf(compared(0.1, [-0.02, 0.2]), false, 50)).toBe("unclear");
  expect(verdictOf(compared(0.1), false, 50)).toBe("unclear");
  expect(verdictOf(compared(null, [0.02, 0.2]), false, 50)).toBe("unclear");
  expect(verdictOf(compared(0.1, [0, 0.2]), false, 50)).toBe("unclear");
  expect(verdictOf(compared(-0.1, [-0.2, -0.0004]), false, 50)).toBe("unclear"); // "−0.200 to 0.000" is what one reads
  expect(verdictOf(compared(-9, [-20, -0.4]), true, 50, true)).toBe("unclear");
  expect(verdictOf(compared(0.1, [0.02, 0.2]), false, 2)).toBe("unclear"); // two images say little of others
});

test("of what costs, less is better", () => {
  expect(verdictOf(compared(12, [2, 20]), true, 50)).toBe("worse");
  expect(verdictOf(compared(-12, [-20, -2]), true, 50)).toBe("better");
});

test("differences carry their sign, and zero none", () => {
  expect(formatDifference(0.1264, false)).toBe("+0.126");
  expect(formatDifference(-0.0004, false)).toBe("0.000");
  expect(formatDifference(-1404, true)).toBe("−1,404");
  expect(formatDifference(0, true)).toBe("0");
  expect(formatDifference(null, true)).toBe("—");
});

test("the scale holds every interval with zero in the middle", () => {
  expect(reachOf([compared(0.1, [0.02, 0.2]), compared(-0.3, [-0.5, -0.1]), compared(null)])).toBe(0.5);
  expect([placeOn(-0.5, 0.5), placeOn(0, 0.5), placeOn(0.25, 0.5), placeOn(9, 0.5)]).toEqual([
    0, 0.5, 0.75, 1,
  ]);
  expect(placeOn(0, 0)).toBe(0.5);
});

test("a set is compared with the one that is named, else with its neighbour", () => {
  const sets = [{ name: "a" }, { name: "b" }, { name: "c" }];
  expect(otherOf(sets, "a", "c")?.name).toBe("c");
  expect(otherOf(sets, "a", undefined)?.name).toBe("b");
  expect(otherOf(sets, "c", undefined)?.name).toBe("b");
  expect(otherOf(sets, "a", "a")?.name).toBe("b"); // never with itself
  expect(otherOf(sets, "a", "gone")?.name).toBe("b");
  expect(otherOf([{ name: "a" }], "a", undefined)).toBeUndefined();
});
