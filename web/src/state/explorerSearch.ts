/** What of the Explorer lives in the URL. Whatever a link carries, the page gets a valid state. */
import type { ItemScope, MetricSummary, Scope } from "../api/client";

export type CardSize = "s" | "m" | "l" | "xl";
export type OverlayMode = "shapes" | "boxes" | "off";
/** `worst`: what lies farthest beyond the outlier limits first, on whichever side. */
export type SortDirection = "asc" | "desc" | "worst";

/** The second of two prediction sets, or both side by side. */
export type Sides = "second" | "both";

/** How items are shown, whichever they are. */
export interface Look {
  size: CardSize;
  overlay: OverlayMode;
  labels: boolean;
  /** Opacity of the overlay, per cent. */
  opacity: number;
  /** Scale of the histogram's axis; absent: what suits the metric. */
  scale?: "linear" | "log";
  /** Row of the expanded item, in the present scope. */
  item?: number;
  /** Beside a second prediction set, which of them the expanded item is drawn with; absent: the first. */
  sides?: Sides;
}

/** Which items are listed, in which order, and how they are shown. */
export interface ItemSearch extends Look {
  scope: ItemScope;
  /** Text of the query language that the shown items fulfil; "": all items. */
  query: string;
  /** Key of the metric that sorts; absent: the one with most outliers; "none": the dataset's own order. */
  metric?: string;
  /** Absent: worst first. */
  dir?: SortDirection;
}

export interface ExplorerSearch extends ItemSearch {
  scope: Scope;
}

export const DATASET_ORDER = "none";

export const LOOK_DEFAULTS = {
  size: "m",
  overlay: "shapes",
  labels: false,
  opacity: 100,
} as const satisfies Look;

export const EXPLORER_DEFAULTS = {
  scope: "image",
  query: "",
  ...LOOK_DEFAULTS,
} as const satisfies Partial<ExplorerSearch>;

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

const LONGEST_QUERY = 10_000;

function queryText(value: unknown): string {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  return typeof text === "string" ? text.trim().slice(0, LONGEST_QUERY) : EXPLORER_DEFAULTS.query;
}

const METRIC_KEY = /^[A-Za-z_][A-Za-z0-9_.]{0,127}$/;

/** A metric's key, or undefined where the value is none. */
export function asMetricKey(value: unknown): string | undefined {
  return typeof value === "string" && METRIC_KEY.test(value) ? value : undefined;
}

export function asDirection(value: unknown): SortDirection | undefined {
  return value === "asc" || value === "desc" || value === "worst" ? value : undefined;
}

/** Read how items are shown; unknown or impossible values fall back to the defaults. */
export function parseLook(raw: Record<string, unknown>): Look {
  const opacity = Number(raw.opacity ?? LOOK_DEFAULTS.opacity);
  const item = Number(raw.item);
  return {
    size: oneOf(raw.size, ["s", "m", "l", "xl"], LOOK_DEFAULTS.size),
    overlay: oneOf(raw.overlay, ["shapes", "boxes", "off"], LOOK_DEFAULTS.overlay),
    labels: raw.labels === true || raw.labels === "true",
    opacity: Number.isFinite(opacity)
      ? Math.min(100, Math.max(10, Math.round(opacity)))
      : LOOK_DEFAULTS.opacity,
    scale: (["linear", "log"] as const).find((scale) => scale === raw.scale),
    sides: (["second", "both"] as const).find((sides) => sides === raw.sides),
    item: raw.item !== undefined && Number.isInteger(item) && item >= 0 ? item : undefined,
  };
}

/** Read the URL's search part; unknown or impossible values fall back to the defaults. */
export function parseExplorerSearch(raw: Record<string, unknown>): ExplorerSearch {
  return {
    scope: oneOf(raw.scope, ["image", "annotation"], EXPLORER_DEFAULTS.scope),
    query: queryText(raw.query),
    metric: asMetricKey(raw.metric),
    dir: asDirection(raw.dir),
    ...parseLook(raw),
  };
}

const WORST = "worst:";

