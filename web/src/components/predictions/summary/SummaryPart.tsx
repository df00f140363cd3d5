import { useMemo, useState } from "react";
import type { Evaluation } from "../../../api/client";
import { formatCounted } from "../../../state/format";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { isWanted, termText, withOnly, type TermText } from "../../../state/queryText";
import { isClassification, type DetectionRequest } from "../../../state/evaluationRequest";
import { ErrorPanel } from "../../ui/ErrorPanel";
import { Empty, Panel, Panels, Wide } from "../../ui/Panel";
import { Calibration } from "./CalibrationPanel";
import { Confusion } from "./ConfusionPanel";
import { CostsPanel } from "./CostsPanel";
import { Curves } from "./CurvesPanel";
import { CorrelationPanel, ImportancePanel } from "./DriverPanels";
import { CocoTable, Numbers } from "./Numbers";
import { detectionColumns } from "./resultColumns";
import { ResultTable } from "./ResultTable";
import { SlicesPanel } from "./SlicesPanel";
import styles from "./SummaryPart.module.css";
import { ThresholdsPanel } from "./ThresholdsPanel";
import { useSlowEvaluation } from "../sets/useEvaluation";

const ROW_HEIGHT = 380;
const CHART_HEIGHT = 260;
const MATRIX_HEIGHT = 520;
const MANY_CLASSES = 24;
const FEW_CLASSES = 5;

interface Props {
  project: string;
  evaluation: Evaluation;
  /** What the sliders say now; the evaluation may still be one of a moment ago. */
  request: DetectionRequest;
  search: PredictionsSearch;
  terms: readonly TermText[];
  /** Whether the numbers are of other data than is asked for. */
  old: boolean;
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
  onConfidence: (confidence: number) => void;
}

/** How well a prediction set does, and why it errs. */
export function SummaryPart(props: Props) {
  const { project, evaluation, request, search, terms, old, onChange, onConfidence } = props;
  const [isolated, setIsolated] = useState<string | null>(null);
  const slow = useSlowEvaluation(project, request, !old);
  const found = slow.found === undefined || isClassification(slow.found) ? undefined : slow.found;
  const fresh = slow.fresh && !old;
  const { per_class: classes, found_by: foundBy } = evaluation;
  const columns = useMemo(() => detectionColumns(foundBy), [foundBy]);
  // Many classes have a long table, beside which two charts stand, and a matrix that needs the page's width;
  // a few have a short one, below which the rest stands side by side.
  const many = classes.length > MANY_CLASSES;
  const few = classes.length <= FEW_CLASSES;
  const curves = (
    <Panel title="Precision–recall" span={many ? 12 : 4} aside={isolated ?? "point at a curve"}>
      <Curves evaluation={evaluation} height={CHART_HEIGHT} isolated={isolated} onIsolate={setIsolated} />
    </Panel>
  );
  const calibration = (
    <Panel title="Calibration" span={many ? 12 : 4} aside="is the confidence the precision?">
      <Calibration project={project} search={search} diagram={evaluation.calibration} height={CHART_HEIGHT} />
    </Panel>
  );
  const confusion = (
    <Panel
      title="Confusion"
      span={many ? 12 : few ? 4 : 8}
      aside="one prediction and one annotation a pair, best overlap first"
    >
      <Confusion project={project} search={search} confusion={evaluation.confusion} height={MATRIX_HEIGHT} />
    </Panel>
  );
  return (
    <Panels old={old}>
      <Wide>
        <Numbers
          project={project}
          search={search}
          evaluation={evaluation}
          slow={found}
          fresh={fresh}
          onConfidence={onConfidence}
        />
        <CocoTable evaluation={evaluation} />
      </Wide>
      {slow.error !== null ? (
        <Wide>
          <ErrorPanel error={slow.error} onRetry={() => void slow.refetch()} />
        </Wide>
      ) : (
        <>
          <ImportancePanel project={project} search={search} drivers={found?.importance} fresh={fresh} />
          <CorrelationPanel project={project} search={search} drivers={found?.importance} fresh={fresh} />
          <CostsPanel project={project} search={search} evaluation={evaluation} slow={found} fresh={fresh} />
          <SlicesPanel
            project={project}
            search={search}
            side="precision"
            slices={found?.slices}
            fresh={fresh}
          />
          <SlicesPanel project={project} search={search} side="recall" slices={found?.slices} fresh={fresh} />
        </>
      )}
      <Panel
        title="Average precision and recall by class"
        span={few ? 12 : 8}
        aside={`${formatCounted(classes.length, "class", "classes")} · ${classes.length === 1 ? "a click evaluates all again" : "a click evaluates one alone"}`}
      >
        {classes.length === 0 ? (
          <Empty>None of the classes is annotated or predicted here.</Empty>
        ) : (
          <ResultTable
            project={project}
            search={search}
            columns={columns}
            rows={classes}
            intervals={fresh ? found?.per_class : undefined}
            height={many ? 2 * ROW_HEIGHT : ROW_HEIGHT}
            isolated={isolated}
            isChosen={(name) => isWanted(terms, "class", termText("class", name))}
            onOrder={(order, up) => onChange({ order, up }, { replace: true })}
            onChoose={(name) => onChange({ query: withOnly(terms, "class", termText("class", name)) })}
            onIsolate={setIsolated}
          />
        )}
      </Panel>
      {many ? (
        <>
          <div className={styles.column}>
            {curves}
            {calibration}
          </div>
          {confusion}
        </>
      ) : (
        <>
          {curves}
          {confusion}
          {calibration}
        </>
      )}
      <ThresholdsPanel
        project={project}
        search={search}
        request={request}
        classes={classes}
        onChange={onChange}
      />
    </Panels>
  );
}
