import { describe, expect, it } from "vitest";
import { orderRows } from "../src/components/ui/order";

const rows = [
  { name: "class 10", count: 5, area: null },
  { name: "class 2", count: 5, area: 30 },
  { name: "Apple", count: 9, area: 10 },
];

describe("the rows of a table", () => {
  const names = (key: "count" | "area" | null, up: boolean): string[] =>
    orderRows(rows, (row) => row.name, key === null ? null : (row) => row[key], up).map((row) => row.name);

  it("have most first, equals by name, numbers in names by value", () => {
    expect(names("count", false)).toEqual(["Apple", "class 2", "class 10"]);
    expect(names("count", true)).toEqual(["class 2", "class 10", "Apple"]);
    expect(names(null, false)).toEqual(["Apple", "class 2", "class 10"]);
    expect(names(null, true)).toEqual(["class 10", "class 2", "Apple"]);
  });

  it("have what lacks a value last, either way", () => {
    expect(names("area", false)).toEqual(["class 2", "Apple", "class 10"]);
    expect(names("area", true)).toEqual(["Apple", "class 2", "class 10"]);
  });
});
