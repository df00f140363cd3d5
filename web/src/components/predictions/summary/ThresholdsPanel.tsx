import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ClassResult, ClassThreshold, ThresholdCounts } from "../../../api/client";
import { thresholdsQuery, thresholdsUrl } from "../../../api/predictions";
import { formatCount } from "../../../state/format";
import type { DetectionRequest } from "../../../state/evaluationRequest";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { allOf } from "../../../state/queryText";
import { formatScore } from "../../../state/scores";
import { CountLink } from "../../ui/CountLink";
import { ClassLabel, DataTable } from "../../ui/DataTable";
import { Empty, Loaded, Panel } from "../../ui/Panel";
import { Switch } from "../../ui/Switch";
import { RULES, THRESHOLD_COLUMNS, THRESHOLD_COUNTS, thresholdsRequest } from "./thresholds";
import styles from "./ThresholdsPanel.module.css";
import { TypedThreshold } from "../sets/TypedThreshold";
import { useRested } from "../sets/useEvaluation";

const HEIGHT = 287;
const NUMBER_WIDTH = 92;
const COUNT_WIDTH = 72;

interface Props {
  project: string;
  search: PredictionsSearch;
  request: DetectionRequest;
  /** For the colours of the classes. */
  classes: readonly ClassResult[];
  onChange: (change: Partial<PredictionsSearch>, options?: { replace?: boolean }) => void;
}

/** What all classes give together, each cut at its own confidence. */
function Together({ tp, fp, fn, precision, recall, f1 }: ThresholdCounts) {
  return (
    <p className={styles.together}>
      Together: {formatCount(tp)} TP, {formatCount(fp)} FP, {formatCount(fn)} FN · precision{" "}
      {formatScore(precision)} · recall {formatScore(recall)} · F1 {formatScore(f1)}
    </p>
  );
}

/** The confidence that each class would best be cut at, as a table and as a file. */
export function ThresholdsPanel({ project, search, request, classes, onChange }: Props) {
  const asked = thresholdsRequest(useRested(request), search);
  const result = useQuery(thresholdsQuery(project, asked));
  const [order, setOrder] = useState({ key: "", up: false });
  const colors = new Map(classes.map((each) => [each.class, each.color]));
  const { rule } = search;
  // Right and wrong predictions are the same whatever is cut below them, so a score alone tells them apart.
  const all = { ...search, confidence: 0 };
  const count = (key: "tp" | "fp" | "fn", title: string, row: ClassThreshold) =>
    key === "fn" || row.confidence === null ? (
      formatCount(row[key])
    ) : (
      <CountLink
        project={project}
        search={all}
        items={{
          scope: "prediction",
          query: allOf([`outcome:${key}`, row.query, `confidence>=${row.confidence}`]),
          count: row[key],
        }}
        what={`${title}, of ${row.class}`}
      >
        {formatCount(row[key])}
      </CountLink>
    );
  return (
    <Panel
      title="Confidence by class"
      span={12}
      aside={
        <div className={styles.rule}>
          <Switch
            name="Chosen by"
            value={rule ?? "f1"}
            choices={RULES}
            onChoose={(chosen) => onChange({ rule: chosen === "f1" ? undefined : chosen }, { replace: true })}
          />
          {rule !== undefined && (
            <TypedThreshold
              className={styles.least}
              label={`Least ${rule}`}
              value={search.least}
              least={0}
              onTake={(least) => onChange({ least }, { replace: true })}
            />
          )}
          <a href={thresholdsUrl(project, asked, "csv")} download="thresholds.csv">
            CSV
          </a>
          <a href={thresholdsUrl(project, asked, "json")} download="thresholds.json">
            JSON
          </a>
        </div>
      }
    >
      <Loaded result={result} height={HEIGHT}>
        {({ per_class: rows, together }) =>
          rows.length === 0 ? (
            <Empty height={HEIGHT}>None of the classes is annotated or predicted here.</Empty>
          ) : (
            <>
              <DataTable<ClassThreshold>
                label="Table of confidences by class"
                name={{
                  key: "name",
                  label: "Class",
                  of: (row) => row.class,
                  cell: (row) => <ClassLabel color={colors.get(row.class) ?? ""} name={row.class} />,
                }}
                columns={[
                  ...THRESHOLD_COLUMNS.map((column) => ({
                    ...column,
                    width: NUMBER_WIDTH,
                    cell: (row: ClassThreshold) => formatScore(column.value(row)),
                  })),
                  ...THRESHOLD_COUNTS.map((column) => ({
                    ...column,
                    width: COUNT_WIDTH,
                    cell: (row: ClassThreshold) => count(column.key, column.title, row),
                  })),
                  {
                    key: "annotations",
                    label: "Annotations",
                    title: "That count",
                    width: NUMBER_WIDTH,
                    value: (row: ClassThreshold) => row.annotations,
                    cell: (row: ClassThreshold) => formatCount(row.annotations),
                  },
                ]}
                rows={rows}
                idOf={(row) => rows.indexOf(row)}
                order={order.key === "" ? "annotations" : order.key}
                up={order.up}
                onOrder={(key, up) => setOrder({ key, up })}
                height={HEIGHT}
              />
              <Together {...together} />
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}
