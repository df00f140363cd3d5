import { IconTrendingDown } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { formatCount, formatPercent } from "../../state/format";
import type { Items } from "../../state/links";
import { CountLink } from "../ui/CountLink";
import styles from "./BarList.module.css";

export interface Bar {
  label: string;
  items: Items;
  /** 0..1 of all. */
  share: number;
  color?: string | null;
  /** Far fewer than its like. */
  rare?: boolean;
}

interface Props {
  project: string;
  bars: readonly Bar[];
  /** How many are shown before "more" is asked for. */
  atFirst: number;
  /** Stands below the bars. */
  children?: ReactNode;
}

/** Horizontal bars, each a link to its items. */
export function BarList({ project, bars, atFirst, children }: Props) {
  const [all, setAll] = useState(false);
  const most = Math.max(1, ...bars.map((bar) => bar.items.count));
  const shown = all ? bars : bars.slice(0, atFirst);
  const hidden = bars.length - atFirst;
  return (
    <>
      <ul className={styles.bars} data-all={all}>
        {shown.map((bar) => (
          <li key={bar.label}>
            <CountLink project={project} items={bar.items} what={bar.label} className={styles.bar}>
              <span className={styles.label}>
                {bar.color && <span className="dot" style={{ background: bar.color }} aria-hidden />}
                <span className="truncate">{bar.label}</span>
                {bar.rare === true && (
                  <span className={styles.rare} title="Under-represented: far fewer than the others">
                    <IconTrendingDown size={12} aria-hidden /> rare
                  </span>
                )}
              </span>
              <span className={styles.track}>
                <i style={{ width: `${(bar.items.count / most) * 100}%` }} data-rare={bar.rare === true} />
              </span>
              <span className={styles.count}>{formatCount(bar.items.count)}</span>
              <span className={styles.share}>{formatPercent(bar.share)}</span>
            </CountLink>
          </li>
        ))}
      </ul>
      {(hidden > 0 || children !== undefined) && (
        <div className={styles.foot}>
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
          {children}
        </div>
      )}
    </>
  );
}
