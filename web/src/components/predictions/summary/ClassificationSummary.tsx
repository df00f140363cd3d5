import { useMemo } from "react";
import type { Classification } from "../../../api/client";
import { formatCounted } from "../../../state/format";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { isClassification, type ClassificationRequest } from "../../../state/evaluationRequest";
import { isWanted, termText, withOnly, type TermText } from "../../../state/queryText";
import { ErrorPanel } from "../../ui/ErrorPanel";
import { Empty, Panel, Panels, Wide } from "../../ui/Panel";
import { Calibration } from "./CalibrationPanel";
import { ClassificationNumbers } from "./ClassificationNumbers";
import { Confusion } from "./ConfusionPanel";
import { CorrelationPanel, ImportancePanel } from "./DriverPanels";
import { asDrivers } from "./drivers";
import { classificationColumns } from "./resultColumns";
import { ResultTable } from "./ResultTable";
import { SlicesPanel } from "./SlicesPanel";
import { useSlowEvaluation } from "../sets/useEvaluation";

const CHART_HEIGHT = 236;
const TALL_CHART_HEIGHT = 440;
const MANY_CLASSES = 14;
const TABLE_HEIGHT = 600;
const MATRIX_HEIGHT = 940;

interface Props {
  project: string;
  evaluation: Classification;
  /** What the slider says now; the evaluation may still be one of a moment ago. */
  request: ClassificationRequest;
  search: PredictionsSearch;
  terms: readonly TermText[];
  /** Whether the numbers are of other data than is asked for. */
  old: boolean;
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
}

/** How well a set of classifications does, and why it errs. */
export function ClassificationSummary(props: Props) {
  const { project, evaluation, request, search, terms, old, onChange } = props;
  const slow = useSlowEvaluation(project, request, !old);
  const found = slow.found !== undefined && isClassification(slow.found) ? slow.found : undefined;
  const fresh = slow.fresh && !old;
  const { per_class: classes, confusion, class_found_by: foundBy } = evaluation;
  const columns = useMemo(() => classificationColumns(confusion, foundBy), [confusion, foundBy]);
  const drivers = useMemo(() => (found === undefined ? undefined : asDrivers(found.importance)), [found]);
  // A matrix of many classes needs the page's width; beside that of a few stands a chart.
  const many = classes.length > MANY_CLASSES;
  const driverProps = { project, search, drivers, fresh, ofClasses: true, span: many ? 4 : 6 } as const;
  const calibration = (
    <Panel title="Calibration" span={4} aside="is the confidence the accuracy?">
      <Calibration
        project={project}
        search={search}
        diagram={evaluation.calibration}
        height={many ? CHART_HEIGHT : TALL_CHART_HEIGHT}
        rate="accuracy"
      />
    </Panel>
  );
  return (
    <Panels old={old}>
      <Wide>
        <ClassificationNumbers
          project={project}
          search={search}
          evaluation={evaluation}
          slow={found}
          fresh={fresh}
        />
      </Wide>
      {slow.error !== null ? (
        <Wide>
          <ErrorPanel error={slow.error} onRetry={() => void slow.refetch()} />
        </Wide>
      ) : (
        <>
          <ImportancePanel {...driverProps} />
          <CorrelationPanel {...driverProps} />
          <SlicesPanel
            project={project}
            search={search}
            side="accuracy"
            slices={found?.slices}
            span={12}
            fresh={fresh}
          />
        </>
      )}
      {many && calibration}
      <Panel
        title="Results by class"
        span={12}
        aside={`${formatCounted(classes.length, "class", "classes")} · ${classes.length === 1 ? "a click evaluates all again" : "a click evaluates one alone"}`}
      >
        {classes.length === 0 ? (
          <Empty>None of the classes is a label or predicted here.</Empty>
        ) : (
          <ResultTable
            project={project}
            search={search}
            columns={columns}
            rows={classes}
            intervals={fresh ? found?.per_class : undefined}
            height={TABLE_HEIGHT}
            isChosen={(name) => isWanted(terms, "class", termText("class", name))}
            onOrder={(order, up) => onChange({ order, up }, { replace: true })}
            onChoose={(name) => onChange({ query: withOnly(terms, "class", termText("class", name)) })}
          />
        )}
      </Panel>
      <Panel title="Confusion" span={many ? 12 : 8} aside="the label by what is predicted">
        <Confusion project={project} search={search} confusion={confusion} height={MATRIX_HEIGHT} />
      </Panel>
      {!many && calibration}
    </Panels>
  );
}
