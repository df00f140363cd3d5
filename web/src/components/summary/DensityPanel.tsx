import { useQuery } from "@tanstack/react-query";
import type { Density, MetricSummary, Scope } from "../../api/client";
import { densityQuery, type Filtered } from "../../api/summary";
import { formatCounted } from "../../state/format";
import { nounOf } from "../../state/links";
import type { AxisScale, SummarySearch } from "../../state/summarySearch";
import { canBeLog } from "../charts/axis";
import { DensityChart } from "../charts/DensityChart";
import { HeatKey } from "../charts/HeatMap";
import styles from "./DensityPanel.module.css";
import { CountLink } from "../ui/CountLink";
import { Empty, Loaded, Panel } from "../ui/Panel";
import { LogSwitch, Picker, type ChoiceGroup } from "../ui/Picker";

const CHART_HEIGHT = 230;
const PANEL_HEIGHT = 318;

/** Pairs that tell something in most datasets, the first of which has both metrics is shown at first. */
const TELLING: Record<Scope, [string, string][]> = {
  image: [
    ["brightness", "sharpness"],
    ["width", "height"],
  ],
  annotation: [["object_area", "object_aspect_ratio"]],
};

function firstPair(scope: Scope, metrics: readonly MetricSummary[]): [string?, string?] {
  const has = (key: string): boolean => metrics.some((metric) => metric.key === key);
  return TELLING[scope].find(([x, y]) => has(x) && has(y)) ?? [metrics[0]?.key, metrics[1]?.key];
}

function TrendText({ trend }: { trend: Density["trend"] }) {
  if (trend === null) return null;
  return (
    <span className={styles.trend} title="Least squares over all items, on the axes' scales">
      <i aria-hidden /> trend: r = {trend.correlation.toFixed(2).replace("-", "−")}
    </span>
  );
}

interface Props {
  filtered: Filtered;
  search: SummarySearch;
  /** Metrics that may be set against each other, by the kind of item that they belong to. */
  metrics: Record<Scope, readonly MetricSummary[]>;
  onChange: (change: Partial<SummarySearch>) => void;
}

/** Any two metrics against each other. */
export function DensityPanel({ filtered, search, metrics, onChange }: Props) {
  const { project, scope } = filtered;
  const own = metrics[scope];
  const usable = scope === "image" ? own : [...own, ...metrics.image];
  const find = (key: string | undefined): MetricSummary | undefined =>
    usable.find((metric) => metric.key === key);
  const [firstX, firstY] = firstPair(scope, own);
  const x = find(search.x) ?? find(firstX);
  const y = find(search.y) ?? find(firstY);
  const xScale = x === undefined ? "linear" : (search.xscale ?? x.scale);
  const yScale = y === undefined ? "linear" : (search.yscale ?? y.scale);
  const result = useQuery({
    ...densityQuery(filtered, { x: x?.key ?? "", y: y?.key ?? "", x_scale: xScale, y_scale: yScale }),
    enabled: x !== undefined && y !== undefined,
  });
  const choicesOf = (each: Scope) =>
    metrics[each].map((metric) => ({ value: metric.key, label: metric.title, hint: metric.summary }));
  const groups: ChoiceGroup[] =
    scope === "image"
      ? [{ title: "Metrics of images", choices: choicesOf("image") }]
      : [
          { title: "Metrics of annotations", choices: choicesOf("annotation") },
          { title: "Metrics of their images", choices: choicesOf("image") },
        ];
  const side = (
    name: "x" | "y",
    metric: MetricSummary | undefined,
    scale: AxisScale,
    set: (change: { key?: string; scale?: AxisScale }) => void,
  ) => (
    <span className={styles.side}>
      <span aria-hidden>{name}</span>
      <Picker
        name={name === "x" ? "Metric across" : "Metric upwards"}
        groups={groups}
        value={metric?.key}
        onChoose={(key) => set({ key, scale: undefined })}
      />
      {metric !== undefined && canBeLog(metric) && (
        <LogSwitch
          name={name === "x" ? "Log axis across" : "Log axis upwards"}
          on={scale === "log"}
          onChange={(on) => set({ key: metric.key, scale: on ? "log" : "linear" })}
        />
      )}
    </span>
  );
  return (
    <Panel
      title="Two metrics"
      span={6}
      aside={
        own.length > 0 && (
          <>
            {side("x", x, xScale, ({ key, scale }) => onChange({ x: key, xscale: scale }))}
            {side("y", y, yScale, ({ key, scale }) => onChange({ y: key, yscale: scale }))}
          </>
        )
      }
    >
      {x === undefined || y === undefined ? (
        <Empty height={PANEL_HEIGHT}>
          {own.length === 0
            ? "No metric has been measured yet. They appear here when the import has measured them."
            : "Only one metric has values here; two are needed."}
        </Empty>
      ) : (
        <Loaded result={result} height={PANEL_HEIGHT}>
          {(density) =>
            density.cells.length === 0 ? (
              <Empty>
                No {nounOf(scope, 1)} here has both {x.title} and {y.title}.
              </Empty>
            ) : (
              <>
                <DensityChart project={project} density={density} height={CHART_HEIGHT} />
                <div className={styles.foot}>
                  <TrendText trend={density.trend} />
                  {density.none.count > 0 && (
                    <CountLink
                      project={project}
                      items={density.none}
                      what="Without a value of one, or at 0 on a logarithmic axis"
                      className={styles.none}
                    >
                      {formatCounted(density.none.count, nounOf(scope, 1), nounOf(scope, 2))} not drawn
                    </CountLink>
                  )}
                  <HeatKey most={Math.max(...density.cells.map((cell) => cell.count))} unit="in a cell" />
                </div>
              </>
            )
          }
        </Loaded>
      )}
    </Panel>
  );
}
