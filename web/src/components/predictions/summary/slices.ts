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
