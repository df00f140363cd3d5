import { IconCircleCheck } from "@tabler/icons-react";
import type { MetricSummary, CountOf, MetricOutliers, Summary } from "../../api/client";

import { formatCount, formatValueShort } from "../../state/format";
import { nounOf } from "../../state/links";
import { Empty } from "../ui/Panel";
import { CountLink } from "../ui/CountLink";
import styles from "./OutliersPanel.module.css";
import { Thumbnail } from "../ui/Thumbnail";

const SEVERITIES = ["severe", "moderate"] as const;

interface BlockProps {
  project: string;
  outliers: MetricOutliers;
  metric: MetricSummary | undefined;
  /** The greatest number of outliers of any metric: all bars are drawn on its scale. */
  most: number;
}

function Block({ project, outliers, metric, most }: BlockProps) {
  const { title, sort, worst, severe, moderate } = outliers;
  const counts: Record<(typeof SEVERITIES)[number], CountOf> = { severe, moderate };
  const parts = SEVERITIES.map((severity) => ({ severity, items: counts[severity] })).filter(
    ({ items }) => items.count > 0,
  );
  return (
    <li className={styles.block}>
      <div className={styles.line}>
        <h3 className="truncate" title={metric?.summary}>
          {title}
        </h3>
        <span className={styles.counts}>
          {parts.map(({ severity, items }) => (
            <CountLink
              key={severity}
              project={project}
              items={items}
              sort={sort}
              what={`${title}, ${severity} outliers`}
              className={styles.count}
            >
              <b data-severity={severity}>{formatCount(items.count)}</b> {severity}
            </CountLink>
          ))}
        </span>
      </div>
      <div className={styles.bar}>
        {parts.map(({ severity, items }) => (
          <CountLink
            key={severity}
            project={project}
            items={items}
            sort={sort}
            what={`${title}, ${severity} outliers`}
            className={styles.segment}
            style={{ width: `${(items.count / most) * 100}%` }}
          >
            <i data-severity={severity} />
            <span className="sr-only">
              {title}: {formatCount(items.count)} {severity} outliers
            </span>
          </CountLink>
        ))}
      </div>
      <ul className={styles.worst} aria-label={`Most severe: ${title}`}>
        {worst.map((item) => (
          <li key={item.row}>
            <CountLink
              project={project}
              items={{ ...(item.severity === "severe" ? severe : moderate), count: 1 }}
              sort={sort}
              item={item.row}
              what={`${title} ${formatValueShort(item.value, metric?.kind ?? "", metric?.unit ?? "")}, ${item.severity} outlier`}
              className={styles.thumb}
            >
              <Thumbnail project={project} scope={outliers.scope} row={item.row} imageRow={item.image_row} />
              <span className={styles.value} data-severity={item.severity}>
                {formatValueShort(item.value, metric?.kind ?? "", metric?.unit ?? "")}
              </span>
            </CountLink>
          </li>
        ))}
      </ul>
    </li>
  );
}

interface Props {
  project: string;
  summary: Summary;
  metrics: readonly MetricSummary[];
}

/** Every metric with outliers: how many, and the most severe of them. */
export function OutliersPanel({ project, summary, metrics }: Props) {
  if (metrics.length === 0) {
    return (
      <Empty height={96}>
        No metric has been measured yet. Outliers appear here once a running import, or{" "}
        <code className="mono">assay metric run</code>, has measured the {nounOf(summary.scope, 2)}.
      </Empty>
    );
  }
  if (summary.metrics.length === 0) {
    return (
      <div className={styles.none}>
        <IconCircleCheck size={20} aria-hidden />
        <p>
          No outliers: all {formatCount(summary.items.count)} {nounOf(summary.scope, summary.items.count)} lie
          within the usual range of all {formatCount(metrics.length)} metrics.
        </p>
      </div>
    );
  }
  const most = Math.max(...summary.metrics.map(({ severe, moderate }) => severe.count + moderate.count));
  const byKey = new Map(metrics.map((metric) => [metric.key, metric]));
  return (
    <ol className={styles.blocks}>
      {summary.metrics.map((outliers) => (
        <Block
          key={outliers.key}
          project={project}
          outliers={outliers}
          metric={byKey.get(outliers.key)}
          most={most}
        />
      ))}
    </ol>
  );
}

/** The colours' meaning, at the panel's title. */
export function SeverityLegend() {
  return (
    <>
      {SEVERITIES.map((severity) => (
        <span key={severity} className={styles.legend}>
          <i data-severity={severity} /> {severity}
        </span>
      ))}
    </>
  );
}
