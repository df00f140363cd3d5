import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatCounted,
  formatDuration,
  formatPercent,
  formatValue,
  formatValueShort,
} from "../src/state/format";

describe("formatValue", () => {
  it.each([
    [48_210, "positive", "px²", "48,210 px²"],
    [126.4, "positive", "px²", "126.4 px²"],
    [1.3799, "positive", "", "1.38"],
    [0.157, "positive", "", "0.157"],
    [0.87, "fraction", "", "0.870"],
    [1, "fraction", "", "1"],
    [0.0412, "fraction", "", "0.041"],
    [0.0017, "fraction", "", "0.0017"],
    [0.00001234, "fraction", "", "< 0.0001"],
    [0.00001234, "positive", "", "1.2e−5"],
    [0, "fraction", "", "0"],
    [3.3e-16, "fraction", "", "0"],
    [14, "count", "objects", "14"],
    [8.67, "count", "objects", "8.7"],
    [1234, "rank", "", "1,234"],
    [-2.071, "signed", "robust z", "−2.07 robust z"],
    [-0.5, "signed", "", "−0.500"],
  ])("%d of kind %s in '%s' is %s", (value, kind, unit, text) => {
    expect(formatValue(value, kind, unit)).toBe(text);
  });

  it("shows a dash where there is no value", () => {
    expect(formatValue(null, "positive", "px")).toBe("—");
    expect(formatValue(Number.NaN, "positive", "px")).toBe("—");
  });
});

describe("formatValueShort", () => {
  it("keeps px² and leaves out words", () => {
    expect(formatValueShort(2, "positive", "px²")).toBe("2.00 px²");
    expect(formatValueShort(2, "signed", "robust z")).toBe("2.00");
    expect(formatValueShort(8855071476, "signed", "robust z")).toBe("> 50");
    expect(formatValueShort(-50.5, "signed", "robust z")).toBe("< −50");
    expect(formatValue(50, "signed", "robust z")).toBe("50.00 robust z");
    expect(formatValue(51, "signed", "robust z")).toBe("> 50 robust z");
    expect(formatValue(51, "signed", "°C")).toBe("51.00 °C");
  });
});

describe("other figures", () => {
  it("never rounds up to 100 %", () => {
    expect(formatPercent(0.9996)).toBe("99.9 %");
    expect(formatPercent(1)).toBe("100 %");
    expect(formatPercent(0.874)).toBe("87 %");
  });

  it("never rounds down to 0 %", () => {
    expect(formatPercent(0.0034)).toBe("0.3 %");
    expect(formatPercent(0.0001)).toBe("< 0.1 %");
    expect(formatPercent(0)).toBe("0 %");
  });

  it("counts with the right form of the noun", () => {
    expect(formatCounted(1, "class", "classes")).toBe("1 class");
    expect(formatCounted(2974, "annotation")).toBe("2,974 annotations");
  });

  it("writes sizes and durations in the largest fitting unit", () => {
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(7_100_000)).toBe("7.1 MB");
    expect(formatDuration(12.3)).toBe("12 s");
    expect(formatDuration(4_800)).toBe("1 h 20 min");
  });

  it("says how long ago", () => {
    const now = new Date("2026-01-02T12:00:00Z");
    expect(formatAgo("2026-01-02T09:00:00Z", now)).toBe("3 hours ago");
    expect(formatAgo("2026-01-01T12:00:00Z", now)).toBe("yesterday");
    expect(formatAgo("2026-01-02T11:59:50Z", now)).toBe("just now");
  });
});
