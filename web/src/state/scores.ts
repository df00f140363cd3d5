/** How numbers of an evaluation are written. */
import { NO_VALUE } from "./format";

const MINUS = "−";

/** "0.437"; "—" where it is not defined. */
export function formatScore(value: number | null | undefined): string {
  return value === null || value === undefined ? NO_VALUE : value.toFixed(3).replace("-", MINUS);
}

/** A number of the COCO table, in which -1 stands for what is not defined. */
export function formatCoco(value: number): string {
  return value < 0 ? "–" : value.toFixed(3);
}

/** "+0.67", "−0.08". */
export function formatSigned(value: number | null): string {
  if (value === null) return NO_VALUE;
  const text = Math.abs(value).toFixed(2);
  if (Number(text) === 0) return text;
  return `${value < 0 ? MINUS : "+"}${text}`;
}

/** Points of AP, hundredths: "9.4", "−0.2". */
export function formatPoints(value: number | null | undefined): string {
  if (value === null || value === undefined) return NO_VALUE;
  const text = (value * 100).toFixed(1);
  return text === "-0.0" ? "0.0" : text.replace("-", MINUS);
}

/** An interval by both ends, "0.423–0.483", for it need not lie evenly about its number; nothing where there is none. */
export function formatEnds(interval: readonly number[] | null | undefined): string | null {
  const [low, high] = interval ?? [];
  if (low === undefined || high === undefined) return null;
  return `${formatScore(low)}–${formatScore(high)}`;
}

/** From this share of its width on, a number that is off the middle of its interval is seen to be. */
const LOPSIDED = 0.1;

/** "95 % interval 0.412 to 0.479, of images to come"; why its number is not in the middle, where it is not. */
export function describeInterval(
  interval: readonly number[] | null | undefined,
  value?: number | null,
): string | undefined {
  const [low, high] = interval ?? [];
  if (low === undefined || high === undefined) return undefined;
  const text = `95 % interval ${formatScore(low)} to ${formatScore(high)}, of images to come`;
  const off = value == null || high <= low ? 0 : (value - (low + high) / 2) / (high - low);
  if (Math.abs(off) < LOPSIDED) return text;
  if (low <= 0 || high >= 1) return `${text}. It is lopsided since no share lies beyond 0 or 1`;
  return `${text}. It is lopsided: so few images tend to give ${off > 0 ? "more" : "less"} than all there are would`;
}

/** Why there is none. */
export const NO_INTERVAL = "Too few objects to tell how sure this number is: intervals hold from ten on";

const BEST_STEPS = 10_000;

/** The confidence that gives the best F1, as the slider keeps it: never above the score that reaches it. */
export function asThreshold(confidence: number): number {
  return Math.floor(confidence * BEST_STEPS + 1e-9) / BEST_STEPS;
}
