/** Every request the pages ask, with the keys under which answers are kept. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { sameButThresholds, type EvaluatedBy } from "../state/outcomes";
import {
  answer,
  ApiProblem,
  basePath,
  client,
  reach,
  toProblem,
  type ItemScope,
  type MetricSummary,
} from "./client";

export const CARDS_PER_PAGE = 60;
export const CARDS_KEY = "cards";

const projectPath = (project: string): string => `${basePath}/api/projects/${encodeURIComponent(project)}`;
export const coverUrl = (project: string, created: string | null): string =>
  `${projectPath(project)}/cover?made=${encodeURIComponent(created ?? "")}`;
export const thumbnailUrl = (project: string, imageRow: number): string =>
  `${projectPath(project)}/images/${imageRow}/thumbnail`;
/** @param predictions name of the set where the object is a prediction; without it, it is an annotation. */
export const cropUrl = (project: string, row: number, predictions?: string): string =>
  predictions === undefined
    ? `${projectPath(project)}/annotations/${row}/crop`
    : `${projectPath(project)}/predictions/items/${row}/crop?predictions=${encodeURIComponent(predictions)}`;
export const viewUrl = (project: string, imageRow: number): string =>
  `${projectPath(project)}/images/${imageRow}/view`;

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: ({ signal }) => answer(client.GET("/api/projects", { signal })),
});

export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "info"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/projects/{project}", { params: { path: { project } }, signal })),
  });

export const classesQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "classes"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/projects/{project}/classes", { params: { path: { project } }, signal })),
  });

/** @param evaluatedBy names the prediction set, which has metrics of its own, of the predictions that are judged. */
export const metricsQuery = (project: string, scope: ItemScope, evaluatedBy?: EvaluatedBy) =>
  queryOptions({
    queryKey: ["project", project, "metrics", scope, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/metrics", {
          params: { path: { project }, query: { scope, ...evaluatedBy } },
          signal,
        }),
      ),
    select: (metrics) => {
      const computed = metrics.filter((metric) => metric.computed);
      // A metric that no item has a value of can neither sort nor filter; where no item is left, all stay.
      const telling = computed.filter((metric) => metric.count > 0);
      return telling.length === 0 && evaluatedBy !== undefined ? computed : telling;
    },
    // while the thresholds of an evaluation slide
    placeholderData: (before, query) => {
      const asked = query?.queryKey[4] as EvaluatedBy | undefined;
      const same = query?.queryKey[1] === project && asked?.predictions === evaluatedBy?.predictions;
      return same && evaluatedBy !== undefined ? before : undefined;
    },
  });

const MOST_BINS = 80;

/** Whole numbers get a bin each, where there are few enough. */
function binsFor({ kind, min, max }: MetricSummary): number {
  if (kind !== "count" || min === null || max === null) return MOST_BINS;
  return Math.min(MOST_BINS, Math.max(1, max - min + 1));
}

/**
 * The bins are those of all values, whatever the query.
 *
 * @param query lets through what is counted.
 */
export const histogramQuery = (
  project: string,
  metric: MetricSummary,
  scale: "linear" | "log",
  query = "",
  evaluatedBy?: EvaluatedBy,
) =>
  queryOptions({
    queryKey: ["project", project, "histogram", metric.scope, metric.key, scale, query, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/metrics/{key}/histogram", {
          params: {
            path: { project, key: metric.key },
            query: {
              scope: metric.scope,
              bins: binsFor(metric),
              scale,
              query,
              ...evaluatedBy,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Which items a grid shows, in which order. */
export interface Listing {
  project: string;
  scope: ItemScope;
  /** Lets through what is listed. */
  query: string;
  metric: string | null;
  sort: string | null;
  /** Whether of two items that are outliers because of one another only the first is listed. */
  foldPairs?: boolean;
  /** The evaluation that the items are judged by. */
  evaluatedBy?: EvaluatedBy;
}

/** Whether two listings differ by nothing but the thresholds of their evaluation: positions of a slider. */
export function isSlid(a: Listing, b: Listing): boolean {
  return (
    a.project === b.project &&
    a.scope === b.scope &&
    a.query === b.query &&
    a.sort === b.sort &&
    a.metric === b.metric &&
    sameButThresholds(a.evaluatedBy, b.evaluatedBy)
  );
}

const place = ({
  scope,
  query,
  sort,
  metric,
  foldPairs,
  evaluatedBy,
}: Listing): (string | boolean | EvaluatedBy | undefined)[] => [
  scope,
  query,
  sort ?? "",
  metric ?? "",
  foldPairs,
  evaluatedBy,
];

export const cardsQuery = (listing: Listing, page: number) =>
  queryOptions({
    queryKey: ["project", listing.project, CARDS_KEY, ...place(listing), page],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/cards", {
          params: {
            path: { project: listing.project },
            query: {
              scope: listing.scope,
              query: listing.query,
              sort: listing.sort ?? undefined,
              metric: listing.metric ?? undefined,
              fold_pairs: listing.foldPairs,
              offset: page * CARDS_PER_PAGE,
              limit: CARDS_PER_PAGE,
              ...listing.evaluatedBy,
            },
          },
          signal,
        }),
      ),
    gcTime: 60_000,
  });

/** The first cards of a listing, fewer than a page. */
export const firstCardsQuery = ({ project, scope, query, sort, metric }: Listing, limit: number) =>
  queryOptions({
    queryKey: ["project", project, "first cards", scope, query, sort, metric, limit],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/cards", {
          params: {
            path: { project },
            query: { scope, query, sort: sort ?? undefined, metric: metric ?? undefined, offset: 0, limit },
          },
          signal,
        }),
      ),
  });

