import type { Evaluation, SlowEvaluation } from "../../../api/client";
import { formatCount } from "../../../state/format";
import { REASON_WORDS } from "../../../state/outcomes";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import { BarKey, BarList } from "../../charts/BarList";
import { Panel } from "../../ui/Panel";
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
      <BarList
        isOld={!fresh}
        rowHeight={32}
        bars={reasons.map((reason) => {
          const { name = reason, meaning = reason } = REASON_WORDS[reason] ?? {};
          const items = evaluation.errors[reason] ?? { count: 0, scope: "prediction", query: "" };
          return {
            key: reason,
            label: name,
            stretches: [
              { from: 0, to: Math.max(0, cost(reason)) / most, tone: reason === "missed" ? "fn" : "fp" },
            ],
            values: [
              { text: slow === undefined ? "…" : formatPoints(costs[reason]) },
              { text: formatCount(items.count), pale: true },
            ],
            link: (inside) => (
              <CountLink project={project} search={search} items={items} what={meaning} {...inside} />
            ),
          };
        })}
      >
        <BarKey tone="fp">false positives</BarKey>
        <BarKey tone="fn">false negatives</BarKey>
      </BarList>
      <p className="muted small">
        Each reason is put right alone, so the costs do not add up
        {evaluation.confidence > 0 && "; they are of the whole ranking, counts of what the confidence keeps"}.
      </p>
    </Panel>
  );
}
