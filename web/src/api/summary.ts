/** What the Summary and the command palette ask. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { EvaluatedBy } from "../state/outcomes";
import type { AxisScale } from "../state/summarySearch";
import { answer, client, type ItemScope, type Scope } from "./client";

/** Which items a page is about. */
export interface Filtered {
  project: string;
  scope: Scope;
  query: string;
}

export const summaryQuery = ({ project, scope, query }: Filtered) =>
  queryOptions({
    queryKey: ["project", project, "summary", scope, query],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/summary", {
          params: { path: { project }, query: { scope, query } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const propertiesQuery = (project: string, scope: Scope) =>
  queryOptions({
    queryKey: ["project", project, "properties", scope],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/properties", {
          params: { path: { project }, query: { scope } },
          signal,
        }),
      ),
  });

export const distributionQuery = (
  { project, scope, query }: Omit<Filtered, "scope"> & { scope: ItemScope },
  property: string,
  limit: number,
  evaluatedBy?: EvaluatedBy,
) =>
  queryOptions({
    queryKey: ["project", project, "distribution", scope, query, property, limit, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/distribution", {
          params: { path: { project }, query: { scope, query, property, limit, ...evaluatedBy } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

const DENSITY_BINS = 40;

/** Two metrics, each with the scale of its axis. */
export interface Plane {
  x: string;
  y: string;
  x_scale: AxisScale;
  y_scale: AxisScale;
}

export const densityQuery = ({ project, scope, query }: Filtered, plane: Plane) =>
  queryOptions({
    queryKey: ["project", project, "density", scope, query, plane],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/density", {
          params: { path: { project }, query: { scope, query, ...plane, bins: DENSITY_BINS } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Statistics of the annotations that a query, of annotations, leaves. */
export const labelsQuery = (project: string, query: string) =>
  queryOptions({
    queryKey: ["project", project, "labels", query],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/labels", {
          params: { path: { project }, query: { query } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** A metric's numbers among the items that a query leaves. */
export const filteredMetricQuery = ({ project, scope, query }: Filtered, key: string) =>
  queryOptions({
    queryKey: ["project", project, "filtered metric", scope, query, key],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/metrics/{key}", {
          params: { path: { project, key }, query: { scope, query } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** How a metric's values are spread among the items that a query leaves; its edges are those of all items. */
export const filteredHistogramQuery = (
  { project, scope, query }: Filtered,
  key: string,
  scale: AxisScale,
  bins: number,
) =>
  queryOptions({
    queryKey: ["project", project, "filtered histogram", scope, query, key, scale, bins],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/metrics/{key}/histogram", {
          params: { path: { project, key }, query: { scope, query, bins, scale } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