/** Whether a value can be an outlier at all. */
export function hasLimits({ limits }: MetricSummary): boolean {
  const bounds = [limits.moderate_low, limits.severe_low, limits.moderate_high, limits.severe_high];
  return bounds.some((bound) => bound !== null);
}

/** Whether both low and high values can be outliers: then neither end of the order is the worst one. */
function hasTwoSides(metric: MetricSummary): boolean {
  return metric.suspicious === "both" && hasLimits(metric);
}

/** The order that has the most suspicious values first; highest first where none is. */
export function defaultDirection(metric: MetricSummary): SortDirection {
  if (hasTwoSides(metric)) return "worst";
  return metric.suspicious === "low" ? "asc" : "desc";
}

/** The order that the direction button leads to. */
export function nextDirection(metric: MetricSummary, direction: SortDirection): SortDirection {
  if (direction === "worst") return "desc";
  if (direction === "asc") return hasTwoSides(metric) ? "worst" : "desc";
  return "asc";
}

/** What the direction button says. */
export function directionLabel(metric: MetricSummary, direction: SortDirection): string {
  const worst = hasTwoSides(metric) || metric.suspicious === "low" || metric.suspicious === "high";
  if (direction === "worst" || (worst && direction === defaultDirection(metric))) return "Worst first";
  return direction === "asc" ? "Lowest first" : "Highest first";
}

/** The metric of most severe outliers, then of most moderate ones, then the list's first. */
export function defaultMetric(metrics: readonly MetricSummary[]): MetricSummary | undefined {
  return metrics.reduce<MetricSummary | undefined>((best, metric) => {
    if (best === undefined) return metric;
    const more = metric.severe - best.severe || metric.moderate - best.moderate;
    return more > 0 ? metric : best;
  }, undefined);
}

/** The metric that a list opens with: that of the likeliest label errors; undefined, as is, where there are none. */
function likeliestErrors(metrics: readonly MetricSummary[]): MetricSummary | undefined {
  return defaultMetric(
    metrics.filter(({ group, severe, moderate }) => group === "label_errors" && severe + moderate > 0),
  );
}

/**
 * The metric that sorts, or undefined for the dataset's own order.
 *
 * @param otherwise the one to open with; absent: that of the likeliest label errors.
 */
export function chosenMetric(
  search: Pick<ItemSearch, "metric">,
  metrics: readonly MetricSummary[],
  otherwise?: string,
): MetricSummary | undefined {
  if ((search.metric ?? otherwise) === DATASET_ORDER) return undefined;
  const find = (key: string | undefined): MetricSummary | undefined =>
    metrics.find((metric) => metric.key === key);
  return find(search.metric) ?? find(otherwise) ?? likeliestErrors(metrics);
}

export function sortKey(
  metric: MetricSummary | undefined,
  direction: SortDirection | undefined,
): string | null {
  if (metric === undefined) return null;
  const chosen = direction ?? defaultDirection(metric);
  if (chosen === "worst" && hasTwoSides(metric)) return `${WORST}${metric.key}`;
  return chosen === "asc" ? metric.key : `-${metric.key}`;
}

/** Split a sort key, "-brightness", "brightness" or "worst:brightness", into the metric and the direction. */
export function readSort(sort: string): { metric: string; dir: SortDirection } {
  if (sort.startsWith(WORST)) return { metric: sort.slice(WORST.length), dir: "worst" };
  return sort.startsWith("-") ? { metric: sort.slice(1), dir: "desc" } : { metric: sort, dir: "asc" };
}

/** Metric and direction of the address that give a sort key. */
export function searchOfSort(
  sort: string | null,
  metrics: readonly MetricSummary[],
): Pick<ExplorerSearch, "metric" | "dir"> {
  if (sort === null) return { metric: DATASET_ORDER, dir: undefined };
  const { metric: key, dir } = readSort(sort);
  const metric = metrics.find((each) => each.key === key);
  return { metric: key, dir: metric !== undefined && defaultDirection(metric) === dir ? undefined : dir };
}
