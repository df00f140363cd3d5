import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Card } from "../../api/client";
import { CARDS_PER_PAGE, cardsQuery, isSlid, type Listing } from "../../api/queries";
import { pagesOf } from "./gridKeys";

/** While the grid flies past, pages are not asked for until it has been at one place for so long. */
const SETTLE_MS = 70;

export interface Cards {
  /** Undefined until the first page is there. */
  total: number | undefined;
  /** How many items are not listed because the other one of their pair is. */
  folded: number;
  cardAt: (index: number) => Card | undefined;
  error: Error | null;
  retry: () => void;
}

/** The cards of a stretch of a listing; what has been fetched is kept, what scrolls out of sight is cancelled. */
export function useCards(
  listing: Listing,
  first: number,
  last: number,
  knownTotal: number | undefined,
): Cards {
  const queries = useQueryClient();
  const head = useQuery(cardsQuery(listing, 0));
  // While a threshold slides, the cards of its last position stay until those of the next have come.
  const [arrived, setArrived] = useState(listing);
  const slid = arrived !== listing && isSlid(arrived, listing);
  const kept = useCallback(
    (page: number) => (slid ? queries.getQueryData(cardsQuery(arrived, page).queryKey) : undefined),
    [queries, arrived, slid],
  );
  const total = (head.data ?? kept(0))?.total ?? knownTotal;
  const wanted = pagesOf(first, last, CARDS_PER_PAGE, total ?? 0);
  const span = wanted.join(" ");
  const [settled, setSettled] = useState(span);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(span), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [span]);

  const pages = useQueries({
    queries: wanted.map((page) => ({
      ...cardsQuery(listing, page),
      enabled: settled === span || page === 0,
    })),
  });
  const hasArrived = head.data !== undefined && pages.every((page) => page.data !== undefined);
  if (hasArrived && arrived !== listing) setArrived(listing);
  const byPage = useMemo(
    () => new Map(wanted.map((page, at) => [page, pages[at]?.data?.cards])),
    [wanted, pages],
  );
  const cardAt = useCallback(
    (index: number) => {
      const page = Math.floor(index / CARDS_PER_PAGE);
      return (byPage.get(page) ?? kept(page)?.cards)?.[index % CARDS_PER_PAGE];
    },
    [byPage, kept],
  );
  const failed = [head, ...pages].find((page) => page.isError);
  return {
    total,
    folded: (head.data ?? kept(0))?.folded ?? 0,
    cardAt,
    error: failed?.error ?? null,
    retry: () => {
      for (const page of [head, ...pages]) if (page.isError) void page.refetch();
    },
  };
}
