import { expect, test } from "vitest";
import { thresholdsUrl } from "../src/api/predictions";
import { thresholdsRequest } from "../src/components/predictions/summary/thresholds";
import type { DetectionRequest } from "../src/state/evaluationRequest";
import { parsePredictionsSearch } from "../src/state/predictionsSearch";

const REQUEST: DetectionRequest = {
  predictions: "a & b",
  query: "class:dog",
  covered_only: false,
  task: "bbox",
  iou: 0.6,
  confidence: 0.3,
};

test("confidences by class are sought among all scores, by the rule of the address", () => {
  const best = thresholdsRequest(REQUEST, parsePredictionsSearch({}));
  expect(best).toEqual({ ...REQUEST, confidence: undefined });
  expect(thresholdsRequest(REQUEST, parsePredictionsSearch({ rule: "precision", least: "0.8" }))).toEqual({
    ...REQUEST,
    confidence: undefined,
    precision: 0.8,
  });
  expect(thresholdsRequest(REQUEST, parsePredictionsSearch({ rule: "recall" })).recall).toBe(0.9);
  expect(parsePredictionsSearch({ rule: "luck", least: "x" })).toMatchObject({ rule: undefined, least: 0.9 });
});

test("the file of confidences is asked for what the table shows", () => {
  const asked = thresholdsRequest(REQUEST, parsePredictionsSearch({ rule: "recall", least: 0.5 }));
  const url = new URL(thresholdsUrl("my project", asked, "csv"), "http://localhost");
  expect(url.pathname).toBe("/api/projects/my%20project/evaluation/thresholds");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    predictions: "a & b",
    query: "class:dog",
    covered_only: "false",
    task: "bbox",
    iou: "0.6",
    recall: "0.5",
    format: "csv",
  });
});
