/** What of the Predictions pages lives in the URL. Whatever a link carries, the page gets a valid state. */
import type { ItemScope } from "../api/client";
import {
  asDirection,
  asMetricKey,
  LOOK_DEFAULTS,
  parseLook,
  readSort,
  type ItemSearch,
  type Look,
  type SortDirection,
} from "./explorerSearch";
import { outcomeTerm } from "./outcomes";
import type { PartOf } from "./pages";

/** Which items the Explorer of predictions lists. */
export type Show = "predictions" | "annotations" | "images";
export type Task = "bbox" | "segm" | "keypoints" | "obb";
export type Binning = "width" | "count";
export type ThresholdRule = "precision" | "recall";
export type ResultOrder = (typeof ORDERS)[number];

export type PredictionsPart = PartOf<"predictions">;

export interface PredictionsSearch extends Look {
  /** Name of the prediction set; absent: the first. */
  set?: string;
  /** Name of the prediction set that it is compared with; absent: the next one. */
  other?: string;
  task: Task;
  /** IoU threshold, .01 to 1. */
  iou: number;
  /** Predictions below it are not counted; absent: each set counts from its own operating point. */
  confidence?: number;
  /** The same of the set that it is compared with. */
  compared_confidence?: number;
  /** What of the data is evaluated; "" is everything. Chosen classes are terms of it. */
  query: string;
  /** Leave out images that the set was not run on. */
  covered_only: boolean;
  /** Metric whose performance is shown; absent: confidence. */
  metric?: string;
  bins: number;
  /** Absent: what suits the metric. */
  binning?: Binning;
  /** Draw a line for each class as well. */
  by_class: boolean;
  /** Column that orders the classes, and whether the least come first. */
  order: ResultOrder;
  up: boolean;
  /** By what each class's confidence is chosen, absent: the greatest F1; and the precision or recall that is asked for. */
  rule?: ThresholdRule;
  least: number;
  /** What the Explorer lists, the query that these items fulfil, and the metric and direction of their order. */
  show: Show;
  /** Absent: what is wrong; "": everything. */
  find?: string;
  sort?: string;
  dir?: SortDirection;
}

export const PREDICTIONS_DEFAULTS = {
  task: "bbox",
  iou: 0.5,
  query: "",
  covered_only: false,
  bins: 20,
  by_class: false,
  order: "annotations",
  up: false,
  least: 0.9,
  show: "predictions",
  ...LOOK_DEFAULTS,
} as const satisfies Partial<PredictionsSearch>;

export const TASKS: readonly Task[] = ["bbox", "segm", "keypoints", "obb"];
export const BINS: readonly number[] = [10, 20, 50, 100];
export const CONFIDENCE = "confidence";
export const LEAST_IOU = 0.01;

const BINNINGS: readonly Binning[] = ["width", "count"];
/** Columns of detections and of classifications. */
const ORDERS = [
  ...(["annotations", "ap", "ar", "tp", "fp", "fn", "f1", "name"] as const),
  ...(["precision", "recall", "support", "predicted", "correct"] as const),
];
const RULES: readonly ThresholdRule[] = ["precision", "recall"];
const SHOWS: readonly Show[] = ["predictions", "annotations", "images"];
const LONGEST_QUERY = 10_000;
const LONGEST_NAME = 200;
/** Thresholds are kept to this many steps of 1. */
const STEPS = 10_000;

/** A threshold between `least` and 1, without what arithmetic leaves behind the fourth digit. */
export function clampThreshold(value: number, least: number): number {
  return Math.min(1, Math.max(least, Math.round(value * STEPS) / STEPS));
}

/** Read a typed threshold: "0.5", ".5", "0,5", "50 %"; null where it is none. */
export function readThreshold(text: string, least: number): number | null {
  const found = /^\s*(\d*[.,]?\d+|\d+[.,])\s*(%?)\s*$/.exec(text);
  if (found === null) return null;
  const number = Number((found[1] ?? "").replace(",", "."));
  return clampThreshold(found[2] === "%" ? number / 100 : number, least);
}

/** "0.50", and more digits where they are needed. */
export function formatThreshold(value: number): string {
  const short = value.toFixed(2);
  return Number(short) === value ? short : String(value);
}

/** Text of an address, which may have come as a number or a truth value. */
function asText(value: unknown, longest: number): string {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  return typeof text === "string" ? text.trim().slice(0, longest) : "";
}

function asThreshold<T>(value: unknown, least: number, otherwise: T): number | T {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : NaN;
  return Number.isFinite(number) && value !== "" ? clampThreshold(number, least) : otherwise;
}

