import type { ItemScope, MetricSummary } from "../../api/client";
import { DATASET_ORDER } from "../../state/explorerSearch";
import { formatCount } from "../../state/format";
import { tellsApart } from "../../state/metrics";
import { Picker } from "../ui/Picker";
import styles from "./MetricSelect.module.css";

/** Metrics under a heading, all of one kind of item. */
export interface MetricGroup {
  title: string;
  scope: ItemScope;
  metrics: readonly MetricSummary[];
  /** Whether they are those of the items' images. */
  borrowed?: boolean;
}

interface Props {
  scope: ItemScope;
  groups: readonly MetricGroup[];
  chosen: MetricSummary | undefined;
  onChoose: (scope: ItemScope, key: string) => void;
}

const SCOPES: readonly ItemScope[] = ["image", "annotation", "prediction"];
const valueOf = (scope: ItemScope, key: string): string => `${scope} ${key}`;

/** Those of predictions all say something, and so does their overlap, though it defines the outcome. */
const isListed = (metric: MetricSummary): boolean => metric.scope === "prediction" || tellsApart(metric);

/** Chooses the metric that sorts; a metric of the other kind of item switches to that kind. */
export function MetricSelect({ scope, groups, chosen, onChoose }: Props) {
  const unsorted = { value: valueOf(scope, DATASET_ORDER), label: "Dataset order" };
  return (
    <Picker
      name="Sort by"
      noun="a metric"
      width={440}
      position="bottom-start"
      buttonClass={styles.button}
      first={unsorted}
      value={chosen === undefined ? unsorted.value : valueOf(chosen.scope, chosen.key)}
      groups={groups.map(({ title, metrics }) => ({
        title,
        choices: metrics
          .filter((metric) => isListed(metric) || metric === chosen)
          .map((metric) => ({
            value: valueOf(metric.scope, metric.key),
            label: metric.title,
            hint: metric.summary,
            note: (
              <>
                {metric.severe > 0 && (
                  <span className={styles.severe}>{formatCount(metric.severe)} severe</span>
                )}
                {metric.moderate > 0 && (
                  <span className={styles.moderate}>{formatCount(metric.moderate)} moderate</span>
                )}
              </>
            ),
          })),
      }))}
      onChoose={(value) => {
        const [chosenScope, key] = value.split(" ");
        onChoose(SCOPES.find((each) => each === chosenScope) ?? scope, key ?? DATASET_ORDER);
      }}
    />
  );
}
