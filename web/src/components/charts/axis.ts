/** Marks on an axis: round numbers, as many as have room. */
import type { AxisScale } from "../../state/summarySearch";

const STEPS = [1, 2, 2.5, 5, 10];
/** Ends that differ by less, as a share of their size, differ by what arithmetic has left of nothing. */
const LEAST_SPREAD = 1e-9;

/** Whether an axis has no length: all values are equal, but for rounding. */
export function isPoint(low: number, high: number): boolean {
  return !(Math.abs(high - low) > LEAST_SPREAD * Math.max(Math.abs(low), Math.abs(high)));
}

/** About `wanted` round numbers from low to high; the one value where they are equal. */
export function linearTicks(low: number, high: number, wanted: number): number[] {
  if (isPoint(low, high)) return [Number(low.toPrecision(9))];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((each) => each * power >= rough * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) {
    ticks.push(Number((at * step).toPrecision(12)));
  }
  return ticks;
}

/** Powers of ten; 2 and 5 times as well where these alone are too few. */
export function logTicks(low: number, high: number, wanted: number): number[] {
  if (!(low > 0)) return [];
  if (isPoint(low, high)) return linearTicks(low, high, wanted);
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const within = (value: number): boolean => value >= low * 0.999999 && value <= high * 1.000001;
  const decades = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const of = (factors: readonly number[]): number[] =>
    decades.flatMap((power) => factors.map((factor) => factor * 10 ** power)).filter(within);
  const tens = of([1]);
  if (tens.length > wanted) {
    const every = Math.ceil(tens.length / wanted);
    return tens.filter((_, at) => at % every === 0);
  }
  const fuller = [of([1, 2, 5]), of([1, 3])].find((ticks) => ticks.length <= wanted);
  if (fuller !== undefined && fuller.length >= 2) return fuller.map(clean);
  return tens.length >= 2 ? tens.map(clean) : linearTicks(low, high, wanted);
}

function clean(value: number): number {
  return Number(value.toPrecision(12));
}

export function ticksFor(scale: AxisScale, low: number, high: number, wanted: number): number[] {
  return scale === "log" ? logTicks(low, high, wanted) : linearTicks(low, high, wanted);
}

/** Where a value stands between low and high, 0..1; beyond them it is held at the end. */
export function placeOn(scale: AxisScale, value: number, low: number, high: number): number {
  if (isPoint(low, high)) return 0.5;
  const share =
    scale === "log"
      ? value <= 0 || low <= 0
        ? 0
        : Math.log(value / low) / Math.log(high / low)
      : (value - low) / (high - low);
  return Math.min(1, Math.max(0, share));
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** A tick's label: "0.25", "500", "20K", "1e−5". */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return compact.format(value).replace(/^-/, "−");
  if (size !== 0 && size < 0.001) return value.toExponential(0).replace("e-", "e−").replace(/^-/, "−");
  return Number(value.toPrecision(6))
    .toLocaleString("en-US", { maximumFractionDigits: 4 })
    .replace(/^-/, "−");
}

interface Values {
  kind: string;
  min: number | null;
  max: number | null;
}

/** Whether a logarithmic axis has a place for the values, but for zeros among them. */
export function canBeLog({ kind, min, max }: Values): boolean {
  return (kind === "positive" || kind === "signed") && min !== null && min >= 0 && max !== null && max > 0;
}

/** Beyond as many times the middle one, the highest bar leaves no more than a line of most others. */
const FAR = 25;

/** How high bars of counts are drawn, 0..1: by their square root where a few would flatten all others. */
export function countScale(counts: readonly number[]): {
  isRoot: boolean;
  heightOf: (count: number) => number;
} {
  const sorted = counts.filter((count) => count > 0).sort((a, b) => a - b);
  const most = sorted.at(-1) ?? 1;
  const isRoot = most > FAR * (sorted[Math.floor((sorted.length - 1) / 2)] ?? most);
  const heightOf = (count: number): number => {
    const share = Math.min(1, count / most);
    return isRoot ? Math.sqrt(share) : share;
  };
  return { isRoot, heightOf };
}
