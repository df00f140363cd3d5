/** What the Predictions pages ask. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Binning } from "../state/predictionsSearch";
import {
  isOfClasses,
  type ClassificationQuestion,
  type DetectionQuestion,
  type Question,
} from "../state/question";
import {
  answer,
  client,
  type AccuracyByMetric,
  type AnyComparison,
  type AnyEvaluation,
  type Performance,
  type SlowClassification,
  type SlowEvaluation,
} from "./client";

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
export const evaluationQuery = (project: string, question: Question) =>
  queryOptions({
    queryKey: ["project", project, EVALUATION_KEY, question],
    queryFn: ({ signal }): Promise<AnyEvaluation> => {
      const path = { project };
      return isOfClasses(question)
        ? answer(
            client.GET("/api/projects/{project}/evaluation/classification", {
              params: { path, query: question },
              signal,
            }),
          )
        : answer(
            client.GET("/api/projects/{project}/evaluation", { params: { path, query: question }, signal }),
          );
    },
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });

/** Intervals, costs of errors and importance, with the question that they answer. */
export interface SlowAnswer<Found> {
  question: Question;
  found: Found;
}

/** What comes when the sliders rest. */
export const slowEvaluationQuery = (project: string, question: DetectionQuestion) =>
  queryOptions({
    queryKey: ["project", project, "evaluation-slow", question],
    queryFn: async ({ signal }): Promise<SlowAnswer<SlowEvaluation>> => ({
      question,
      found: await answer(
        client.GET("/api/projects/{project}/evaluation/slow", {
          params: { path: { project }, query: question },
          signal,
        }),
      ),
    }),
  });

export const slowClassificationQuery = (project: string, question: ClassificationQuestion) =>
  queryOptions({
    queryKey: ["project", project, "classification-slow", question],
    queryFn: async ({ signal }): Promise<SlowAnswer<SlowClassification>> => ({
      question,
      found: await answer(
        client.GET("/api/projects/{project}/evaluation/classification/slow", {
          params: { path: { project }, query: question },
          signal,
        }),
      ),
    }),
  });

/** Two sets side by side, with what was asked: the question is about the first. */
export const comparisonQuery = (project: string, question: Question, other: string) =>
  queryOptions({
    queryKey: ["project", project, "comparison", question, other],
    queryFn: ({ signal }): Promise<AnyComparison> => {
      const path = { project };
      return isOfClasses(question)
        ? answer(
            client.GET("/api/projects/{project}/evaluation/classification/compare", {
              params: { path, query: { ...question, other } },
              signal,
            }),
          )
        : answer(
            client.GET("/api/projects/{project}/evaluation/compare", {
              params: { path, query: { ...question, other } },
              signal,
            }),
          );
    },
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

export const performanceQuery = (project: string, question: Question, { by_class, ...cut }: ClassCut) =>
  queryOptions({
    queryKey: ["project", project, "performance", question, cut, by_class],
    queryFn: ({ signal }): Promise<Performance | AccuracyByMetric> => {
      const path = { project };
      return isOfClasses(question)
        ? answer(
            client.GET("/api/projects/{project}/evaluation/classification/performance", {
              params: { path, query: { ...question, ...cut } },
              signal,
            }),
          )
        : answer(
            client.GET("/api/projects/{project}/evaluation/performance", {
              params: { path, query: { ...question, ...cut, by_class } },
              signal,
            }),
          );
    },
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });
