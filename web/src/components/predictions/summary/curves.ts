/** Precision–recall curves as paths, and the one below the pointer. */
import type { ClassResult } from "../../../api/client";
import { linePath } from "../../charts/path";

type Values = readonly (number | null)[];

/** Recall across and precision upwards; gaps where nothing is defined. */
export function pathOf(values: Values): string {
  const last = Math.max(1, values.length - 1);
  return linePath(values.map((value, at) => (value === null ? null : [(at / last) * 100, value * 100])));
}

/** A curve ends where the recall that is reached ends: from there on its precision is 0. */
export function trimmed(values: Values): Values {
  let end = values.length;
  while (end > 1 && values[end - 1] === 0) end -= 1;
  return end === values.length ? values : values.slice(0, end).concat(values.slice(end).map(() => null));
}

/** How far from a curve, as a share of the height, the pointer still means it. */
const REACH = 0.06;

/** The class whose curve is nearest to a place, or null where none is near. */
export function nearestCurve(
  classes: readonly ClassResult[],
  recall: number,
  precision: number,
): ClassResult | null {
  let best: ClassResult | null = null;
  let least = REACH;
  for (const each of classes) {
    const value = trimmed(each.curve)[Math.round(recall * (each.curve.length - 1))];
    if (value === null || value === undefined) continue;
    const distance = Math.abs(value - precision);
    if (distance < least) {
      least = distance;
      best = each;
    }
  }
  return best;
}
