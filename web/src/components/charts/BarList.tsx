import { useState, type ReactNode } from "react";
import { formatCount } from "../../state/format";
import styles from "./BarList.module.css";

export type Tone = "bar" | "rare" | "accent" | "fp" | "fn";

/** A stretch of a bar's track, 0..1; thin and faint where it is told beside another and says less. */
export interface Stretch {
  from: number;
  to: number;
  tone: Tone;
  thin?: boolean;
  faint?: boolean;
}

export interface Bar {
  key: string;
  label: ReactNode;
  /** Drawn one below the other; null: this one is lacking. */
  stretches: readonly (Stretch | null)[];
  /** Numbers beside it; the pale ones say less. */
  values: readonly { text: string; pale?: boolean }[];
  /** What leads to what it stands for, round what is drawn. */
  link: (inside: { className: string | undefined; children: ReactNode }) => ReactNode;
  onPoint?: (on: boolean) => void;
}

interface Props {
  bars: readonly Bar[];
  /** What they are, for screen readers, where no heading says it. */
  label?: string;
  /** How many are shown before "more" is asked for; absent: all. */
  atFirst?: number;
  /** Height of a row in px. */
  rowHeight?: number;
  /** How much of the width labels have at most; the track has the rest, or, beside short tracks, labels have it. */
  labels?: "fit" | "wide";
  /** Whether bars go both ways from the middle. */
  centred?: boolean;
  /** Whether numbers and bars are of what was asked before. */
  isOld?: boolean;
  /** Stands below the bars. */
  children?: ReactNode;
}

/** Horizontal bars, each a link to what it stands for. */
export function BarList(props: Props) {
  const { bars, label, atFirst = bars.length, rowHeight = 24, labels = "fit", centred = false } = props;
  const { isOld = false, children } = props;
  const [all, setAll] = useState(false);
  const hidden = bars.length - atFirst;
  const values = Math.max(0, ...bars.map((bar) => bar.values.length));
  const columns = labels === "fit" ? "fit-content(46%) minmax(0, 1fr)" : "minmax(0, 1fr) 64px";
  return (
    <>
      <ul
        className={styles.bars}
        aria-label={label}
        aria-busy={isOld}
        data-all={all}
        style={{ gridTemplateColumns: `${columns} repeat(${values}, auto)`, gridAutoRows: rowHeight }}
      >
        {(all ? bars : bars.slice(0, atFirst)).map((bar) => (
          <li
            key={bar.key}
            onPointerEnter={() => bar.onPoint?.(true)}
            onPointerLeave={() => bar.onPoint?.(false)}
          >
            {bar.link({
              className: styles.bar,
              children: (
                <>
                  <span className={styles.label}>{bar.label}</span>
                  <span className={styles.track} data-centred={centred} data-old={isOld}>
                    {bar.stretches.map((stretch, at) => (
                      <i key={at} data-thin={stretch?.thin}>
                        {stretch !== null && (
                          <b
                            data-tone={stretch.tone}
                            data-faint={stretch.faint}
                            style={{
                              left: `${stretch.from * 100}%`,
                              width: `${(stretch.to - stretch.from) * 100}%`,
                            }}
                          />
                        )}
                      </i>
                    ))}
                  </span>
                  {bar.values.map((value, at) => (
                    <span key={at} className={styles.value} data-pale={value.pale} data-old={isOld}>
                      {value.text}
                    </span>
                  ))}
                </>
              ),
            })}
          </li>
        ))}
      </ul>
      {(hidden > 0 || children !== undefined) && (
        <div className={styles.foot}>
          {children}
          {hidden > 0 && (
            <button
              type="button"
              className={`btn quiet ${styles.more ?? ""}`}
              aria-expanded={all}
              onClick={() => setAll(!all)}
            >
              {all ? "Show fewer" : `${formatCount(hidden)} more…`}
            </button>
          )}
        </div>
      )}
    </>
  );
}

/** What a tone means, below the bars. */
export function BarKey({
  tone,
  thin,
  faint,
  children,
}: Partial<Stretch> & { tone: Tone; children: ReactNode }) {
  return (
    <span className={styles.key}>
      <i data-thin={thin}>
        <b data-tone={tone} data-faint={faint} />
      </i>
      {children}
    </span>
  );
}
