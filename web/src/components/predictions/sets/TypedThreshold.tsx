import { useState } from "react";
import { formatThreshold, readThreshold } from "../../../state/predictionsSearch";

interface Props {
  label: string;
  className: string | undefined;
  value: number;
  least: number;
  /** Another number has been typed, and Enter pressed or the field left. */
  onTake: (value: number) => void;
}

/** A threshold between `least` and 1 that is typed; Escape leaves it as it was. */
export function TypedThreshold({ label, className, value, least, onTake }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const take = (): void => {
    const read = typed === null ? null : readThreshold(typed, least);
    setTyped(null);
    if (read !== null && read !== value) onTake(read);
  };
  return (
    <input
      className={className}
      inputMode="decimal"
      aria-label={label}
      value={typed ?? formatThreshold(value)}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
        if (event.key === "Escape") setTyped(null);
      }}
    />
  );
}
