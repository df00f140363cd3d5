import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { ServerGone, type ClassResult, type Evaluation, type MetricSummary } from "../../api/client";
import { classesQuery, metricsQuery } from "../../api/queries";
import { tagsQuery } from "../../api/tags";
import { DATASET_ORDER, type ItemSearch } from "../../state/explorerSearch";
import { IMPLIED, isOutcomeOn, outcomeTerm, queryForOthers, withoutImplied } from "../../state/judged";
import {
  changeOfItems,
  CONFIDENCE,
  itemSearchOf,
  SCOPE_OF,
  type PredictionsSearch,
  type Show,
} from "../../state/predictionsSearch";
import { allOf, type TermText } from "../../state/queryText";
import { ErrorPanel } from "../ErrorPanel";
import { ClassList, type ClassValue } from "../explorer/ClassList";
import { ExplorerBody, Waiting } from "../explorer/ExplorerBody";
import type { MetricGroup } from "../explorer/MetricSelect";
import { TagList } from "../explorer/TagList";
import { useAppliedQuery } from "../explorer/useAppliedQuery";
import { TagManager } from "../tags/TagManager";
import { useTagsOfOthers } from "../tags/useTagsOfOthers";
import { useJudged } from "./useJudged";
import { EmptyVerdict } from "./EmptyVerdict";
import styles from "./ExplorerPart.module.css";
import { Switch } from "./Switch";
import { VerdictFilters } from "./VerdictFilters";

const NO_METRICS: readonly MetricSummary[] = [];

const SHOWS: [Show, string, string][] = [
  ["predictions", "Predictions", "Right, wrong and ignored predictions"],
  ["annotations", "Annotations", "Missed and found annotations"],
  ["images", "Images", "Whole images with all that is annotated and predicted"],
];
const FIRST_METRIC: Record<Show, string> = {
  predictions: CONFIDENCE,
  annotations: "object_area",
  images: DATASET_ORDER,
};
const EXAMPLES: Record<Show, string> = {
  predictions: "outcome:fp reason:background confidence>0.5 brightness<0.3",
  annotations: "outcome:fn reason:missed object_area>5000",
  images: "outcome:fp reason:class object_count>10",
};

function groupsFor(
  show: Show,
  own: readonly MetricSummary[],
  ofImages: readonly MetricSummary[],
): MetricGroup[] {
  const scope = SCOPE_OF[show];
  if (show === "images") return [{ title: "Of images", scope, metrics: ofImages }];
  // A confident mistake tells more than a doubtful one, a large object that was missed more than a speck.
  const metrics = own
    .map((metric): MetricSummary =>
      metric.key === FIRST_METRIC[show] ? { ...metric, suspicious: "none" } : metric,
    )
    .toSorted((a, b) => Number(b.key === CONFIDENCE) - Number(a.key === CONFIDENCE));
  return [
    { title: `Of ${show}`, scope, metrics },
    {
      title: "Of their images",
      scope,
      borrowed: true,
      // their median is one of images, not of what is listed
      metrics: ofImages.map((metric) => ({ ...metric, scope, median: null })),
    },
  ];
}

/** How many items of a class there are under the outcomes that are asked for. */
function countOf(row: ClassResult, show: Show, terms: readonly TermText[]): number {
  const { tp, fp, fn, annotations } = row;
  const [first, second] = show === "predictions" ? [tp, fp] : [annotations - fn, fn];
  if (show === "images") return annotations;
  const [onFirst, onSecond] = (
    show === "predictions" ? (["tp", "fp"] as const) : (["matched", "fn"] as const)
  ).map((outcome) => isOutcomeOn(terms, outcome));
  if (onFirst === onSecond) return first + second;
  return onFirst === true ? first : second;
}

function classValues(evaluation: Evaluation, show: Show, terms: readonly TermText[]): ClassValue[] {
  return evaluation.per_class
    .map((row) => ({
      name: row.class,
      color: row.color,
      count: countOf(row, show, terms),
      query: row.query,
    }))
    .toSorted((a, b) => b.count - a.count);
}

interface Props {
  project: string;
  evaluation: Evaluation;
  search: PredictionsSearch;
  /** The set that images are compared with, where the address names one. */
  other: string | undefined;
  /** Whether the numbers are of other data than is asked for. */
  old: boolean;
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
}

