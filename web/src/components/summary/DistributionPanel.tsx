import { useQuery } from "@tanstack/react-query";
import type { MetricSummary, Property } from "../../api/client";
import {
  distributionQuery,
  filteredHistogramQuery,
  filteredMetricQuery,
  type Filtered,
} from "../../api/summary";
import { defaultMetric } from "../../state/explorerSearch";
import { formatCounted } from "../../state/format";
import { nounOf, type Items } from "../../state/links";
import type { SummarySearch } from "../../state/summarySearch";
import { canBeLog } from "../charts/axis";
import { Histogram } from "../charts/Histogram";
import { CountLink } from "../ui/CountLink";
import { Empty, Loaded, Panel } from "../ui/Panel";
import { ShareBars } from "./ShareBars";
import { LogSwitch, Picker } from "../ui/Picker";
import styles from "./Charts.module.css";

const MOST_BINS = 60;
const MOST_VALUES = 50;
const SHOWN_VALUES = 11;
const PLOT_HEIGHT = 260;
const PANEL_HEIGHT = 318;

/** Whole numbers get a bin each, where there are few enough. */
function binsFor({ kind, min, max }: MetricSummary): number {
  if (kind !== "count" || min === null || max === null) return MOST_BINS;
  return Math.min(MOST_BINS, Math.max(1, max - min + 1));
}

function Footnote({ project, items, children }: { project: string; items: Items; children: string }) {
  if (items.count === 0) return null;
  return (
    <CountLink project={project} items={items} what={children} className={styles.footnote}>
      {formatCounted(items.count, nounOf(items.scope, 1), nounOf(items.scope, 2))} {children}
    </CountLink>
  );
}

interface MetricProps {
  filtered: Filtered;
  metric: MetricSummary;
  scale: "linear" | "log";
  height: number;
}

/** How a metric's values are spread among the items that the filter leaves. */
export function MetricDistribution({ filtered, metric, scale, height }: MetricProps) {
  const { project, query } = filtered;
  const result = useQuery(filteredHistogramQuery(filtered, metric.key, scale, binsFor(metric)));
  const numbers = useQuery({ ...filteredMetricQuery(filtered, metric.key), enabled: query !== "" });
  return (
    <Loaded result={result} height={height + 40}>
      {(histogram) =>
        histogram.bins.every((bin) => bin.count === 0) ? (
          <Empty>No item here has a value of {metric.title}.</Empty>
        ) : (
          <>
            <Histogram
              project={project}
              metric={numbers.data ?? metric}
              histogram={histogram}
              height={height}
            />
            {histogram.below.count + histogram.nulls.count > 0 && (
              <div className={styles.footnotes}>
                <Footnote project={project} items={histogram.below}>
                  at 0 or below, for which a logarithmic axis has no place
                </Footnote>
                <Footnote project={project} items={histogram.nulls}>
                  without a value
                </Footnote>
              </div>
            )}
          </>
        )
      }
    </Loaded>
  );
}

function PropertyDistribution({ filtered, property }: { filtered: Filtered; property: string }) {
  const { project, scope } = filtered;
  const result = useQuery(distributionQuery(filtered, property, MOST_VALUES));
  return (
    <Loaded result={result} height={PANEL_HEIGHT}>
      {({ values, other, none }) =>
        values.length === 0 ? (
          <Empty>No item here has this property.</Empty>
        ) : (
          <ShareBars
            project={project}
            atFirst={SHOWN_VALUES}
            shares={values.map((value) => ({
              label: value.label,
              share: value.share,
              color: value.color,
              rare: value.rare,
              items: { count: value.count, scope, query: value.query },
            }))}
          >
            {other > 0 && <span>{formatCounted(other, "further value")} not listed</span>}
            <Footnote project={project} items={none}>
              without any
            </Footnote>
          </ShareBars>
        )
      }
    </Loaded>
  );
}

interface Props {
  filtered: Filtered;
  search: SummarySearch;
  metrics: readonly MetricSummary[];
  properties: readonly Property[];
  onChange: (change: Partial<SummarySearch>) => void;
}

/** How any metric or property is spread. */
export function DistributionPanel({ filtered, search, metrics, properties, onChange }: Props) {
  const property = properties.find((each) => each.property === search.show);
  const metric =
    property === undefined
      ? (metrics.find((each) => each.key === search.show) ?? defaultMetric(metrics))
      : undefined;
  const shownProperty = property ?? (metric === undefined ? properties[0] : undefined);
  const scale = metric === undefined ? "linear" : (search.scale ?? metric.scale);
  const groups = [
    {
      title: "Properties",
      choices: properties.map((each) => ({
        value: each.property,
        label: each.title,
        hint: formatCounted(each.values, "value"),
      })),
    },
    {
      title: filtered.scope === "image" ? "Metrics of images" : "Metrics of annotations",
      choices: metrics.map((each) => ({ value: each.key, label: each.title, hint: each.summary })),
    },
  ];
  return (
    <Panel
      title="Distribution"
      span={6}
      aside={
        <>
          {metric !== undefined && canBeLog(metric) && (
            <LogSwitch
              name="Log axis"
              on={scale === "log"}
              onChange={(on) => onChange({ scale: on ? "log" : "linear" })}
            />
          )}
          <Picker
            name="Metric or property"
            groups={groups}
            value={property?.property ?? metric?.key ?? shownProperty?.property}
            onChoose={(show) => onChange({ show, scale: undefined })}
          />
        </>
      }
    >
      {metric !== undefined ? (
        <MetricDistribution
          key={metric.key}
          filtered={filtered}
          metric={metric}
          scale={scale}
          height={PLOT_HEIGHT}
        />
      ) : shownProperty !== undefined ? (
        <PropertyDistribution
          key={shownProperty.property}
          filtered={filtered}
          property={shownProperty.property}
        />
      ) : (
        <Empty height={PANEL_HEIGHT}>Nothing has been measured yet, and the items have no properties.</Empty>
      )}
    </Panel>
  );
}
