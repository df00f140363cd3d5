import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";
import { boundCache } from "../src/api/cacheBounds";

const pageKey = (page: number): unknown[] => ["project", "p", "cards", "image", "", "", "", page];

describe("the memory of what was scrolled past", () => {
  it("keeps the newest pages of cards and lets the oldest go", () => {
    const client = new QueryClient();
    boundCache(client.getQueryCache());
    for (let page = 0; page < 200; page += 1) {
      client.setQueryData(pageKey(page), { cards: [] }, { updatedAt: page + 1 });
    }
    const kept = client.getQueryCache().getAll();
    expect(kept.length).toBeLessThanOrEqual(42);
    expect(client.getQueryData(pageKey(199))).toBeDefined();
    expect(client.getQueryData(pageKey(0))).toBeUndefined();
  });

  it("releases the picture of a crop that is let go", () => {
    const revoke = vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => undefined);
    const client = new QueryClient();
    boundCache(client.getQueryCache());
    client.setQueryData(["project", "p", "crop", 7], { url: "blob:seven", region: null });
    client.removeQueries({ queryKey: ["project", "p", "crop", 7] });
    expect(revoke).toHaveBeenCalledWith("blob:seven");
  });

  it("leaves other answers alone", () => {
    const client = new QueryClient();
    boundCache(client.getQueryCache());
    for (let row = 0; row < 100; row += 1) client.setQueryData(["project", "p", "tags", row], []);
    expect(client.getQueryCache().getAll()).toHaveLength(100);
  });
});
