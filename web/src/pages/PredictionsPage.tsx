import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconFileImport } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { isBusy, ServerGone, type Classification, type PredictionSet } from "../api/client";
import { queryProblem } from "../api/filters";
import { evaluationQuery, predictionSetsQuery, tasksQuery } from "../api/predictions";
import { classesQuery } from "../api/queries";
import { ErrorPanel } from "../components/ui/ErrorPanel";
import { CopyButton } from "../components/ui/CopyButton";
import { useAppliedQuery } from "../components/query/useAppliedQuery";
import { ComparePart } from "../components/predictions/compare/ComparePart";
import { ComparedConfidence } from "../components/predictions/sets/ConfidenceControl";
import { OtherMenu } from "../components/predictions/sets/OtherMenu";
import { Controls, CoverageBanner, DoubtBanner, TASK_NAMES } from "../components/predictions/sets/Controls";
import { Banner } from "../components/ui/Banner";
import { ImportPredictionsDialog } from "../components/predictions/sets/ImportPredictionsDialog";
import { ExplorerPart } from "../components/predictions/explorer/ExplorerPart";
import { PerformancePart } from "../components/predictions/performance/PerformancePart";
import { ClassificationSummary } from "../components/predictions/summary/ClassificationSummary";
import { SummaryPart } from "../components/predictions/summary/SummaryPart";
import { useEvaluation } from "../components/predictions/sets/useEvaluation";
import { useThresholds } from "../components/predictions/sets/useThresholds";
import { QueryBox } from "../components/query/QueryBox";
import { QueryChips } from "../components/query/QueryChips";
import { otherOf } from "../state/comparison";
import { isActive, jobText, useJobs } from "../state/jobs";
import { partsOf, titleOf } from "../state/pages";
import { type PredictionsPart, type PredictionsSearch } from "../state/predictionsSearch";
import {
  confidencesOf,
  isClassification,
  operatingPointOf,
  requestOf,
  type Thresholds,
} from "../state/evaluationRequest";
import { useTitle } from "../state/useTitle";
import styles from "./PredictionsPage.module.css";
import summary from "./SummaryPage.module.css";

const route = getRouteApi("/p/$project/predictions/$part");
const BUSY_RETRY_MS = 3_000;

