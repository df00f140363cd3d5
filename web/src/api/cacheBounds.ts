/** Keeps the memory of what was scrolled past within bounds. */
import type { Query, QueryCache } from "@tanstack/react-query";
import { EVALUATION_KEY } from "./predictions";
import { CARDS_KEY, CROP_KEY, type Crop } from "./queries";

/** Most answers of a kind that are kept while no part of the page shows them. */
const MOST_KEPT: Readonly<Record<string, number>> = {
  [CARDS_KEY]: 40,
  [CROP_KEY]: 300,
  image: 60,
  annotation: 60,
  prediction: 60,
  [EVALUATION_KEY]: 60,
  performance: 60,
};

function kindOf(query: Query): string {
  return String((query.queryKey as unknown[])[2]);
}

/** Let go of the oldest answers of a kind beyond what is kept of it. */
function prune(cache: QueryCache, kind: string, most: number): void {
  // One that has just been added is not asked for yet, and has no data.
  const idle = cache
    .getAll()
    .filter((query) => kindOf(query) === kind && !query.isActive() && query.state.data !== undefined);
  if (idle.length <= most) return;
  idle.sort((a, b) => a.state.dataUpdatedAt - b.state.dataUpdatedAt);
  for (const query of idle.slice(0, idle.length - most)) cache.remove(query);
}

/** Watch a cache: bound what it keeps, and release pictures with the answers that hold them. */
export function boundCache(cache: QueryCache): void {
  cache.subscribe((event) => {
    const { type } = event;
    const query = event.query as Query;
    const kind = kindOf(query);
    const most = MOST_KEPT[kind];
    if (type === "added" && most !== undefined) prune(cache, kind, most);
    if (type === "removed" && kind === CROP_KEY) {
      const crop = query.state.data as Crop | undefined;
      if (crop !== undefined) URL.revokeObjectURL(crop.url);
    }
  });
}
