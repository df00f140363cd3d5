import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Problem, QueryTerm, Scope } from "../../api/client";
import { parsedQuery, queryProblem } from "../../api/filters";

export interface AppliedQuery {
  /** The text under which items are listed; null where none has been understood yet. */
  text: string | null;
  terms: readonly QueryTerm[];
  /** How many items pass; undefined without a query. */
  count: number | undefined;
  /** What is wrong with the text of the address, in whose place the last good one holds. */
  problem: Problem | null;
  /** Another failure than the text's. */
  error: Error | null;
}

const NO_TERMS: readonly QueryTerm[] = [];

/** The query of the address as the server understands it; where it does not, the last one that it did. */
export function useAppliedQuery(project: string, scope: Scope, text: string): AppliedQuery {
  const parsed = useQuery({ ...parsedQuery(project, scope, text), enabled: text !== "" });
  const problem = queryProblem(parsed.error);
  const owner = `${project}\n${scope}`;
  const [good, setGood] = useState<{ owner: string; text: string } | null>(null);
  const understood = text === "" || (parsed.data !== undefined && parsed.error === null);
  if (understood && (good?.owner !== owner || good.text !== text)) setGood({ owner, text });
  // A text that has ceased to work, since its tag is gone, is no good one any more.
  const last = good?.owner === owner && good.text !== text ? good.text : null;
  return {
    text: understood ? text : last,
    terms: text === "" || problem !== null ? NO_TERMS : (parsed.data?.terms ?? NO_TERMS),
    count: text === "" ? undefined : parsed.data?.count,
    problem: text === "" ? null : problem,
    error: problem === null ? parsed.error : null,
  };
}