export const positionQuery = (listing: Listing, row: number) =>
  queryOptions({
    queryKey: ["project", listing.project, "position", ...place(listing), row],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/position", {
          params: {
            path: { project: listing.project },
            query: {
              scope: listing.scope,
              query: listing.query,
              sort: listing.sort ?? undefined,
              fold_pairs: listing.foldPairs,
              row,
              ...listing.evaluatedBy,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const imageQuery = (project: string, row: number, evaluatedBy?: EvaluatedBy) =>
  queryOptions({
    queryKey: ["project", project, "image", row, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/images/{row}", {
          params: { path: { project, row }, query: { ...evaluatedBy } },
          signal,
        }),
      ),
  });

export const annotationQuery = (project: string, row: number, evaluatedBy?: EvaluatedBy) =>
  queryOptions({
    queryKey: ["project", project, "annotation", row, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/annotations/{row}", {
          params: { path: { project, row }, query: { ...evaluatedBy } },
          signal,
        }),
      ),
  });

export const predictionQuery = (project: string, row: number, evaluatedBy?: EvaluatedBy) =>
  queryOptions({
    queryKey: ["project", project, "prediction", row, evaluatedBy],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/predictions/items/{row}", {
          params: { path: { project, row }, query: { ...evaluatedBy } },
          signal,
        }),
      ),
  });

export const CROP_KEY = "crop";

/** A picture of an object and what stands round it; `region` is left, top, width, height in the image. */
export interface Crop {
  /** An address in memory, released with the query that holds it. */
  url: string;
  region: [number, number, number, number] | null;
}

export const cropQuery = (project: string, row: number, predictions?: string) =>
  queryOptions({
    queryKey: ["project", project, CROP_KEY, row, predictions],
    queryFn: async ({ signal, client: cache, queryKey }): Promise<Crop> => {
      const response = await reach(fetch(cropUrl(project, row, predictions), { signal }));
      if (!response.ok) throw new ApiProblem(toProblem(await response.text(), response.status));
      const numbers = (response.headers.get("X-Assay-Region") ?? "").split(",").map(Number);
      const [x, y, width, height] = numbers;
      const known = numbers.length === 4 && numbers.every(Number.isFinite);
      const url = URL.createObjectURL(await response.blob());
      const replaced = cache.getQueryData<Crop>(queryKey);
      if (replaced !== undefined) URL.revokeObjectURL(replaced.url);
      return {
        url,
        region: known ? [x ?? 0, y ?? 0, width ?? 0, height ?? 0] : null,
      };
    },
    gcTime: 60_000,
  });

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => answer(client.GET("/api/jobs", { signal })),
  refetchInterval: ({ state }) =>
    state.data?.jobs.some((job) => job.status === "running" || job.status === "queued") ? 1_000 : 5_000,
});

export const sandboxesQuery = queryOptions({
  queryKey: ["sandboxes"],
  queryFn: ({ signal }) => answer(client.GET("/api/sandboxes", { signal })),
});

export const formatsQuery = queryOptions({
  queryKey: ["formats"],
  queryFn: ({ signal }) => answer(client.GET("/api/formats", { signal })),
  staleTime: Infinity,
});

/** The formats that a path of the server's machine may be in. */
export const recogniseQuery = (path: string) =>
  queryOptions({
    queryKey: ["recognise", path],
    queryFn: ({ signal }) =>
      answer(client.POST("/api/projects/import/recognise", { body: { path }, signal })),
    enabled: path !== "",
    retry: false,
    staleTime: 0,
  });

export const filesQuery = (path: string | null) =>
  queryOptions({
    queryKey: ["files", path],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/files", { params: { query: { path: path ?? undefined } }, signal })),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
