import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { MetricSummary, Performance, PerformanceBin, Scope } from "../../api/client";
import { metricsQuery } from "../../api/queries";
import { performanceQuery } from "../../api/predictions";
import { formatCount, formatCounted, formatValue, NO_VALUE } from "../../state/format";
import { BINS, CONFIDENCE, type Binning, type PredictionsSearch } from "../../state/predictionsSearch";
import { nextQuestion, sameFilter, type Question } from "../../state/question";
import { Empty, Loaded, Panel } from "../summary/Panel";
import { Picker, type ChoiceGroup } from "../summary/Picker";
import { JudgedLink } from "./JudgedLink";
import { binItems, lacksMetric, sideOf, type SideName } from "./performance";
import { PerformanceChart } from "./PerformanceChart";
import styles from "./PerformancePart.module.css";
import { formatScore } from "./scores";
import { Switch } from "./Switch";

const HEIGHT = 340;
const NO_METRICS: MetricSummary[] = [];
/** The outcome itself, and the mirror of sharpness. */
const LEFT_ALONE = new Set(["iou", "blur", CONFIDENCE]);
/** What is measured of a box alone, predictions have as well; pixels and tags of annotations they lack. */
const OF_BOXES = "geometry";
const ANNOTATIONS_ONLY = new Set(["box_fit"]);

const BINNINGS: [Binning, string, string][] = [
  ["width", "Equal width", "Bins as wide as one another"],
  ["count", "Equal count", "Bins that hold about as many items as one another"],
];

function groupsOf(metrics: Record<Scope, readonly MetricSummary[]>): ChoiceGroup[] {
  const asChoice = (metric: MetricSummary) => ({
    ...{ value: metric.key, label: metric.title, hint: metric.summary },
  });
  const objects = metrics.annotation.filter((metric) => !LEFT_ALONE.has(metric.key));
  const both = (metric: MetricSummary): boolean =>
    metric.needs === OF_BOXES && !ANNOTATIONS_ONLY.has(metric.key);
  return [
    {
      title: "Of predictions",
      choices: [{ value: CONFIDENCE, label: "Confidence", hint: "How sure the model says that it is" }],
    },
    { title: "Of predictions and annotations", choices: objects.filter(both).map(asChoice) },
    {
      title: "Of annotations",
      choices: objects.filter((metric) => !both(metric)).map(asChoice),
    },
    {
      title: "Of their images",
      choices: metrics.image.filter((metric) => !LEFT_ALONE.has(metric.key)).map(asChoice),
    },
  ];
}

const SIDES: [SideName, string, string, string][] = [
  ["precision", "Precision", "prediction", "Predictions"],
  ["fnr", "False-negative rate", "annotation", "Annotations"],
];

interface ChartsProps {
  project: string;
  search: PredictionsSearch;
  performance: Performance;
  binning: Binning;
  write: (value: number) => string;
}

function rangeText(performance: Performance, at: number, write: (value: number) => string): string {
  const bin = performance.bins[at];
  return bin === undefined ? "" : `${write(bin.low)} to ${write(bin.high)}`;
}

function Charts({ project, search, performance, binning, write }: ChartsProps) {
  const [active, setActive] = useState<number | null>(null);
  const byConfidence = performance.metric === CONFIDENCE;
  const captionOf = (side: SideName, noun: string): string => {
    const bin = active === null ? undefined : performance.bins[active];
    if (bin === undefined || active === null) {
      if (byConfidence && side === "fnr")
        return "share missed when predictions below the confidence are dropped";
      return `${performance.title} · 95 % interval as a band · ${formatCounted(performance.bins.length, "bin")}`;
    }
    const { count, value, low, high } = sideOf(bin, side);
    const range = rangeText(performance, active, write);
    if (count === null || count === 0) return `${range}: no ${noun}s`;
    return `${range}: ${formatScore(value)} (${formatScore(low)} to ${formatScore(high)}) of ${formatCounted(count, noun)}`;
  };
  return (
    <>
      {SIDES.map(([side, title, noun, nouns]) => (
        <Panel
          key={side}
          title={title}
          span={6}
          aside={
            side === "precision"
              ? "TP ÷ predictions in the bin"
              : byConfidence
                ? "FN ÷ annotations"
                : "FN ÷ annotations in the bin"
          }
        >
          {lacksMetric(performance, side) ? (
            <Empty height={HEIGHT}>
              {nouns} have no value of {performance.title}: it is measured on{" "}
              {side === "precision" ? "annotations" : "predictions"} only.
            </Empty>
          ) : (
            <PerformanceChart
              project={project}
              search={search}
              performance={performance}
              side={side}
              binning={binning}
              label={`${title} by ${performance.title}`}
              height={HEIGHT}
              spread={!(byConfidence && side === "fnr")}
              caption={captionOf(side, noun)}
              active={active}
              onActive={setActive}
            />
          )}
        </Panel>
      ))}
    </>
  );
}

