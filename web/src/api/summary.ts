/** What the Summary and the command palette ask. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { AxisScale } from "../state/summarySearch";
import { ApiProblem, basePath, reach, toProblem, type MetricSummary, type Scope } from "./client";

export interface CountOf {
  count: number;
  scope: Scope;
  query: string;
}
export interface WorstItem {
  row: number;
  image_row: number;
  value: number | null;
  severity: "none" | "moderate" | "severe";
}
export interface MetricOutliers {
  key: string;
  title: string;
  scope: Scope;
  severe: CountOf;
  moderate: CountOf;
  sort: string;
  worst: WorstItem[];
}
export interface Summary {
  scope: Scope;
  query: string;
  items: CountOf;
  severe: CountOf;
  moderate: CountOf;
  severe_sum: number;
  moderate_sum: number;
  images: CountOf;
  annotations: CountOf;
  classes: number;
  without_annotations: CountOf;
  median_width: number | null;
  median_height: number | null;
  metrics: MetricOutliers[];
}
export interface DistributionValue {
  label: string;
  count: number;
  share: number;
  query: string;
  color: string | null;
  rare: boolean;
}
export interface Distribution {
  scope: Scope;
  query: string;
  property: string;
  items: number;
  values: DistributionValue[];
  other: number;
  none: CountOf;
}
export interface PropertyInfo {
  property: string;
  title: string;
  values: number;
}
export interface DensityAxis {
  key: string;
  title: string;
  unit: string;
  kind: string;
  scale: AxisScale;
  edges: number[];
}
export interface DensityCell {
  x: number;
  y: number;
  count: number;
  query: string;
}
export interface Trend {
  slope: number;
  intercept: number;
  correlation: number;
  count: number;
}
export interface Density {
  scope: Scope;
  query: string;
  x: DensityAxis;
  y: DensityAxis;
  cells: DensityCell[];
  none: CountOf;
  trend: Trend | null;
}
export interface ClassRow {
  class_row: number;
  name: string;
  color: string;
  annotations: CountOf;
  images: CountOf | null;
  share: number;
  median_area: number | null;
  mean_area: number | null;
  rare: boolean;
}
export interface ClassName {
  class_row: number;
  name: string;
  color: string;
}
export interface Pair {
  a: number;
  b: number;
  count: number;
  scope: Scope;
  query: string;
}
export interface Cooccurrence {
  classes: ClassName[];
  cells: Pair[];
}
export interface AnnotatorRow {
  name: string;
  annotations: CountOf;
  share: number;
  means: Record<string, number | null>;
}
export interface SplitRow {
  name: string | null;
  images: CountOf;
  annotations: CountOf;
  classes: number;
  means: Record<string, number | null>;
}
export interface ImageSize {
  width: number;
  height: number;
  count: number;
  scope: Scope;
  query: string;
}
export interface Labels {
  scope: Scope;
  query: string;
  classes: ClassRow[];
  cooccurrence: Cooccurrence;
  annotators: AnnotatorRow[];
  splits: SplitRow[];
  image_sizes: ImageSize[];
}
export interface HistogramBin {
  low: number;
  high: number;
  count: number;
  query: string;
}
export interface FilteredHistogram {
  key: string;
  scope: Scope;
  query: string;
  scale: AxisScale;
  bins: HistogramBin[];
  nulls: CountOf;
  below: CountOf;
}
export interface Tag {
  name: string;
  color: string;
  images: CountOf;
  annotations: CountOf;
}
export interface View {
  name: string;
  scope: Scope;
  query: string;
  sort: string | null;
  count: number | null;
  problem: string | null;
}
export interface ParsedQuery {
  text: string;
  count: number;
  scope: Scope;
  query: string;
}

async function get<T>(
  project: string,
  path: string,
  query: Record<string, string | number | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  const sent = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) sent.set(name, String(value));
  const response = await reach(
    fetch(`${basePath}/api/projects/${encodeURIComponent(project)}/${path}?${sent}`, { signal }),
  );
  const body: unknown = await response.json();
  if (!response.ok) throw new ApiProblem(toProblem(body, response.status));
  return body as T;
}
async function post<T>(project: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const response = await reach(
    fetch(`${basePath}/api/projects/${encodeURIComponent(project)}/${path}`, {
      ...{
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal,
      },
    }),
  );
  const got: unknown = await response.json();
  if (!response.ok) throw new ApiProblem(toProblem(got, response.status));
  return got as T;
}

/** Which items a page is about. */
export interface Filtered {
  project: string;
  scope: Scope;
  query: string;
}

export const parseQuery = (project: string, scope: Scope, text: string) =>
  queryOptions({
    queryKey: ["project", project, "parse", scope, text],
    queryFn: ({ signal }) => post<ParsedQuery>(project, "query/parse", { scope, text }, signal),
  });
export const summaryQuery = ({ project, scope, query }: Filtered) =>
  queryOptions({
    queryKey: ["project", project, "summary", scope, query],
    queryFn: ({ signal }) => get<Summary>(project, "summary", { scope, query }, signal),
    placeholderData: keepPreviousData,
  });
export const propertiesQuery = (project: string, scope: Scope) =>
  queryOptions({
    queryKey: ["project", project, "properties", scope],
    queryFn: ({ signal }) => get<PropertyInfo[]>(project, "properties", { scope }, signal),
  });
export const distributionQuery = ({ project, scope, query }: Filtered, property: string, limit: number) =>
  queryOptions({
    queryKey: ["project", project, "distribution", scope, query, property, limit],
    queryFn: ({ signal }) =>
      get<Distribution>(project, "distribution", { scope, query, property, limit }, signal),
    placeholderData: keepPreviousData,
  });
export const densityQuery = (
  { project, scope, query }: Filtered,
  x: string,
  y: string,
  x_scale: AxisScale,
  y_scale: AxisScale,
) =>
  queryOptions({
    queryKey: ["project", project, "density", scope, query, x, y, x_scale, y_scale],
    queryFn: ({ signal }) =>
      get<Density>(project, "density", { scope, query, x, y, x_scale, y_scale, bins: 40 }, signal),
    placeholderData: keepPreviousData,
  });
export const labelsQuery = (project: string, query: string) =>
  queryOptions({
    queryKey: ["project", project, "labels", query],
    queryFn: ({ signal }) => get<Labels>(project, "labels", { query }, signal),
    placeholderData: keepPreviousData,
  });
export const filteredMetricQuery = ({ project, scope, query }: Filtered, key: string) =>
  queryOptions({
    queryKey: ["project", project, "metric", scope, query, key],
    queryFn: ({ signal }) => get<MetricSummary>(project, `metrics/${key}`, { scope, query }, signal),
    placeholderData: keepPreviousData,
  });
export const filteredHistogramQuery = (
  { project, scope, query }: Filtered,
  key: string,
  scale: AxisScale,
  bins: number,
  axis?: { low: number; high: number },
) =>
  queryOptions({
    queryKey: ["project", project, "histogram", scope, query, key, scale, bins, axis],
    queryFn: ({ signal }) =>
      get<FilteredHistogram>(
        project,
        `metrics/${key}/histogram`,
        { scope, query, bins, scale, ...axis },
        signal,
      ),
    placeholderData: keepPreviousData,
  });
export const tagsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "tags"],
    queryFn: ({ signal }) => get<Tag[]>(project, "tags", {}, signal),
  });
export const viewsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "views"],
    queryFn: ({ signal }) => get<View[]>(project, "views", {}, signal),
  });
