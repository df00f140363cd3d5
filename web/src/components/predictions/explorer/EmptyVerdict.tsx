import type { ItemScope } from "../../../api/client";
import { nounOf } from "../../../state/links";
import { asThreshold } from "../../../state/scores";
import { formatThreshold, itemSearchOf, type PredictionsSearch } from "../../../state/predictionsSearch";
import type { EmptyReason } from "../../explorer/ExplorerBody";
import styles from "../../ui/EmptyResult.module.css";

interface Props {
  scope: ItemScope;
  reason: EmptyReason;
  search: PredictionsSearch;
  /** From where on predictions count. */
  confidence: number;
  onChange: (change: Partial<PredictionsSearch>) => void;
}

/** In the grid's place where nothing is found: what can be relaxed, from the narrowest condition on. */
export function EmptyVerdict({ scope, reason, search, confidence, onChange }: Props) {
  const ways: [string, Partial<PredictionsSearch>][] = [];
  if (itemSearchOf(search).query !== "") ways.push([`Show all ${nounOf(scope, 2)}`, { find: "" }]);
  if (confidence > 0 && scope !== "annotation") {
    ways.push([
      `Lower the confidence from ${formatThreshold(asThreshold(confidence))} to 0`,
      { confidence: 0 },
    ]);
  }
  if (search.query !== "") ways.push(["Evaluate everything", { query: "" }]);
  if (search.covered_only) ways.push(["Take in images that the set does not cover", { covered_only: false }]);
  const broken = reason === "broken";
  return (
    <div className={styles.empty}>
      <h2>{broken ? "This filter cannot be used" : `No ${nounOf(scope, 1)} is like that`}</h2>
      <p>
        {broken && "What is wrong with it stands under the query."}
        {!broken && ways.length > 0 && "What is asked for leaves nothing here. Ask for less:"}
        {!broken && ways.length === 0 && `The evaluation has no ${nounOf(scope, 2)}.`}
      </p>
      <div className="row">
        {ways.map(([label, change]) => (
          <button key={label} type="button" className="btn" onClick={() => onChange(change)}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
