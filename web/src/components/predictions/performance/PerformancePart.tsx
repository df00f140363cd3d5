import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import type { AccuracyByMetric, MetricSummary, Performance, Scope } from "../../../api/client";
import { metricsQuery } from "../../../api/queries";
import { performanceQuery } from "../../../api/predictions";
import { formatCount, formatCounted, formatValue, NO_VALUE } from "../../../state/format";
import { tellsApart } from "../../../state/metrics";
import { BINS, CONFIDENCE, type Binning, type PredictionsSearch } from "../../../state/predictionsSearch";
import {
  isClassification,
  nextRequest,
  sameFilter,
  type EvaluationRequest,
} from "../../../state/evaluationRequest";
import { Empty, Loaded, Panel, Panels } from "../../ui/Panel";
import { Picker, type ChoiceGroup } from "../../ui/Picker";
import { CountLink } from "../../ui/CountLink";
import { lacksMetric, RATE_WORDS, ratesOf, type Rate, type RateBin } from "./performance";
import { PerformanceChart } from "./PerformanceChart";
import styles from "./PerformancePart.module.css";
import { formatScore } from "../../../state/scores";
import { Switch } from "../../ui/Switch";

const HEIGHT = 340;
const NO_METRICS: MetricSummary[] = [];
const CLASSWISE: [boolean, string, string][] = [
  [false, "Average", "One line for all classes that are evaluated"],
  [true, "By class", "A line for each of the most frequent classes as well; choose classes above"],
];
const BINNINGS: [Binning, string, string][] = [
  ["width", "Equal width", "Bins as wide as one another"],
  ["count", "Equal count", "Bins that hold about as many items as one another"],
];

function groupsOf(metrics: Record<Scope, readonly MetricSummary[]>, ofClasses: boolean): ChoiceGroup[] {
  const asChoice = (metric: MetricSummary) => ({
    value: metric.key,
    label: metric.title,
    hint: metric.summary,
  });
  const telling = (all: readonly MetricSummary[]): MetricSummary[] =>
    all.filter((metric) => tellsApart(metric) && metric.key !== CONFIDENCE);
  const objects = telling(metrics.annotation);
  // Pixels of predictions are measured on request only.
  const both = ({ scopes, needs }: MetricSummary): boolean =>
    !ofClasses && scopes.includes("prediction") && needs !== "pixels";
  return [
    {
      title: "Of predictions",
      choices: [{ value: CONFIDENCE, label: "Confidence", hint: "How sure the model says that it is" }],
    },
    { title: "Of predictions and annotations", choices: objects.filter(both).map(asChoice) },
    {
      title: ofClasses ? "Of labels" : "Of annotations",
      choices: objects.filter((metric) => !both(metric)).map(asChoice),
    },
    {
      title: "Of their images",
      choices: telling(metrics.image).map(asChoice),
    },
  ];
}

type Told = Performance | AccuracyByMetric;

interface ChartsProps {
  project: string;
  search: PredictionsSearch;
  told: Told;
  rates: readonly Rate[];
  binning: Binning;
  write: (value: number) => string;
}

/** Below each confidence all annotations are missed that only less sure predictions found: bins do not part them. */
const isCumulative = (told: Told, { kind }: Rate): boolean => told.metric === CONFIDENCE && kind === "fnr";

const rangeText = (bin: RateBin, write: (value: number) => string): string =>
  `${write(bin.low)} to ${write(bin.high)}`;

function Charts({ project, search, told, rates, binning, write }: ChartsProps) {
  const [active, setActive] = useState<number | null>(null);
  const captionOf = (rate: Rate): string => {
    const bin = active === null ? undefined : rate.bins[active];
    if (bin === undefined) {
      if (isCumulative(told, rate)) return "share missed when predictions below the confidence are dropped";
      return `${told.title} · 95 % interval as a band · ${formatCounted(rate.bins.length, "bin")}`;
    }
    const { count, value, valueLow: low, valueHigh: high } = bin;
    const { noun } = RATE_WORDS[rate.kind];
    const range = rangeText(bin, write);
    if (count === null || count === 0) return `${range}: no ${noun}s`;
    return `${range}: ${formatScore(value)} (${formatScore(low)} to ${formatScore(high)}) of ${formatCounted(count, noun)}`;
  };
  return rates.map((rate) => {
    const { title, formula, lacking } = RATE_WORDS[rate.kind];
    return (
      <Panel
        key={rate.kind}
        title={title}
        span={rates.length > 1 ? 6 : 12}
        aside={isCumulative(told, rate) ? "FN ÷ annotations" : formula}
      >
        {lacksMetric(rate) ? (
          <Empty height={HEIGHT}>
            {lacking[0]} have no value of {told.title}: it is measured on {lacking[1]} only.
          </Empty>
        ) : (
          <PerformanceChart
            project={project}
            search={search}
            rate={rate}
            binning={binning}
            label={`${title} by ${told.title}`}
            height={HEIGHT}
            spread={!isCumulative(told, rate)}
            caption={captionOf(rate)}
            active={active}
            onActive={setActive}
          />
        )}
      </Panel>
    );
  });
}

