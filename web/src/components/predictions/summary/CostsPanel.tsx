import type { Evaluation, SlowEvaluation } from "../../../api/client";
import { formatCount } from "../../../state/format";
import { REASON_WORDS } from "../../../state/outcomes";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { Panel } from "../../ui/Panel";
import styles from "./CostsPanel.module.css";
import { CountLink } from "../../ui/CountLink";
import { formatPoints } from "../../../state/scores";

interface Props {
  project: string;
  search: PredictionsSearch;
  evaluation: Evaluation;
  slow: SlowEvaluation | undefined;
  fresh: boolean;
}

/** Why predictions and annotations are wrong: how many, and what putting each reason right would gain. */
export function CostsPanel({ project, search, evaluation, slow, fresh }: Props) {
  const costs = slow?.costs ?? {};
  const cost = (reason: string): number => costs[reason] ?? 0;
  const count = (reason: string): number => evaluation.errors[reason]?.count ?? 0;
  const reasons = Object.keys(evaluation.errors).sort((a, b) => cost(b) - cost(a) || count(b) - count(a));
  const most = Math.max(0.0001, ...reasons.map(cost));
  return (
    <Panel title="What the errors cost" span={4} aside="AP points if put right · count">
      <ul className={styles.rows} aria-busy={!fresh}>
        {reasons.map((reason) => {
          const { name = reason, meaning = reason } = REASON_WORDS[reason] ?? {};
          const found = evaluation.errors[reason];
          return (
            <li key={reason} data-reason={reason}>
              <CountLink
                project={project}
                search={search}
                items={found ?? { count: 0, scope: "prediction", query: "" }}
                what={meaning}
                className={styles.row}
              >
                <span>{name}</span>
                <span className={styles.track} data-old={!fresh}>
                  <i
                    data-side={reason === "missed" ? "fn" : "fp"}
                    style={{ width: `${(Math.max(0, cost(reason)) / most) * 100}%` }}
                  />
                </span>
                <span className={styles.cost} data-old={!fresh}>
                  {slow === undefined ? "…" : formatPoints(costs[reason])}
                </span>
                <span className={styles.count}>{formatCount(count(reason))}</span>
              </CountLink>
            </li>
          );
        })}
      </ul>
      <div className={styles.legend}>
        <span>
          <i data-side="fp" /> false positives
        </span>
        <span>
          <i data-side="fn" /> false negatives
        </span>
      </div>
      <p className={styles.note}>
        Each reason is put right alone, so the costs do not add up
        {evaluation.confidence > 0 && "; they are of the whole ranking, counts of what the confidence keeps"}.
      </p>
    </Panel>
  );
}
