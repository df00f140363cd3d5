import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { ServerGone, type AnyEvaluation, type ItemScope, type MetricSummary } from "../../../api/client";
import { OUTCOME_COUNT_KEYS, type OutcomeCountKey } from "../../../api/vocabulary";
import { classesQuery, metricsQuery } from "../../../api/queries";
import { distributionQuery } from "../../../api/summary";
import { tagsQuery } from "../../../api/tags";
import { DATASET_ORDER, type ItemSearch } from "../../../state/explorerSearch";
import {
  IMPLIED,
  outcomeTerm,
  queryForOthers,
  reasonTerm,
  withoutImplied,
  type EvaluatedBy,
} from "../../../state/outcomes";
import {
  changeOfItems,
  CONFIDENCE,
  itemSearchOf,
  SCOPE_OF,
  type PredictionsSearch,
  type Show,
} from "../../../state/predictionsSearch";
import { isClassification } from "../../../state/evaluationRequest";
import { allOf, isAbout, type TermText } from "../../../state/queryText";
import { ErrorPanel } from "../../ui/ErrorPanel";
import { ClassList } from "../../explorer/ClassList";
import { ExplorerBody, Waiting } from "../../explorer/ExplorerBody";
import type { MetricGroup } from "../../explorer/MetricSelect";
import { TagList } from "../../explorer/TagList";
import { useAppliedQuery } from "../../query/useAppliedQuery";
import { TagManager } from "../../tags/TagManager";
import { useTagsOfOthers } from "../../tags/useTagsOfOthers";
import { useEvaluatedBy, type ComparedSet } from "./useEvaluatedBy";
import { EmptyVerdict } from "./EmptyVerdict";
import styles from "./ExplorerPart.module.css";
import { Switch } from "../../ui/Switch";
import { classValues, everythingOf } from "./told";
import { VerdictFilters } from "./VerdictFilters";

const ERRORS: OutcomeCountKey = "error_count";
const NO_METRICS: readonly MetricSummary[] = [];

/** What is listed, and how, for each choice. */
interface Listed {
  name: string;
  title: string;
  /** What it is ordered by at first. */
  firstMetric: string;
  example: string;
}

const OF_DETECTIONS: Record<Show, Listed> = {
  predictions: {
    name: "Predictions",
    title: "Right, wrong and ignored predictions",
    firstMetric: CONFIDENCE,
    example: "outcome:fp reason:background confidence>0.5 brightness<0.3",
  },
  annotations: {
    name: "Annotations",
    title: "Missed and found annotations",
    firstMetric: "object_area",
    example: "outcome:fn reason:missed object_area>5000",
  },
  images: {
    name: "Images",
    title: "Whole images with all that is annotated and predicted",
    firstMetric: ERRORS,
    example: "outcome:fp reason:class object_count>10",
  },
};
const OF_CLASSES: Record<Show, Listed> = {
  predictions: {
    name: "Predictions",
    title: "Correct and misclassified predictions",
    firstMetric: CONFIDENCE,
    example: "outcome:fp confidence>0.9 brightness<0.3",
  },
  annotations: {
    name: "Labels",
    title: "Labels, of which nothing or another class may be predicted",
    firstMetric: DATASET_ORDER,
    example: "reason:missed brightness<0.3",
  },
  images: {
    name: "Images",
    title: "Images with their label and what is predicted",
    firstMetric: DATASET_ORDER,
    example: "outcome:fp brightness<0.3",
  },
};
const SHOWS: readonly Show[] = ["predictions", "annotations", "images"];

/** What the evaluation tells of images before what is theirs by themselves. */
function errorsFirst(metrics: readonly MetricSummary[]): MetricSummary[] {
  const ofEvaluation = (key: string): boolean => OUTCOME_COUNT_KEYS.some((each) => each === key);
  return metrics.toSorted((a, b) => Number(ofEvaluation(b.key)) - Number(ofEvaluation(a.key)));
}

function groupsFor(
  show: Show,
  { name, firstMetric }: Listed,
  ofClasses: boolean,
  own: readonly MetricSummary[],
  ofImages: readonly MetricSummary[],
): MetricGroup[] {
  const scope = SCOPE_OF[show];
  if (show === "images") return [{ title: "Of images", scope, metrics: errorsFirst(own) }];
  // A confident mistake tells more than a doubtful one, a large object that was missed more than a speck.
  const metrics = own
    // Whether it is right, which the outcome tells of a classification.
    .filter(({ key }) => !ofClasses || key !== "iou")
    .map((metric): MetricSummary => (metric.key === firstMetric ? { ...metric, suspicious: "none" } : metric))
    .toSorted((a, b) => Number(b.key === CONFIDENCE) - Number(a.key === CONFIDENCE));
  return [
    { title: `Of ${name.toLowerCase()}`, scope, metrics },
    {
      title: "Of their images",
      scope,
      borrowed: true,
      // their median is one of images, not of what is listed
      metrics: ofImages.map((metric) => ({ ...metric, scope, median: null })),
    },
  ];
}

