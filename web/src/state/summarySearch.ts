/** What of the Summary lives in the URL. Whatever a link carries, the page gets a valid state. */

export type AxisScale = "linear" | "log";
export type ClassOrder = "annotations" | "images" | "median_area" | "name";

export interface SummarySearch {
  /** Filters the whole page; "" is every item. */
  query: string;
  /** What the distribution shows: a metric's key, or a property such as "class" or "meta.camera". */
  show?: string;
  /** Scale of the distribution's axis; absent: what suits the metric. */
  scale?: AxisScale;
  /** The two metrics that are set against each other, and the scales of their axes. */
  x?: string;
  y?: string;
  xscale?: AxisScale;
  yscale?: AxisScale;
  /** Column that orders the table of classes, and whether the least come first. */
  order: ClassOrder;
  up: boolean;
}

export const SUMMARY_DEFAULTS = {
  query: "",
  order: "annotations",
  up: false,
} as const satisfies Partial<SummarySearch>;

const NAME = /^[A-Za-z_][\w. -]{0,127}$/;
const LONGEST_QUERY = 4_000;

function asName(value: unknown): string | undefined {
  return typeof value === "string" && NAME.test(value) ? value : undefined;
}

function asScale(value: unknown): AxisScale | undefined {
  return value === "linear" || value === "log" ? value : undefined;
}

const ORDERS: readonly ClassOrder[] = ["annotations", "images", "median_area", "name"];

/** Read the URL's search part; unknown or impossible values fall back to the defaults. */
export function parseSummarySearch(raw: Record<string, unknown>): SummarySearch {
  // A query that is only digits, true or null reaches us as that value, not as text.
  const query = typeof raw.query === "string" ? raw.query : "";
  return {
    query: query.slice(0, LONGEST_QUERY).trim(),
    show: asName(raw.show),
    scale: asScale(raw.scale),
    x: asName(raw.x),
    y: asName(raw.y),
    xscale: asScale(raw.xscale),
    yscale: asScale(raw.yscale),
    order: ORDERS.find((order) => order === raw.order) ?? SUMMARY_DEFAULTS.order,
    up: raw.up === true || raw.up === "true",
  };
}
