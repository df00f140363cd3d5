import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ItemScope, Problem, QueryTerm } from "../../api/client";
import { parsedQuery, queryProblem } from "../../api/filters";
import type { EvaluatedBy } from "../../state/outcomes";

export interface AppliedQuery {
  /** The text under which items are listed; null where the address has one that cannot be used, or none is known yet. */
  text: string | null;
  terms: readonly QueryTerm[];
  /** How many items pass; undefined without a query. */
  count: number | undefined;
  /** What is wrong with the text of the address. */
  problem: Problem | null;
  /** Another failure than the text's. */
  error: Error | null;
}

const NO_TERMS: readonly QueryTerm[] = [];

/** The query of the address as the server understands it; while the server is asked, the last one that it did. */
export function useAppliedQuery(
  project: string,
  scope: ItemScope,
  text: string,
  evaluatedBy?: EvaluatedBy,
): AppliedQuery {
  const parsed = useQuery({ ...parsedQuery(project, scope, text, evaluatedBy), enabled: text !== "" });
  const problem = queryProblem(parsed.error);
  const owner = `${project}\n${scope}`;
  const [good, setGood] = useState<{ owner: string; text: string; terms: readonly QueryTerm[] } | null>(null);
  const understood = text === "" || (parsed.data !== undefined && parsed.error === null);
  const terms = text === "" ? NO_TERMS : (parsed.data?.terms ?? NO_TERMS);
  if (understood && (good?.owner !== owner || good.text !== text || good.terms !== terms)) {
    setGood({ owner, text, terms });
  }
  // Nothing stands in for a text that cannot be used: what is listed, counted and tagged is what the query box says.
  const last = parsed.error === null && good?.owner === owner ? good : null;
  return {
    text: understood ? text : (last?.text ?? null),
    terms: understood ? terms : (last?.terms ?? NO_TERMS),
    count: text === "" ? undefined : parsed.data?.count,
    problem: text === "" ? null : problem,
    error: problem === null ? parsed.error : null,
  };
}