/** The bins as a table: what the charts draw, in numbers. */
function BinTable({ project, search, performance, write }: Omit<ChartsProps, "binning">) {
  const interval = (low: number | null, high: number | null): string =>
    low === null || high === null ? "" : `${formatScore(low)} – ${formatScore(high)}`;
  const count = (bin: PerformanceBin, side: SideName, what: string): ReactNode => {
    const { count: value } = sideOf(bin, side);
    if (value === null) return NO_VALUE;
    return (
      <JudgedLink project={project} search={search} items={binItems(bin, side)} what={what}>
        {formatCount(value)}
      </JudgedLink>
    );
  };
  return (
    <Panel
      title="Bins"
      span={12}
      aside={`${performance.title}, lower end inclusive; the last bin holds its upper end`}
    >
      <div
        className={styles.scroller}
        role="region"
        aria-label="Table of bins"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
        tabIndex={0}
      >
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{performance.title}</th>
              <th scope="col">Predictions</th>
              <th scope="col">Precision</th>
              <th scope="col">95 % interval</th>
              <th scope="col">Annotations</th>
              <th scope="col">False-negative rate</th>
              <th scope="col">95 % interval</th>
            </tr>
          </thead>
          <tbody>
            {performance.bins.map((bin, at) => (
              <tr key={bin.low}>
                <th scope="row">{rangeText(performance, at, write)}</th>
                <td>{count(bin, "precision", "Predictions")}</td>
                <td>{formatScore(bin.precision)}</td>
                <td>{interval(bin.precision_low, bin.precision_high)}</td>
                <td>{count(bin, "fnr", "Annotations")}</td>
                <td>{formatScore(bin.fnr)}</td>
                <td>{interval(bin.fnr_low, bin.fnr_high)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

interface Props {
  project: string;
  question: Question;
  search: PredictionsSearch;
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
}

/** Precision and false-negative rate by the value of a metric. */
export function PerformancePart({ project, question, search, onChange }: Props) {
  const ofImages = useQuery(metricsQuery(project, "image"));
  const ofAnnotations = useQuery(metricsQuery(project, "annotation"));
  const key = search.metric ?? CONFIDENCE;
  const { bins, binning } = search;
  const [asked, setAsked] = useState(question);
  const result = useQuery(performanceQuery(project, asked, { metric: key, bins, binning }));
  const next = nextQuestion(asked, question, result.isFetching);
  if (next !== asked) setAsked(next);
  const metrics = { image: ofImages.data ?? NO_METRICS, annotation: ofAnnotations.data ?? NO_METRICS };
  const metric = [...metrics.annotation, ...metrics.image].find((each) => each.key === key);
  const write = (value: number): string =>
    key === CONFIDENCE ? value.toFixed(3) : formatValue(value, metric?.kind ?? "signed", metric?.unit ?? "");
  // Positions of a slider that have just been passed are not old: they follow it.
  const sliding = result.isPlaceholderData && result.data.metric === key && sameFilter(asked, question);
  return (
    <>
      <div className={styles.choices}>
        <Picker
          name="Metric"
          groups={groupsOf(metrics)}
          value={key}
          onChoose={(chosen) => onChange({ metric: chosen === CONFIDENCE ? undefined : chosen })}
        />
        <p className={styles.summary}>
          {key === CONFIDENCE ? "How sure the model says that it is." : metric?.summary}
        </p>
        <Switch
          name="Number of bins"
          value={bins}
          choices={BINS.map((each) => [each, String(each)] as const)}
          onChoose={(chosen) => onChange({ bins: chosen }, { replace: true })}
        />
        <Switch
          name="How values are put in bins"
          value={binning}
          choices={BINNINGS}
          onChoose={(chosen) => onChange({ binning: chosen }, { replace: true })}
        />
      </div>
      <Loaded result={sliding ? { ...result, isPlaceholderData: false } : result} height={HEIGHT + 84}>
        {(performance) =>
          performance.bins.length === 0 ? (
            <section className="panel">
              <Empty height={HEIGHT}>
                No prediction or annotation here has a value of {performance.title}: nothing is left by the
                filter and the thresholds, or it has not been measured.
              </Empty>
            </section>
          ) : (
            <div className={styles.panels}>
              <Charts
                project={project}
                search={search}
                performance={performance}
                binning={binning}
                write={write}
              />
              <BinTable project={project} search={search} performance={performance} write={write} />
            </div>
          )
        }
      </Loaded>
    </>
  );
}
