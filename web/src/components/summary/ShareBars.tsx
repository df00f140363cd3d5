import { IconTrendingDown } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { formatCount, formatPercent } from "../../state/format";
import type { Items } from "../../state/links";
import { BarList } from "../charts/BarList";
import { CountLink } from "../ui/CountLink";
import styles from "./ShareBars.module.css";

interface Share {
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
  shares: readonly Share[];
  /** How many are shown before "more" is asked for. */
  atFirst: number;
  /** Stands below the bars. */
  children?: ReactNode;
}

/** How many items have each value of something. */
export function ShareBars({ project, shares, atFirst, children }: Props) {
  const most = Math.max(1, ...shares.map(({ items }) => items.count));
  return (
    <BarList
      atFirst={atFirst}
      bars={shares.map(({ label, items, share, color, rare = false }) => ({
        key: label,
        label: (
          <>
            {color && <span className="dot" style={{ background: color }} aria-hidden />}
            <span className="truncate">{label}</span>
            {rare && (
              <span className={styles.rare} title="Under-represented: far fewer than the others">
                <IconTrendingDown size={12} aria-hidden /> rare
              </span>
            )}
          </>
        ),
        stretches: [{ from: 0, to: items.count / most, tone: rare ? "rare" : "bar" }],
        values: [{ text: formatCount(items.count) }, { text: formatPercent(share), pale: true }],
        link: (inside) => <CountLink project={project} items={items} what={label} {...inside} />,
      }))}
    >
      {children}
    </BarList>
  );
}
