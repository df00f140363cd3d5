import { useQuery } from "@tanstack/react-query";
import { IconCircleCheck } from "@tabler/icons-react";
import { Fragment, useMemo } from "react";
import type { Card, ClassInfo, MetricOutliers, MetricSummary, OutlierGroup, Summary } from "../../api/client";
import { classesQuery, firstCardsQuery, type Listing } from "../../api/queries";
import { formatCount, formatCounted, formatValueShort } from "../../state/format";
import { nounOf } from "../../state/links";
import { tellsApart } from "../../state/metrics";
import { CardPicture, type Overlay } from "../grid/CardPicture";
import { CountLink } from "../ui/CountLink";
import { Empty, Panel } from "../ui/Panel";
import styles from "./OutliersPanel.module.css";

const SEVERITIES = ["severe", "moderate"] as const;
const SHOWN = 5;
/** Of which some may be the other half of a pair that is shown. */
const ASKED = 20;
const PICTURE = { width: 122, height: 98 };
const OVERLAY: Overlay = { mode: "shapes", labels: false, opacity: 1 };
const NO_OVERLAY: Overlay = { ...OVERLAY, mode: "off" };

interface BlockProps {
  project: string;
  outliers: MetricOutliers;
  metric: MetricSummary | undefined;
  classesByRow: ReadonlyMap<number, ClassInfo>;
}

type WorstItem = MetricOutliers["worst"][number];

/** One of the worst: its picture with the outline, the value below; of a pair both stand in one picture. */
function Worst(props: BlockProps & { item: WorstItem; card: Card | undefined; listing: Listing }) {
  const { project, outliers, metric, classesByRow, item, card, listing } = props;
  const { scope, title, sort, severe, moderate } = outliers;
  const row = card?.class_row ?? null;
  const name = row === null ? "" : classesByRow.get(row)?.name;
  const value = formatValueShort(item.value, metric?.kind ?? "", metric?.unit ?? "");
  return (
    <CountLink
      project={project}
      items={{ ...(item.severity === "severe" ? severe : moderate), count: 1 }}
      sort={sort}
      item={item.row}
      what={`${title} ${value}, ${item.severity} outlier`}
      className={styles.card}
    >
      <span className={styles.picture} style={PICTURE}>
        {card !== undefined && (
          <CardPicture
            listing={listing}
            card={card}
            size={PICTURE}
            overlay={scope === "image" ? NO_OVERLAY : OVERLAY}
            classesByRow={classesByRow}
          />
        )}
      </span>
      <span className={styles.told}>
        <span className="truncate">{name}</span>
        <b data-severity={item.severity}>{value}</b>
      </span>
    </CountLink>
  );
}

function Block(props: BlockProps) {
  const { project, outliers, metric } = props;
  const { title, scope, sort, worst, severe, moderate, outliers: both } = outliers;
  const counts = { severe, moderate };
  const listing: Listing = { project, scope, query: both.query, metric: outliers.key, sort };
  const cards = useQuery(firstCardsQuery(listing, ASKED)).data?.cards;
  return (
    <li className={styles.block}>
      <div className={styles.line}>
        <h3 className="truncate" title={metric?.summary}>
          <CountLink
            project={project}
            items={both}
            sort={sort}
            what={`${title}, outliers`}
            className={styles.name}
          >
            {title}
          </CountLink>
        </h3>
        <span className={styles.counts}>
          {SEVERITIES.filter((severity) => counts[severity].count > 0).map((severity) => (
            <CountLink
              key={severity}
              project={project}
              items={counts[severity]}
              sort={sort}
              what={`${title}, ${severity} outliers`}
              className={styles.count}
            >
              <b data-severity={severity}>{formatCount(counts[severity].count)}</b> {severity}
            </CountLink>
          ))}
        </span>
      </div>
      <ul className={styles.worst} aria-label={`Most severe: ${title}`}>
        {worst.slice(0, SHOWN).map((item) => (
          <li key={item.row}>
            <Worst
              {...props}
              item={item}
              card={cards?.find((card) => card.row === item.row)}
              listing={listing}
            />
          </li>
        ))}
      </ul>
    </li>
  );
}

