/** What drives errors: metrics with what they tell about both sides. */
import type { ClassificationDriver, Driver } from "../../../api/client";

export interface DriverRow {
  metric: string;
  title: string;
  prediction: Driver | undefined;
  annotation: Driver | undefined;
}

/** What an evaluation of classifications tells of: whether the prediction is right. */
export function asDrivers(drivers: readonly ClassificationDriver[]): Driver[] {
  // Labels have no confidence.
  const known = drivers.filter(({ metric, scope }) => metric !== "confidence" || scope === "prediction");
  // Some metrics are measured of an image and of its label alike.
  const titles = new Set(known.filter(({ scope }) => scope === "image").map(({ title }) => title));
  return known.map((driver) => {
    const twice = driver.scope === "annotation" && titles.has(driver.title);
    return { ...driver, title: twice ? `${driver.title} of the label` : driver.title, side: "prediction" };
  });
}

type Measure = (driver: Driver | undefined) => number;

/** A metric that one side lacks is listed for it as one of no values. */
function isEmpty({ metric, side }: Driver): boolean {
  return metric === "confidence" && side === "annotation";
}

/** One row a metric, the strongest of either side first; what tells nothing of any side is left out. */
function rowsBy(drivers: readonly Driver[], measure: Measure): DriverRow[] {
  const rows = new Map<string, DriverRow>();
  for (const driver of drivers) {
    if (isEmpty(driver)) continue;
    const row = rows.get(driver.metric) ?? {
      metric: driver.metric,
      title: driver.title,
      prediction: undefined,
      annotation: undefined,
    };
    rows.set(driver.metric, { ...row, [driver.side]: driver });
  }
  const strength = (row: DriverRow): number => Math.max(measure(row.prediction), measure(row.annotation));
  return [...rows.values()].filter((row) => strength(row) > 0).sort((a, b) => strength(b) - strength(a));
}

export const byImportance = (drivers: readonly Driver[]): DriverRow[] =>
  rowsBy(drivers, (driver) => driver?.importance ?? 0);

export const byCorrelation = (drivers: readonly Driver[]): DriverRow[] =>
  rowsBy(drivers, (driver) => Math.abs(driver?.correlation ?? 0));
