import { describe, expect, it } from "vitest";
import { layOut, moveFocus, pagesOf } from "../src/components/grid/gridKeys";
import { MAX_HEIGHT, scrollScale } from "../src/components/grid/scrollScale";

describe("moveFocus", () => {
  // 0 1 2 3 4 / 5 6 7 8 9 / 10 11
  const shape = { total: 12, columns: 5, rowsInSight: 2 };
  it.each([
    [0, "ArrowRight", 1],
    [4, "ArrowRight", 5],
    [11, "ArrowRight", 11],
    [0, "ArrowLeft", 0],
    [1, "ArrowDown", 6],
    [8, "ArrowDown", 11],
    [11, "ArrowDown", 11],
    [7, "ArrowUp", 2],
    [2, "ArrowUp", 2],
    [1, "PageDown", 11],
    [11, "PageUp", 1],
    [3, "Home", 0],
    [3, "End", 11],
  ])("from %d, %s leads to %d", (from, key, to) => {
    expect(moveFocus(from, key, shape)).toBe(to);
  });

  it("leaves other keys and empty grids alone", () => {
    expect(moveFocus(3, "a", shape)).toBeNull();
    expect(moveFocus(0, "End", { ...shape, total: 0 })).toBeNull();
  });
});

describe("layOut", () => {
  it("fits as many 4:3 cards as there is room for", () => {
    // 5 × 150 + 4 × 8 = 782 fits in 800, a sixth does not; each gets (800 − 32) / 5 = 153.6.
    const layout = layOut(800, 150, 8, 24);
    expect(layout.columns).toBe(5);
    expect(layout.cardWidth).toBeCloseTo(153.6);
    expect(layout.rowHeight).toBe(115 + 24 + 8);
  });

  it("has one column when the room is smaller than a card", () => {
    expect(layOut(90, 150, 8, 24).columns).toBe(1);
  });
});

describe("pagesOf", () => {
  it("names the pages that a stretch touches, inside the listing", () => {
    expect(pagesOf(55, 130, 60, 1000)).toEqual([0, 1, 2]);
    expect(pagesOf(-5, 5000, 60, 100)).toEqual([0, 1]);
    expect(pagesOf(0, 10, 60, 0)).toEqual([]);
  });
});

describe("scrollScale", () => {
  it("changes nothing while the browser can lay it out", () => {
    const scale = scrollScale(1_000_000, 800);
    expect(scale.scrollHeight).toBe(1_000_000);
    expect(scale.toContent(1234)).toBe(1234);
  });

  it("maps both ends onto both ends above the limit", () => {
    const content = 60_000_000;
    const scale = scrollScale(content, 800);
    expect(scale.scrollHeight).toBe(MAX_HEIGHT);
    expect(scale.toContent(0)).toBe(0);
    expect(scale.toContent(MAX_HEIGHT - 800)).toBe(content - 800);
    expect(scale.toScroll(content - 800)).toBe(MAX_HEIGHT - 800);
  });

  it("returns to where it came from", () => {
    const scale = scrollScale(250_000_000, 900);
    expect(scale.toContent(scale.toScroll(123_456_789))).toBeCloseTo(123_456_789, 3);
  });

  it("keeps positions inside", () => {
    const scale = scrollScale(60_000_000, 800);
    expect(scale.toContent(99_000_000)).toBe(60_000_000 - 800);
    expect(scale.toScroll(-5)).toBe(0);
  });
});