function SubTabs({ project, search }: { project: string; search: PredictionsSearch }) {
  return (
    <nav className={summary.tabs} aria-label="Parts of the predictions">
      {partsOf("predictions").map(({ part, title }) => (
        <Link
          key={part}
          to="/p/$project/predictions/$part"
          params={{ project, part }}
          search={{ ...search, item: undefined, sides: undefined }}
          activeOptions={{ includeSearch: false }}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}

/** In the place of numbers: what is the matter, and what to do. */
function Notice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={`panel ${summary.blank ?? ""}`}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Skeleton() {
  return (
    <div className={styles.skeletons} aria-busy aria-label="Evaluating">
      <div className="skeleton" style={{ height: 88 }} />
      <div className="skeleton" style={{ height: 60 }} />
      <div className="skeleton" style={{ height: 380 }} />
    </div>
  );
}

/** Opens the dialog that imports a prediction set; while a job imports one, how far it is. */
function ImportButton({ project }: { project: string }) {
  const [importing, setImporting] = useState(false);
  const running = useJobs().find(
    (job) => job.project === project && job.kind === "import-predictions" && isActive(job),
  );
  return (
    <>
      {running === undefined ? (
        <button type="button" className="btn primary" onClick={() => setImporting(true)}>
          <IconFileImport size={15} aria-hidden />
          Import predictions…
        </button>
      ) : (
        <p role="status">
          <b>{running.title}</b> · {jobText(running)}
        </p>
      )}
      {importing && <ImportPredictionsDialog project={project} onClose={() => setImporting(false)} />}
    </>
  );
}

/** A project without prediction sets: how they come in. */
function NoSets({ project }: { project: string }) {
  const command = `assay import predictions --coco FILE --name NAME -t ${/\s/.test(project) ? `"${project}"` : project}`;
  return (
    <Notice title="No predictions yet">
      <p className={styles.explained}>
        Import what a model predicts for these images, a COCO results file of detections or a CSV table of
        classifications, and this page shows how well it does, where it errs and why. Any number of sets can
        stand side by side.
      </p>
      <ImportButton project={project} />
      <p className="muted">or on the command line</p>
      <div className={styles.command}>
        <code className="mono">{command}</code>
        <CopyButton text={command} what="the command" />
      </div>
    </Notice>
  );
}

const hasNoLabels = ({ ignored, images }: Classification): boolean => ignored === images;

type Change = (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;

interface BodyProps {
  project: string;
  part: PredictionsPart;
  sets: readonly PredictionSet[];
  current: PredictionSet;
  search: PredictionsSearch;
  onChange: Change;
}

function Body({ project, part, sets, current, search, onChange }: BodyProps) {
  const queries = useQueryClient();
  const classes = useQuery(classesQuery(project));
  const tasks = useQuery(tasksQuery(project, current.name));
  const commit = useCallback((thresholds: Thresholds) => onChange(thresholds, { replace: true }), [onChange]);
  const { thresholds, move, flush } = useThresholds(search, commit);
  const request = useMemo(() => requestOf(search, current, thresholds), [search, current, thresholds]);
  const ofClasses = isClassification(request);
  const suits = ofClasses || search.task === "bbox" || tasks.data?.includes(search.task) === true;
  const evaluation = useEvaluation(project, request, suits);
  const applied = useAppliedQuery(project, "image", search.query);
  const refused = queryProblem(evaluation.error);
  const set = (change: Partial<Thresholds>): void => {
    move(change);
    flush();
  };

  // What overlaps and what does not have no numbers in common.
  const alike = useMemo(() => sets.filter(({ kind }) => kind === current.kind), [sets, current.kind]);
  const other = part === "compare" ? otherOf(alike, current.name, search.other) : undefined;
  const compared = useMemo(
    () =>
      other && {
        ...request,
        ...confidencesOf(thresholds, current, other, search.task),
        other: other.name,
      },
    [request, thresholds, current, other, search.task],
  );
  const isGone = search.other !== undefined && !sets.some(({ name }) => name === search.other);
  let shown: ReactNode;
  if (tasks.data !== undefined && !suits) {
    shown = (
      <Notice title={`${current.name} cannot be evaluated by ${TASK_NAMES[search.task].toLowerCase()}`}>
        <p className={styles.explained}>
          Its predictions or the project’s annotations have none. Both need them for this comparison.
        </p>
        <button type="button" className="btn" onClick={() => onChange({ task: "bbox" })}>
          Evaluate boxes
        </button>
      </Notice>
    );
  } else if (refused !== null) {
    shown = (
      <Notice title="This filter cannot be used in an evaluation">
        <p className={styles.explained}>
          It is marked above. Conditions on images, on classes and on objects stand side by side; what the
          evaluation itself finds out (<code className="mono">outcome:</code>,{" "}
          <code className="mono">reason:</code>, <code className="mono">iou:</code>) cannot be asked of it.
        </p>
        <button type="button" className="btn" onClick={() => onChange({ query: "" })}>
          Clear the filter
        </button>
      </Notice>
    );
  } else if (evaluation.error !== null && !(evaluation.error instanceof ServerGone)) {
    shown = <ErrorPanel error={evaluation.error} onRetry={() => void evaluation.refetch()} />;
  } else if (evaluation.data === undefined) {
    shown = <Skeleton />;
  } else if (evaluation.data.images === 0 && !evaluation.isOld) {
    shown = (
      <Notice title="No image is left to evaluate">
        <p className="muted">The filter leaves out all images that the set could be evaluated on.</p>
        <button type="button" className="btn" onClick={() => onChange({ query: "", covered_only: false })}>
          Clear the filter
        </button>
      </Notice>
    );
  } else if (part !== "explorer" && isClassification(evaluation.data) && hasNoLabels(evaluation.data)) {
    shown = (
      <Notice title="No image here has exactly one label">
        <p className={styles.explained}>
          Classifications are evaluated on images that are labelled as a whole, with one class each. Boxes and
          masks are no labels of their image; images with several labels are left out.
        </p>
      </Notice>
    );
  } else if (part === "compare") {
    shown =
      compared === undefined ? (
        <Notice title={`There is only one ${ofClasses ? "set of classifications" : "set of detections"}`}>
          <p className={styles.explained}>
            Import what another model predicts, or the same one after training, and this page shows what has
            changed: every number with its interval, and the images that are fixed or broken.
            {sets.length > 1 && " Detections and classifications cannot be compared with one another."}
          </p>
          <ImportButton project={project} />
        </Notice>
      ) : (
        <ComparePart project={project} request={compared} search={search} />
      );
  } else if (part === "summary") {
    const shared = { project, search, terms: applied.terms, old: evaluation.isOld, onChange };
    if (isClassification(request)) {
      shown = isClassification(evaluation.data) && (
        <ClassificationSummary {...shared} evaluation={evaluation.data} request={request} />
      );
    } else {
      shown = !isClassification(evaluation.data) && (
        <SummaryPart
          {...shared}
          evaluation={evaluation.data}
          request={request}
          onConfidence={(confidence) => set({ confidence })}
        />
      );
    }
  } else if (part === "explorer") {
    const beside = alike.find(({ name }) => name === search.other && name !== current.name);
    shown = (
      <ExplorerPart
        project={project}
        evaluation={evaluation.data}
        search={search}
        other={
          beside && {
            name: beside.name,
            confidence: search.compared_confidence ?? operatingPointOf(beside, search.task),
          }
        }
        old={evaluation.isOld}
        onChange={onChange}
      />
    );
  } else {
    shown = <PerformancePart project={project} request={request} search={search} onChange={onChange} />;
  }
  const explores = part === "explorer";
  return (
    <>
      {/* Behind the large view of an item. */}
      <div className={styles.top} inert={explores && search.item !== undefined}>
        <div className={summary.head}>
          <SubTabs project={project} search={search} />
          <div className={styles.filter}>
            <QueryBox
              project={project}
              scope="image"
              value={search.query}
              label={explores ? "Evaluation filter" : undefined}
              hotkey={!explores}
              placeholder={`Evaluate a part: ${ofClasses ? "class:cat brightness<0.2 tag:review" : "class:person brightness<0.2 object_area>1000"} split:val`}
              problem={refused ?? (evaluation.data === undefined ? applied.problem : null)}
              check={(query) => queries.query(evaluationQuery(project, { ...request, query }))}
              onSubmit={(query) => onChange({ query })}
            />
            <QueryChips
              terms={applied.terms}
              label={explores ? "Evaluation filters" : undefined}
              onChange={(query) => onChange({ query })}
            />
          </div>
        </div>
        <div className={styles.sticky}>
          <Controls
            project={project}
            sets={sets}
            current={current}
            second={
              other && (
                <ComparedConfidence
                  project={project}
                  set={other}
                  task={search.task}
                  request={request}
                  confidence={thresholds.compared_confidence}
                  onMove={(compared_confidence) => move({ compared_confidence })}
                  onRest={flush}
                />
              )
            }
            beside={
              other && (
                <OtherMenu sets={alike} current={current} other={other} search={search} onChange={onChange} />
              )
            }
            tasks={(tasks.data ?? []).filter((task) => task !== "classification")}
            classes={classes.data ?? []}
            coverage={part === "compare" ? undefined : evaluation.data?.coverage}
            search={search}
            terms={applied.terms}
            thresholds={thresholds}
            best={
              evaluation.data === undefined || isClassification(evaluation.data)
                ? undefined
                : evaluation.data.best_confidence
            }
            onMove={move}
            onRest={flush}
            onChange={onChange}
          />
        </div>
        <DoubtBanner set={current} />
        {evaluation.data !== undefined && refused === null && part !== "compare" && (
          <CoverageBanner
            evaluation={evaluation.data}
            onCoveredOnly={() => onChange({ covered_only: true })}
          />
        )}
        {other !== undefined && isGone && (
          <Banner>
            There is no prediction set called <b>{search.other}</b>; it may have been renamed or removed. This
            compares with <b>{other.name}</b>.
          </Banner>
        )}
      </div>
      {shown}
    </>
  );
}

/** How well prediction sets do: numbers that follow the sliders, why they err, and outcomes by a metric. */
export function PredictionsPage() {
  const { project, part } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  useTitle(`${titleOf("predictions", part)} of predictions · ${project}`);
  const sets = useQuery({
    ...predictionSetsQuery(project),
    // A project that another process holds opens by itself once it is free.
    refetchInterval: ({ state }) => (isBusy(state.error) ? BUSY_RETRY_MS : false),
  });
  const change: Change = useCallback(
    (changes, { replace = false } = {}) =>
      void navigate({ search: (before) => ({ ...before, ...changes }), replace, resetScroll: false }),
    [navigate],
  );
  if (sets.error !== null && !(sets.error instanceof ServerGone)) {
    return <ErrorPanel error={sets.error} onRetry={() => void sets.refetch()} />;
  }
  const known = sets.data;
  const current = search.set === undefined ? known?.[0] : known?.find((set) => set.name === search.set);
  let shown: ReactNode;
  if (known === undefined) shown = <Skeleton />;
  else if (known.length === 0) shown = <NoSets project={project} />;
  else if (current === undefined) {
    shown = (
      <Notice title={`There is no prediction set called “${search.set ?? ""}”`}>
        <p className="muted">It may have been renamed or removed. These are in the project:</p>
        <div className={styles.known}>
          {known.map((set) => (
            <button key={set.name} type="button" className="btn" onClick={() => change({ set: set.name })}>
              {set.name}
            </button>
          ))}
        </div>
      </Notice>
    );
  } else {
    shown = (
      <Body
        key={project}
        project={project}
        part={part}
        sets={known}
        current={current}
        search={search}
        onChange={change}
      />
    );
  }
  return (
    <main className={part === "explorer" ? styles.explorer : `${summary.page ?? ""} ${styles.page ?? ""}`}>
      <h1 className="sr-only">
        Predictions for {project}: {titleOf("predictions", part)}
      </h1>
      {shown}
    </main>
  );
}