interface CheckedProps {
  project: string;
  summary: Summary;
  none: OutlierGroup["none"];
  metricsByKey: ReadonlyMap<string, MetricSummary>;
}

/** "Checked, none found: Invalid Geometry, Sharpness." A name leads to all items by it, where it tells them apart. */
function Checked({ project, summary, none, metricsByKey }: CheckedProps) {
  if (none.length === 0) return null;
  const name = ({ key, title, sort }: OutlierGroup["none"][number]) => {
    const metric = metricsByKey.get(key);
    if (metric === undefined || !tellsApart(metric)) {
      return (
        <span title={`All ${nounOf(summary.scope, 2)} have the same value: there is nothing to see`}>
          {title}
        </span>
      );
    }
    return (
      <CountLink
        project={project}
        items={summary.items}
        sort={sort}
        what={`All by ${title}, none of them an outlier`}
        className={styles.name}
      >
        {title}
      </CountLink>
    );
  };
  return (
    <p className={styles.checked}>
      <IconCircleCheck size={15} aria-hidden />
      <span>
        Checked, none found:{" "}
        {none.map((each, at) => (
          <Fragment key={each.key}>
            {at > 0 && ", "}
            {name(each)}
          </Fragment>
        ))}
        .
      </span>
    </p>
  );
}

interface Props {
  project: string;
  summary: Summary;
  metrics: readonly MetricSummary[];
}

/** What may be wrong, by what it points at: likely label errors first, looks folded; each metric with its worst. */
export function OutlierPanels({ project, summary, metrics }: Props) {
  const classes = useQuery(classesQuery(project)).data;
  const classesByRow = useMemo(() => new Map((classes ?? []).map((each) => [each.row, each])), [classes]);
  const found = new Map(summary.metrics.map((each) => [each.key, each]));
  const byKey = new Map(metrics.map((metric) => [metric.key, metric]));
  if (summary.groups.length === 0) {
    return (
      <Panel title="Outliers by metric" span={12}>
        <Empty height={96}>
          Nothing that could tell an outlier has been measured of these {nounOf(summary.scope, 2)} yet.
          Outliers appear here once a running import, or <code className="mono">assay metric run</code>, has
          measured them.
        </Empty>
      </Panel>
    );
  }
  const panels = summary.groups.map(({ key, title, metrics: keys, none }) => {
    const total = keys.reduce((sum, each) => sum + (found.get(each)?.outliers.count ?? 0), 0);
    const body = (
      <>
        {keys.length > 0 && (
          <ol className={styles.blocks} aria-label={title}>
            {keys.map((each) => {
              const outliers = found.get(each);
              return (
                outliers && (
                  <Block
                    key={each}
                    project={project}
                    outliers={outliers}
                    metric={byKey.get(each)}
                    classesByRow={classesByRow}
                  />
                )
              );
            })}
          </ol>
        )}
        <Checked project={project} summary={summary} none={none} metricsByKey={byKey} />
      </>
    );
    const counted =
      keys.length === 0
        ? `none by ${formatCounted(none.length, "metric")}`
        : `${formatCounted(total, "outlier")} by ${formatCounted(keys.length, "metric")}, the farthest beyond its limits first`;
    if (key !== "colours_and_sizes") {
      return (
        <Panel key={key} title={title} span={12} aside={counted}>
          {body}
        </Panel>
      );
    }
    return (
      <details key={key} className={`panel ${styles.folded ?? ""}`}>
        <summary>
          <h2>{title}</h2>
          <span>{counted}</span>
        </summary>
        {body}
      </details>
    );
  });
  return (
    <section className={styles.groups} aria-label="Outliers by metric">
      {panels}
    </section>
  );
}
