import { tellingIou, verdictOf } from "../../state/verdict";
import { asOutcome, keyOf, OUTCOME_COLORS, type ObjectKind } from "../drawing/appearance";
import { OutcomeBadge } from "../predictions/OutcomeBadge";
import styles from "./Expanded.module.css";
import { LineKey } from "./LineKey";
import type { ShownItem } from "./useShownItem";

interface Props {
  item: ShownItem;
  onOpen: (of: ObjectKind, row: number) => void;
}

const OTHER = { annotation: "prediction", prediction: "annotation" } as const;

/** What an evaluation found of an annotation or a prediction, with what it was compared. */
export function VerdictPanel({ item, onOpen }: Props) {
  const { annotation, prediction, image } = item;
  const object = annotation ?? prediction;
  const verdict = object === null ? null : verdictOf(object);
  if (object === null || verdict === null) return null;
  const of: ObjectKind = prediction === null ? "annotation" : "prediction";
  const row = object.partner_row;
  const partnerKey = row === null ? null : keyOf({ of: OTHER[of], row });
  const partner = image.shapes.find((shape) => keyOf(shape) === partnerKey);
  const colorOf = (outcome: string | null | undefined): string =>
    OUTCOME_COLORS[asOutcome(outcome ?? null) ?? "ignored"];
  const numbers: [string, number | null][] = [
    ["Confidence", prediction?.confidence ?? partner?.confidence ?? null],
    ["IoU", tellingIou(prediction?.iou)],
  ];
  return (
    <section className={`panel ${styles.verdict ?? ""}`} aria-label="What the evaluation found">
      <div className={styles.verdictTitle}>
        <OutcomeBadge verdict={verdict} />
        {numbers.map(
          ([name, value]) =>
            value !== null && (
              <span key={name}>
                <span className="muted">{name}</span> <b className="num">{value.toFixed(3)}</b>
              </span>
            ),
        )}
      </div>
      <p className="muted">{verdict.meaning}.</p>
      <div className={styles.key}>
        <LineKey dashed={of === "annotation"} color={colorOf(object.outcome)} text={`this ${of}`} />
        {row !== null && (
          <>
            <LineKey dashed={of === "prediction"} color={colorOf(partner?.outcome)} text={OTHER[of]} />
            <button type="button" className="btn" onClick={() => onOpen(OTHER[of], row)}>
              Go to the {OTHER[of]}
            </button>
          </>
        )}
      </div>
    </section>
  );
}
