/** Questions about query texts, and what a query lets through. */
import { keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import type { EvaluatedBy } from "../state/outcomes";
import {
  answer,
  ApiProblem,
  client,
  type ItemScope,
  type MetricSummary,
  type Problem,
  type Scope,
} from "./client";
import type { Listing } from "./queries";

const MOST_ROWS = 1_000_000;
const MOST_VALUES = 10_000;

/**
 * What a text means: its top-level terms and how many items fulfil it.
 *
 * @param evaluatedBy knows outcomes.
 */
export const parsedQuery = (project: string, scope: ItemScope, text: string, evaluatedBy?: EvaluatedBy) =>
  queryOptions({
    queryKey: ["project", project, "parsed", scope, text, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.POST("/api/projects/{project}/query/parse", {
          params: { path: { project } },
          body: { scope, text, ...evaluatedBy },
          signal,
        }),
      ),
    gcTime: 60_000,
  });

export const completionsQuery = (
  project: string,
  scope: ItemScope,
  text: string,
  cursor: number,
  evaluatedBy?: EvaluatedBy,
) =>
  queryOptions({
    queryKey: ["project", project, "completions", scope, text, cursor, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/query/complete", {
          params: { path: { project }, query: { scope, text, cursor, ...evaluatedBy } },
          signal,
        }),
      ),
    gcTime: 10_000,
    placeholderData: keepPreviousData,
  });

/** The metrics with the numbers of the items that a query lets through. */
export const filteredMetricQuery = (
  project: string,
  scope: ItemScope,
  key: string,
  query: string,
  evaluatedBy?: EvaluatedBy,
) =>
  queryOptions({
    queryKey: ["project", project, "metric", scope, key, query, evaluatedBy],
    queryFn: async ({ signal }): Promise<MetricSummary | null> => {
      if (evaluatedBy === undefined && scope !== "prediction") {
        return answer(
          client.GET("/api/projects/{project}/metrics/{key}", {
            params: { path: { project, key }, query: { scope, query } },
            signal,
          }),
        );
      }
      // Under an evaluation metrics are told together only.
      const known = await answer(
        client.GET("/api/projects/{project}/metrics", {
          params: { path: { project }, query: { scope, query, ...evaluatedBy } },
          signal,
        }),
      );
      return known.find((metric) => metric.key === key) ?? null;
    },
    placeholderData: keepPreviousData,
  });

/** How many items fulfil each of some texts, in their order. */
export const countsQuery = (
  project: string,
  scope: ItemScope,
  texts: readonly string[],
  evaluatedBy: EvaluatedBy,
) =>
  queryOptions({
    queryKey: ["project", project, "counts", scope, texts, evaluatedBy],
    queryFn: ({ client: cache }) =>
      Promise.all(
        texts.map(async (text) => (await cache.query(parsedQuery(project, scope, text, evaluatedBy))).count),
      ),
    placeholderData: (before, query) =>
      JSON.stringify(query?.queryKey.slice(0, 5)) ===
      JSON.stringify(["project", project, "counts", scope, texts])
        ? before
        : undefined,
    gcTime: 60_000,
  });

/** Rows of a stretch of a listing, in its order. */
export async function fetchRows(
  { project, scope, query, sort, foldPairs, evaluatedBy }: Omit<Listing, "metric">,
  offset = 0,
  count = Infinity,
): Promise<number[]> {
  const rows: number[] = [];
  for (;;) {
    const page = await answer(
      client.GET("/api/projects/{project}/rows", {
        params: {
          path: { project },
          query: {
            scope,
            query,
            sort: sort ?? undefined,
            fold_pairs: foldPairs,
            offset: offset + rows.length,
            limit: Math.min(MOST_ROWS, count - rows.length),
            ...evaluatedBy,
          },
        },
      }),
    );
    for (const row of page.rows) rows.push(row);
    if (page.rows.length === 0 || rows.length >= Math.min(count, page.total - offset)) return rows;
  }
}

/** The problem of a query text, or null where something else went wrong or nothing did. */
export function queryProblem(error: unknown): Problem | null {
  return error instanceof ApiProblem && error.problem.code === "query" ? error.problem : null;
}

/** Everything that was asked under a query which speaks of tags, or that shows tags. */
export async function forgetTagged(queries: QueryClient, project: string): Promise<void> {
  const always = new Set([
    "cards",
    "position",
    "tags",
    "tag-states",
    "views",
    "image",
    "annotation",
    "prediction",
    "properties",
  ]);
  await queries.invalidateQueries({
    predicate: ({ queryKey }) =>
      queryKey[0] === "project" &&
      queryKey[1] === project &&
      (always.has(String(queryKey[2])) ||
        queryKey.slice(3).some((part) => /\btag\b/i.test(JSON.stringify(part ?? "")))),
  });
}

/** The classes or the tags with how many of the items that a query lets through have them. */
export const valueCountsQuery = (project: string, scope: Scope, property: "class" | "tag", query: string) =>
  queryOptions({
    queryKey: ["project", project, "value-counts", scope, property, query],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/distribution", {
          params: { path: { project }, query: { scope, query, property, limit: MOST_VALUES } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
