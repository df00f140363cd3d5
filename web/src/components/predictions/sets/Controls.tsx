import { Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { AnyEvaluation, ClassInfo, PredictionSet } from "../../../api/client";
import { formatCount, formatPercent } from "../../../state/format";
import { LEAST_IOU, type PredictionsSearch, type Task } from "../../../state/predictionsSearch";
import { isClassification, type Thresholds } from "../../../state/evaluationRequest";
import type { TermText } from "../../../state/queryText";
import { Banner } from "../../ui/Banner";
import { ClassPicker } from "./ClassPicker";
import styles from "./Controls.module.css";
import { SetMenu } from "./SetMenu";
import { ConfidenceControl } from "./ConfidenceControl";
import { Threshold } from "./Threshold";

export const TASK_NAMES: Record<Task, string> = {
  bbox: "Boxes",
  segm: "Masks",
  keypoints: "Keypoints",
  obb: "Rotated boxes",
};

/** From this coverage on, a chip is enough to say what is missing. */
const NEARLY_ALL = 0.95;

interface Props {
  project: string;
  sets: readonly PredictionSet[];
  current: PredictionSet;
  /** What stands beside the set's menu. */
  beside?: ReactNode;
  /** The confidence of a second set: both then have a row of their own. */
  second?: ReactNode;
  tasks: readonly Task[];
  classes: readonly ClassInfo[];
  /** Share of the images that the set was run on; undefined until it has come. */
  coverage: number | undefined;
  search: PredictionsSearch;
  terms: readonly TermText[];
  thresholds: Thresholds;
  /** The confidence with the greatest F1 at this IoU; absent while it is not known. */
  best: number | null | undefined;
  onMove: (change: Partial<Thresholds>) => void;
  onRest: () => void;
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
}

function TaskMenu({
  task,
  tasks,
  onChoose,
}: {
  task: Task;
  tasks: readonly Task[];
  onChoose: (task: Task) => void;
}) {
  return (
    <Menu position="bottom-start" width={170} returnFocus>
      <Menu.Target>
        <button
          type="button"
          className="btn"
          aria-label={`Overlap of: ${TASK_NAMES[task]}`}
          title="What overlaps"
        >
          {TASK_NAMES[task]} <IconChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={task} onChange={(chosen) => onChoose(chosen as Task)}>
          {tasks.map((each) => (
            <Menu.RadioItem key={each} value={each} closeMenuOnClick>
              {TASK_NAMES[each]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

/** What is evaluated and how: one row that stays on top while the page scrolls. */
export function Controls(props: Props) {
  const {
    project,
    sets,
    current,
    beside,
    second,
    tasks,
    classes,
    coverage,
    search,
    terms,
    thresholds,
    best,
    onMove,
    onRest,
    onChange,
  } = props;
  const confidence = (
    <ConfidenceControl
      project={project}
      set={current}
      task={search.task}
      label={second === undefined ? "Confidence at least" : `Confidence of ${current.name}`}
      short={second === undefined ? "Confidence" : undefined}
      confidence={thresholds.confidence}
      best={best ?? null}
      onMove={(chosen) => onMove({ confidence: chosen })}
      onRest={onRest}
    />
  );
  return (
    <div className={`panel ${styles.controls ?? ""}`} role="toolbar" aria-label="What is evaluated">
      <SetMenu
        project={project}
        sets={sets}
        current={current}
        onChoose={(set) => onChange({ set, task: "bbox" })}
        onMoved={(set) => onChange({ set }, { replace: true })}
      />
      {beside}
      {tasks.length > 1 && (
        <TaskMenu task={search.task} tasks={tasks} onChoose={(task) => onChange({ task })} />
      )}
      <ClassPicker classes={classes} terms={terms} onChange={(query) => onChange({ query })} />
      {current.kind !== "classification" && (
        <Threshold
          label={search.task === "keypoints" ? "OKS threshold" : "IoU threshold"}
          short={search.task === "keypoints" ? "OKS" : "IoU"}
          value={thresholds.iou}
          least={LEAST_IOU}
          onMove={(iou) => onMove({ iou })}
          onRest={onRest}
        />
      )}
      {second === undefined && confidence}
      <label className={styles.switch} title="Leave out images that the model was not run on">
        <input
          type="checkbox"
          role="switch"
          aria-label="Only covered images"
          checked={search.covered_only}
          onChange={(event) => onChange({ covered_only: event.currentTarget.checked })}
        />
        Only covered
        {coverage !== undefined && coverage >= NEARLY_ALL && coverage < 1 && !search.covered_only && (
          <span
            className="chip"
            role="status"
            title={`${current.name} was run on ${formatPercent(coverage)} of the images; the others count as missed`}
          >
            {formatPercent(coverage)} covered
          </span>
        )}
      </label>
      {second !== undefined && (
        <div className={styles.confidences}>
          {confidence}
          {second}
        </div>
      )}
    </div>
  );
}

/** Says why a set's ids may be another dataset's, which its numbers would not tell. */
export function DoubtBanner({ set }: { set: PredictionSet }) {
  return set.doubts.map((text) => (
    <Banner key={text} warns>
      <b>{set.name}</b>: {text}
    </Banner>
  ));
}

/** Says that the model has not seen all of the images, which then count as missed. */
export function CoverageBanner({
  evaluation,
  onCoveredOnly,
}: {
  evaluation: AnyEvaluation;
  onCoveredOnly: () => void;
}) {
  const { coverage, images, predictions } = evaluation;
  // The chip beside the switch says so where next to nothing is missing.
  if (coverage >= NEARLY_ALL) return null;
  const covered = Math.round(coverage * images);
  return (
    <Banner
      action={
        <button type="button" className="btn" onClick={onCoveredOnly}>
          Only covered images
        </button>
      }
    >
      <b>{predictions}</b> was run on {formatCount(covered)} of {formatCount(images)} images (
      {formatPercent(coverage)}).{" "}
      {isClassification(evaluation)
        ? "The others count as unpredicted."
        : "What is annotated in the others counts as missed."}
    </Banner>
  );
}