const asFlag = (value: unknown): boolean => value === true || value === "true";

/** Read the URL's search part; unknown or impossible values fall back to the defaults. */
export function parsePredictionsSearch(raw: Record<string, unknown>): PredictionsSearch {
  const set = asText(raw.set, LONGEST_NAME);
  const other = asText(raw.other, LONGEST_NAME);
  const query = asText(raw.query, LONGEST_QUERY);
  return {
    set: set === "" ? undefined : set,
    other: other === "" ? undefined : other,
    task: TASKS.find((task) => task === raw.task) ?? PREDICTIONS_DEFAULTS.task,
    iou: asThreshold(raw.iou, LEAST_IOU, PREDICTIONS_DEFAULTS.iou),
    confidence: asThreshold(raw.confidence, 0, undefined),
    compared_confidence: asThreshold(raw.compared_confidence, 0, undefined),
    query,
    covered_only: asFlag(raw.covered_only),
    metric: asMetricKey(raw.metric),
    bins: BINS.find((bins) => bins === Number(raw.bins)) ?? PREDICTIONS_DEFAULTS.bins,
    binning: BINNINGS.find((binning) => binning === raw.binning),
    by_class: asFlag(raw.by_class),
    order: ORDERS.find((order) => order === raw.order) ?? PREDICTIONS_DEFAULTS.order,
    up: asFlag(raw.up),
    rule: RULES.find((rule) => rule === raw.rule),
    least: asThreshold(raw.least, 0, PREDICTIONS_DEFAULTS.least),
    show: SHOWS.find((show) => show === raw.show) ?? PREDICTIONS_DEFAULTS.show,
    find: raw.find === undefined ? undefined : asText(raw.find, LONGEST_QUERY),
    sort: asMetricKey(raw.sort),
    dir: asDirection(raw.dir),
    ...parseLook(raw),
  };
}

/** What the items are that each choice lists. */
export const SCOPE_OF: Record<Show, ItemScope> = {
  predictions: "prediction",
  annotations: "annotation",
  images: "image",
};

/** What each choice opens with: that which is wrong; of images all, those with most errors first. */
const OPENING: Record<Show, string> = {
  predictions: outcomeTerm("fp"),
  annotations: outcomeTerm("fn"),
  images: "",
};

/** The Explorer's part of the address, as the listing of items takes it. */
export function itemSearchOf(search: PredictionsSearch): ItemSearch {
  const { show, find, sort, dir, size, overlay, labels, opacity, scale, item, sides } = search;
  return {
    scope: SCOPE_OF[show],
    query: find ?? OPENING[show],
    metric: sort,
    dir,
    size,
    overlay,
    labels,
    opacity,
    scale,
    item,
    sides,
  };
}

/** A change of the listing as a change of the address. */
export function changeOfItems(change: Partial<ItemSearch>): Partial<PredictionsSearch> {
  const { scope, query, metric, ...rest } = change;
  return {
    ...rest,
    ...(scope === undefined ? {} : { show: showOf(scope) }),
    ...(query === undefined ? {} : { find: query }),
    ...("metric" in change ? { sort: metric } : {}),
  };
}

function showOf(scope: ItemScope): Show {
  return SHOWS.find((show) => SCOPE_OF[show] === scope) ?? PREDICTIONS_DEFAULTS.show;
}

/** Where something that stands for items of an evaluation leads: to these, under the same evaluation. */
export function itemsTarget(
  search: PredictionsSearch,
  { scope, query }: { scope: ItemScope; query: string },
  sort?: string,
): PredictionsSearch {
  const order = sort === undefined ? undefined : readSort(sort);
  return {
    ...search,
    show: showOf(scope),
    find: query,
    sort: order?.metric,
    dir: order?.dir,
    item: undefined,
  };
}

/** The address of a comparison seen from either of its sets: each keeps its confidence. */
export function seenFrom(
  side: "first" | "second",
  search: PredictionsSearch,
  { first, second }: { first: string; second: string },
): PredictionsSearch {
  if (side === "first") return { ...search, set: first, other: second };
  const { confidence: compared_confidence, compared_confidence: confidence } = search;
  return { ...search, set: second, other: first, confidence, compared_confidence };
}

/** Where a metric's bar leads: its performance for the same set, thresholds and filter. */
export function metricTarget(search: PredictionsSearch, metric: string): PredictionsSearch {
  return { ...search, metric: metric === CONFIDENCE ? undefined : metric };
}