function BinCells({
  project,
  search,
  rate,
  bin,
}: Pick<ChartsProps, "project" | "search"> & { rate: Rate; bin: RateBin }) {
  const { count, value, valueLow: low, valueHigh: high, items } = bin;
  return (
    <>
      <td>
        {count === null ? (
          NO_VALUE
        ) : (
          <CountLink project={project} search={search} items={items} what={nouns(rate)}>
            {formatCount(count)}
          </CountLink>
        )}
      </td>
      <td>{formatScore(value)}</td>
      <td>{low === null || high === null ? "" : `${formatScore(low)} – ${formatScore(high)}`}</td>
    </>
  );
}

/** "Predictions". */
function nouns({ kind }: Rate): string {
  const { noun } = RATE_WORDS[kind];
  return `${noun.charAt(0).toUpperCase()}${noun.slice(1)}s`;
}

/** The bins as a table: what the charts draw, in numbers. */
function BinTable({ project, search, told, rates, write }: Omit<ChartsProps, "binning">) {
  return (
    <Panel
      title="Bins"
      span={12}
      aside={`${told.title}, lower end inclusive; the last bin holds its upper end`}
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
              <th scope="col">{told.title}</th>
              {rates.map((rate) => (
                <Fragment key={rate.kind}>
                  <th scope="col">{nouns(rate)}</th>
                  <th scope="col">{RATE_WORDS[rate.kind].title}</th>
                  <th scope="col">95 % interval</th>
                </Fragment>
              ))}
            </tr>
          </thead>
          <tbody>
            {(rates[0]?.bins ?? []).map((first, at) => (
              <tr key={first.low}>
                <th scope="row">{rangeText(first, write)}</th>
                {rates.map((rate) => {
                  const bin = rate.bins[at];
                  return (
                    bin && (
                      <BinCells key={rate.kind} project={project} search={search} rate={rate} bin={bin} />
                    )
                  );
                })}
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
  request: EvaluationRequest;
  search: PredictionsSearch;
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
}

/** Precision and false-negative rate by the value of a metric; of classifications their accuracy. */
export function PerformancePart({ project, request, search, onChange }: Props) {
  const ofImages = useQuery(metricsQuery(project, "image"));
  const ofAnnotations = useQuery(metricsQuery(project, "annotation"));
  const key = search.metric ?? CONFIDENCE;
  const { bins, by_class } = search;
  const metrics = { image: ofImages.data ?? NO_METRICS, annotation: ofAnnotations.data ?? NO_METRICS };
  const metric = [...metrics.annotation, ...metrics.image].find((each) => each.key === key);
  // Where a few values are far greater than most, bins of equal width hold next to all of them or nothing.
  const isSkewed = key !== CONFIDENCE && metric?.scale === "log";
  const binning = search.binning ?? (isSkewed ? "count" : "width");
  const [asked, setAsked] = useState(request);
  const result = useQuery(performanceQuery(project, asked, { metric: key, bins, binning, by_class }));
  const next = nextRequest(asked, request, result.isFetching);
  if (next !== asked) setAsked(next);
  const write = (value: number): string =>
    key === CONFIDENCE ? value.toFixed(3) : formatValue(value, metric?.kind ?? "signed", metric?.unit ?? "");
  // Positions of a slider that have just been passed are not old: they follow it.
  const sliding = result.isPlaceholderData && result.data.metric === key && sameFilter(asked, request);
  return (
    <>
      <div className={styles.choices}>
        <Picker
          name="Metric"
          groups={groupsOf(metrics, isClassification(request))}
          value={key}
          onChoose={(chosen) => onChange({ metric: chosen === CONFIDENCE ? undefined : chosen })}
        />
        <p className={styles.summary}>
          {key === CONFIDENCE ? "How sure the model says that it is." : metric?.summary}
        </p>
        {!isClassification(request) && (
          <Switch
            name="Lines"
            value={by_class}
            choices={CLASSWISE}
            onChoose={(chosen) => onChange({ by_class: chosen }, { replace: true })}
          />
        )}
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
        {(told) =>
          told.bins.length === 0 ? (
            <section className="panel">
              <Empty height={HEIGHT}>
                Nothing here has a value of {told.title}: nothing is left by the filter and the thresholds, or
                it has not been measured.
              </Empty>
            </section>
          ) : (
            <Panels>
              <Charts
                project={project}
                search={search}
                told={told}
                rates={ratesOf(told)}
                binning={binning}
                write={write}
              />
              <BinTable project={project} search={search} told={told} rates={ratesOf(told)} write={write} />
            </Panels>
          )
        }
      </Loaded>
    </>
  );
}