interface Props {
  project: string;
  evaluation: AnyEvaluation;
  search: PredictionsSearch;
  /** The set that images are compared with, where the address names one. */
  other: ComparedSet | undefined;
  /** Whether the numbers are of other data than is asked for. */
  old: boolean;
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
}

const MOST_CLASSES = 10_000;

/** How many of what is listed each class has; an image has several, of which a condition chooses one. */
function useClassCounts(
  project: string,
  scope: ItemScope,
  terms: readonly TermText[],
  evaluatedBy: EvaluatedBy,
): ReadonlyMap<string, number> | null {
  const others = terms.filter((term) => !isAbout(term, "class")).map((term) => term.text);
  const query = allOf([...others, ...(IMPLIED[scope] === "" ? [] : [IMPLIED[scope]])]);
  const listed = { project, scope, query };
  const { data } = useQuery({
    ...distributionQuery(listed, "class", MOST_CLASSES, evaluatedBy),
    enabled: scope !== "image",
  });
  return useMemo(
    () =>
      scope === "image" || data?.scope !== scope
        ? null
        : new Map(data.values.map(({ label, count }) => [label, count])),
    [scope, data],
  );
}

/** The items behind an evaluation's numbers: predictions, annotations, or images with both drawn. */
export function ExplorerPart({ project, evaluation, search, other, old, onChange }: Props) {
  const { show } = search;
  const scope = SCOPE_OF[show];
  const ofClasses = isClassification(evaluation);
  const listed = ofClasses ? OF_CLASSES : OF_DETECTIONS;
  const ofEach =
    search.confidence === undefined && (other === undefined || search.compared_confidence === undefined);
  const evaluatedBy = useEvaluatedBy(project, evaluation, ofEach, other);
  const items = useMemo(() => itemSearchOf(search), [search]);
  const [managing, setManaging] = useState(false);
  const classes = useQuery(classesQuery(project));
  const tags = useQuery(tagsQuery(project));
  const ofImages = useQuery(metricsQuery(project, "image"));
  const own = useQuery(metricsQuery(project, scope, scope === "annotation" ? undefined : evaluatedBy));
  const applied = useAppliedQuery(project, scope, items.query, evaluatedBy);
  useTagsOfOthers(project);
  const groups = useMemo(
    () => groupsFor(show, listed[show], ofClasses, own.data ?? NO_METRICS, ofImages.data ?? NO_METRICS),
    [show, listed, ofClasses, own.data, ofImages.data],
  );
  const { terms } = applied;
  const counts = useClassCounts(project, scope, terms, evaluatedBy);
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
    // Annotations are looked at because they were missed; what is misclassified is looked at as a prediction.
    const missed =
      isClassification(evaluation) && evaluation.unpredicted > 0 ? reasonTerm("missed") : outcomeTerm("fn");
    const wrong = { predictions: outcomeTerm("fp"), annotations: missed, images: "" }[next];
    const query = allOf([left, wrong]);
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
  return (
    <div className={styles.part} data-old={old} aria-busy={old}>
      <ExplorerBody
        project={project}
        search={items}
        applied={applied}
        evaluatedBy={evaluatedBy}
        base={IMPLIED[scope]}
        classes={classes.data}
        tags={tags.data}
        ready={ready}
        groups={groups}
        firstMetric={listed[show].firstMetric}
        everything={everythingOf(evaluation, show)}
        placeholder={`Filter, for example ${listed[show].example}`}
        lead={
          <div className={styles.lead}>
            <Switch
              name="What is shown"
              value={show}
              choices={SHOWS.map((each) => [each, listed[each].name, listed[each].title] as const)}
              onChoose={showOthers}
            />
          </div>
        }
        sidebar={
          ready && tags.data ? (
            <>
              <VerdictFilters
                project={project}
                scope={scope}
                evaluatedBy={evaluatedBy}
                evaluation={evaluation}
                terms={terms}
                onChange={find}
              />
              <ClassList values={classValues(evaluation, counts)} terms={terms} onChange={find} />
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
        empty={(reason) => (
          <EmptyVerdict
            scope={scope}
            reason={reason}
            search={search}
            confidence={evaluation.confidence}
            onChange={onChange}
          />
        )}
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
