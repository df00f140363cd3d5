import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { fetchRows } from "../../api/filters";
import type { Listing } from "../../api/queries";
import {
  addRows,
  countSelected,
  dependsOnTags,
  isSelected,
  listed,
  NOTHING,
  toggleRow,
  wholeResult,
  type Selection,
} from "../../state/selection";
import { tell } from "../../state/undo";

export interface SelectionControls {
  selection: Selection;
  count: number;
  has: (row: number) => boolean;
  /** @param index place of the item in the present order, from which a range may go on. */
  toggle: (row: number, index: number | null) => void;
  /** Tick everything between the item that was toggled last and this place. */
  extendTo: (row: number, index: number) => void;
  selectAll: (total: number) => void;
  clear: () => void;
  /** The same items in a form that tagging does not change. */
  fix: () => Promise<Selection>;
}

function tellFailure(error: unknown): void {
  tell(error instanceof Error ? error.message : String(error), true);
}

interface Held {
  /** The project and the kind of items to which the ticks belong. */
  owner: string;
  selection: Selection;
}

/**
 * The ticked items: kept while the order or the filter changes, gone with the kind of items or the project.
 *
 * @param usable whether the listing's query can be used; where it cannot, nothing is listed and nothing ticked.
 */
export function useSelection(listing: Listing, usable: boolean): SelectionControls {
  const { project, scope, query, evaluatedBy } = listing;
  // Rows of predictions are those of their set.
  const owner = `${project}\n${scope}\n${scope === "prediction" ? (evaluatedBy?.predictions ?? "") : ""}`;
  const [held, setHeld] = useState<Held>({ owner, selection: NOTHING });
  const selection = held.owner === owner && usable ? held.selection : NOTHING;
  if (!usable && held.selection !== NOTHING) setHeld({ owner, selection: NOTHING });
  const order = `${owner}\n${query}\n${listing.sort ?? ""}`;
  const anchor = useRef<{ order: string; index: number } | null>(null);

  const change = useCallback(
    (next: (before: Selection) => Selection) =>
      setHeld((before) => ({
        owner,
        selection: next(before.owner === owner ? before.selection : NOTHING),
      })),
    [owner],
  );

  const toRows = useCallback(
    async (wanted: Selection): Promise<Selection> => {
      if (wanted.kind === "listed") return wanted;
      const rows = await fetchRows({ project, scope, query: wanted.query, sort: null });
      return listed(wanted, rows);
    },
    [project, scope],
  );

  // Of a whole result only its query is known: its items are listed before another result is looked at.
  useEffect(() => {
    if (selection.kind !== "result" || selection.query === query) return undefined;
    let wanted = true;
    toRows(selection).then(
      (rows) => {
        if (wanted) change((now) => (now === selection ? rows : now));
      },
      () => {
        if (wanted) change(() => NOTHING);
      },
    );
    return () => {
      wanted = false;
    };
  }, [selection, query, toRows, change]);

  const toggle = useCallback(
    (row: number, index: number | null) => {
      if (index !== null) anchor.current = { order, index };
      change((before) => toggleRow(before, row));
    },
    [change, order],
  );
  const latest = useRef(listing);
  useEffect(() => {
    latest.current = listing;
  }, [listing]);
  const extendTo = useCallback(
    (row: number, index: number) => {
      const from = anchor.current;
      if (from?.order !== order) {
        toggle(row, index);
        return;
      }
      const first = Math.min(from.index, index);
      fetchRows(latest.current, first, Math.abs(index - from.index) + 1).then(
        (rows) => change((before) => addRows(before, rows)),
        tellFailure,
      );
    },
    [change, order, toggle],
  );
  const selectAll = useCallback(
    (total: number) => {
      if (evaluatedBy === undefined) {
        change(() => wholeResult(query, total));
        return;
      }
      // What passes changes with the sliders, and the API that takes tags knows no evaluation: rows are told.
      fetchRows(latest.current).then((rows) => change(() => addRows(NOTHING, rows)), tellFailure);
    },
    [change, query, evaluatedBy],
  );
  const clear = useCallback(() => {
    anchor.current = null;
    change(() => NOTHING);
  }, [change]);
  const fix = useCallback(async () => {
    if (!dependsOnTags(selection)) return selection;
    const rows = await toRows(selection);
    change((now) => (now === selection ? rows : now));
    return rows;
  }, [selection, toRows, change]);
  const has = useCallback((row: number) => isSelected(selection, row, query), [selection, query]);

  return useMemo(
    () => ({ selection, count: countSelected(selection), has, toggle, extendTo, selectAll, clear, fix }),
    [selection, has, toggle, extendTo, selectAll, clear, fix],
  );
}
