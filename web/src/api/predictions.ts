/** What the Predictions pages ask. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Binning } from "../state/predictionsSearch";
import {
  isClassification,
  type ComparisonRequest,
  type DetectionRequest,
  type EvaluationRequest,
} from "../state/evaluationRequest";
import { answer, basePath, client, type AnySlowEvaluation, type Thresholds } from "./client";

export const EVALUATION_KEY = "evaluation";
const KEPT_MS = 60_000;

export const predictionSetsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "prediction-sets"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/projects/{project}/predictions", { params: { path: { project } }, signal })),
  });

export const tasksQuery = (project: string, predictions: string) =>
  queryOptions({
    queryKey: ["project", project, "evaluation-tasks", predictions],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/evaluation/tasks", {
          params: { path: { project }, query: { predictions } },
          signal,
        }),
      ),
  });

/** What follows the sliders. */
export const evaluationQuery = (project: string, request: EvaluationRequest) =>
  queryOptions({
    queryKey: ["project", project, EVALUATION_KEY, request],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/evaluation", {
          params: { path: { project }, query: request },
          signal,
        }),
      ),
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });

/** Intervals, costs of errors and importance, with the request that they answer. */
export interface SlowAnswer {
  request: EvaluationRequest;
  found: AnySlowEvaluation;
}

/** What comes when the sliders rest. */
export const slowEvaluationQuery = (project: string, request: EvaluationRequest) =>
  queryOptions({
    queryKey: ["project", project, "evaluation-slow", request],
    queryFn: async ({ signal }): Promise<SlowAnswer> => ({
      request,
      found: await answer(
        client.GET("/api/projects/{project}/evaluation/slow", {
          params: { path: { project }, query: request },
          signal,
        }),
      ),
    }),
  });

/** What each class's confidence is chosen for. */
export type ThresholdsRequest = DetectionRequest & { precision?: number; recall?: number };

/** A confidence for each class, and what it gives. */
export const thresholdsQuery = (project: string, request: ThresholdsRequest) =>
  queryOptions({
    queryKey: ["project", project, "thresholds", request],
    queryFn: async ({ signal }): Promise<Thresholds> =>
      // It answers with a table as well, so the client does not know what comes.
      (await answer(
        client.GET("/api/projects/{project}/evaluation/thresholds", {
          params: { path: { project }, query: request },
          signal,
        }),
      )) as Thresholds,
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });

/** Where the same table is had as a file. */
export function thresholdsUrl(project: string, request: ThresholdsRequest, format: "csv" | "json"): string {
  const asked = Object.entries<string | number | boolean | undefined>({ ...request, format }).filter(
    ([, value]) => value !== undefined,
  );
  const query = new URLSearchParams(asked.map(([key, value]) => [key, String(value)]));
  return `${basePath}/api/projects/${encodeURIComponent(project)}/evaluation/thresholds?${query}`;
}

/** Two sets side by side, with what was asked: the request is about the first. */
export const comparisonQuery = (project: string, request: ComparisonRequest) =>
  queryOptions({
    queryKey: ["project", project, "comparison", request],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/evaluation/compare", {
          params: { path: { project }, query: request },
          signal,
        }),
      ),
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });

/** How a metric is cut into bins. */
export interface Cut {
  metric: string;
  bins: number;
  binning: Binning;
}

/** How detections are cut: of each class as well, where asked for. */
export interface ClassCut extends Cut {
  by_class: boolean;
}

export const performanceQuery = (
  project: string,
  request: EvaluationRequest,
  { by_class, ...cut }: ClassCut,
) =>
  queryOptions({
    queryKey: ["project", project, "performance", request, cut, by_class],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/projects/{project}/evaluation/performance", {
          params: {
            path: { project },
            query: { ...request, ...cut, by_class: isClassification(request) ? false : by_class },
          },
          signal,
        }),
      ),
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });
