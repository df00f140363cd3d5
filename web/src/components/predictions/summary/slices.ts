/** What a weak slice is about, in words. */
import type { Slice } from "../../../api/client";

const digits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
const write = (value: number): string => digits.format(value).replace("-", "−");

/** "dog", "Brightness < 0.36", "Absolute Area 400 to 1,024": its class, then its ranges. */
export function describeSlice(slice: Pick<Slice, "class" | "ranges">): string[] {
  const ranges = slice.ranges.map(({ title, low, high }) => {
    if (low === null && high === null) return title;
    if (low === null) return `${title} < ${write(high ?? 0)}`;
    if (high === null) return `${title} ≥ ${write(low)}`;
    return `${title} ${write(low)} to ${write(high)}`;
  });
  return slice.class === null ? ranges : [slice.class, ...ranges];
}

/** How much more often errors are made in a slice, and what its interval promises. */
export function describeEffect({ effect, interval }: Pick<Slice, "effect" | "interval">): string {
  const [low = 0, high = 0] = interval;
  const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.round(Math.abs(100 * share))}`;
  return (
    `${points(effect)} percentage points beside elsewhere, 95 % interval ${points(low)} to ${points(high)}. ` +
    "Slices are chosen because they look bad: on new images expect the lower half of it."
  );
}