/** The items behind an evaluation's numbers: predictions, annotations, or images with both drawn. */
export function ExplorerPart({ project, evaluation, search, other, old, onChange }: Props) {
  const { show } = search;
  const scope = SCOPE_OF[show];
  const judged = useJudged(project, evaluation, other);
  const items = useMemo(() => itemSearchOf(search), [search]);
  const [managing, setManaging] = useState(false);
  const classes = useQuery(classesQuery(project));
  const tags = useQuery(tagsQuery(project));
  const ofImages = useQuery(metricsQuery(project, "image"));
  const own = useQuery(metricsQuery(project, scope, scope === "prediction" ? judged : undefined));
  const applied = useAppliedQuery(project, scope, search.find, judged);
  useTagsOfOthers(project);
  const groups = useMemo(
    () => groupsFor(show, own.data ?? NO_METRICS, ofImages.data ?? NO_METRICS),
    [show, own.data, ofImages.data],
  );
  const { terms } = applied;
  const navigate = useCallback(
    (changes: Partial<ItemSearch>, { replace }: { replace: boolean }) => {
      const others = changes.scope !== undefined && changes.scope !== scope;
      const query = changes.query ?? (others ? queryForOthers(terms) : undefined);
      const mended = query === undefined ? changes : { ...changes, query: withoutImplied(query) };
      onChange(changeOfItems(mended), { replace });
    },
    [scope, terms, onChange],
  );
  const find = (query: string): void => navigate({ query, item: undefined }, { replace: false });
  const showOthers = (next: Show): void => {
    const left = queryForOthers(terms);
    // Annotations are looked at because they were missed.
    const query = next === "annotations" ? allOf([left, outcomeTerm("fn")]) : left;
    navigate(
      { scope: SCOPE_OF[next], query, metric: undefined, dir: undefined, item: undefined },
      { replace: false },
    );
  };

  const queries = [classes, tags, ofImages, own];
  const failed = [...queries, applied].find(
    ({ error }) => error !== null && !(error instanceof ServerGone),
  )?.error;
  if (failed != null) {
    return (
      <ErrorPanel
        error={failed}
        onRetry={() => {
          for (const each of queries) if (each.isError) void each.refetch();
        }}
      />
    );
  }
  const ready = queries.every((each) => each.data !== undefined);
  const { tp, fp, annotations, images } = evaluation;
  return (
    <div className={styles.part} data-old={old} aria-busy={old}>
      <ExplorerBody
        project={project}
        search={items}
        applied={applied}
        judged={judged}
        base={IMPLIED[scope]}
        classes={classes.data}
        tags={tags.data}
        ready={ready}
        groups={groups}
        firstMetric={FIRST_METRIC[show]}
        everything={{ predictions: tp + fp, annotations, images }[show]}
        placeholder={`Filter, for example ${EXAMPLES[show]}`}
        lead={
          <div className={styles.lead}>
            <Switch name="What is shown" value={show} choices={SHOWS} onChoose={showOthers} />
          </div>
        }
        sidebar={
          ready && tags.data ? (
            <>
              <VerdictFilters
                project={project}
                scope={scope}
                judged={judged}
                evaluation={evaluation}
                terms={terms}
                onChange={find}
              />
              <ClassList values={classValues(evaluation, show, terms)} terms={terms} onChange={find} />
              <TagList
                tags={tags.data.map(({ name, color, images: tagged, annotations: objects }) => {
                  const { count, query: term } = show === "annotations" ? objects : tagged;
                  return { name, color, count, term };
                })}
                terms={terms}
                onChange={find}
                onManage={() => setManaging(true)}
              />
            </>
          ) : (
            <Waiting heights={[22, 22, 22, 22, 22, 22, 22, 22]} />
          )
        }
        aside={
          <p className="muted">
            The items stand in the dataset’s own order. Choose a metric to bring the telling ones to the top.
          </p>
        }
        empty={(reason) => <EmptyVerdict scope={scope} reason={reason} search={search} onChange={onChange} />}
        onNavigate={navigate}
      />
      {managing && (
        <TagManager
          project={project}
          onShow={(ofScope, text) => {
            setManaging(false);
            navigate(
              { scope: ofScope, query: text, metric: undefined, dir: undefined, item: undefined },
              { replace: false },
            );
          }}
          onClose={() => setManaging(false)}
        />
      )}
    </div>
  );
}
