/** The one way to the API: a typed client whose failures are one of two errors. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type AccuracyBin = Schemas["AccuracyBin"];
export type AccuracyByMetric = Schemas["AccuracyByMetricOut"];
export type AnnotationDetail = Schemas["AnnotationDetail"];
export type Card = Schemas["Card"];
export type Classification = Schemas["ClassificationOut"];
export type ClassificationDriver = Schemas["ClassificationDriverOut"];
export type ClassificationComparison = Schemas["ClassificationComparisonOut"];
export type ClassifiedClassCompared = Schemas["ClassifiedClassCompared"];
export type ClassifiedClass = Schemas["ClassifiedClass"];
export type ClassInfo = Schemas["ClassInfo"];
export type ClassLabels = Schemas["ClassLabels"];
export type CoOccurrence = Schemas["CoOccurrence"];
export type CountOf = Schemas["CountOf"];
export type Density = Schemas["Density"];
export type DensityAxis = Schemas["DensityAxis"];
export type Evaluation = Schemas["EvaluationOut"];
/** Of a set of either kind. */
export type AnyEvaluation = Evaluation | Classification;
export type ClassThreshold = Schemas["ClassThreshold"];
export type Thresholds = Schemas["ThresholdsOut"];
export type ThresholdCounts = Schemas["ThresholdCounts"];
export type ClassResult = Schemas["ClassResult"];
export type ChangedImages = Schemas["ChangedImages"];
export type ClassCompared = Schemas["ClassCompared"];
export type Comparison = Schemas["ComparisonOut"];
/** Of sets of either kind. */
export type AnyComparison = Comparison | ClassificationComparison;
export type NumberCompared = Schemas["NumberCompared"];
export type ConfusionMatrix = Schemas["ConfusionMatrix"];
export type Driver = Schemas["DriverOut"];
export type Evidence = Schemas["EvidenceOut"];
export type FolderListing = Schemas["FolderListing"];
export type Histogram = Schemas["Histogram"];
export type ImageDetail = Schemas["ImageDetail"];
export type ImportCoco = Schemas["ImportCoco"];
export type InitProject = Schemas["InitProject"];
export type Job = Schemas["JobInfo"];
export type LabelStatistics = Schemas["LabelStatistics"];
export type MetricOutliers = Schemas["MetricOutliers"];
export type OutlierGroup = Schemas["OutlierGroup"];
export type MetricSummary = Schemas["MetricSummary"];
export type MetricValue = Schemas["MetricValue"];
export type Performance = Schemas["PerformanceOut"];
export type PerformanceBin = Schemas["PerformanceBin"];
export type PredictionDetail = Schemas["PredictionDetail"];
export type PredictionSet = Schemas["PredictionSetOut"];
export type Problem = Schemas["Problem"];
export type ProjectCard = Schemas["ProjectCard"];
export type ProjectInfo = Schemas["ProjectInfo"];
export type Property = Schemas["Property"];
export type Sandbox = Schemas["SandboxInfo"];
export type RecognisedFormat = Schemas["RecognisedFormat"];
export type ImportPredictions = Schemas["ImportPredictions"];
/** What tags, views and exports are about. */
export type Scope = Schemas["ViewOut"]["scope"];
/** What a listing holds; predictions of a set as well. */
export type ItemScope = Scope | "prediction";
export type Severity = Card["severity"];
export type Shape = Schemas["ShapeOut"];
export type ReliabilityDiagram = Schemas["ReliabilityDiagram"];
export type Slice = Schemas["SliceOut"];
export type SlowClassification = Schemas["SlowClassification"];
export type ClassIntervals = Schemas["ClassIntervals"];
export type SlowEvaluation = Schemas["SlowEvaluation"];
export type AnySlowEvaluation = SlowEvaluation | SlowClassification;
export type SourceId = Card["id"];
export type Completions = Schemas["CompletionOut"];
export type QueryTerm = Schemas["QueryPart"];
export type Selection = Schemas["Selection"];
export type Suggestion = Schemas["SuggestionOut"];
export type Tag = Schemas["TagOut"];
export type TagChange = Schemas["TagChangeOut"];
export type Summary = Schemas["Summary"];
export type View = Schemas["ViewOut"];

/** Where the app is served, without a trailing slash: "" or a proxy's path. */
export const basePath = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, "");

export const client = createClient<paths>({ baseUrl: basePath });

/** The server answered, and said what is wrong. */
export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
    this.name = "ApiProblem";
  }
}

const BUSY = 423;

/** Whether another process holds the project. */
export function isBusy(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.status === BUSY;
}

/** Nothing answered: the server has ended, or the connection to it. */
export class ServerGone extends Error {
  constructor() {
    super("The Assay server does not answer.");
    this.name = "ServerGone";
  }
}

const GATEWAY_STATUSES = new Set([502, 503, 504]);

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "title" in body && "code" in body;
}

/** Read what a failed response says; other bodies than a problem document become one. */
export function toProblem(body: unknown, status: number): Problem {
  if (isProblem(body)) return body;
  return {
    type: "about:blank",
    title: `The server answered with status ${status}.`,
    status,
    code: "unknown",
    actual: typeof body === "string" ? body.slice(0, 300) : JSON.stringify(body ?? null).slice(0, 300),
    hint: "The terminal in which Assay runs shows the details.",
  };
}

/** Run a request that may not reach the server. */
export async function reach<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServerGone();
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Return an answer's data, or throw an ApiProblem or ServerGone. */
export async function answer<T>(request: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await reach(request);
  if (response.ok) return data as T;
  if (GATEWAY_STATUSES.has(response.status) && !isProblem(error)) throw new ServerGone();
  throw new ApiProblem(toProblem(error, response.status));
}
