import type { ReactNode } from "react";
import type { ClassInfo } from "../../api/client";
import { tellingIou, type Verdict } from "../../state/verdict";
import { asOutcome, keyOf, OUTCOME_COLORS, type ObjectKind } from "../drawing/appearance";
import { verdictAmong, verdictOnImage } from "../drawing/verdicts";
import { OutcomeBadge } from "../ui/OutcomeBadge";
import styles from "./Expanded.module.css";
import { LineKey } from "./LineKey";
import type { ShownItem } from "./useShownItem";

interface Props {
  item: ShownItem;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  onOpen: (of: ObjectKind, row: number) => void;
}

const OTHER = { annotation: "prediction", prediction: "annotation" } as const;

interface SayProps {
  verdict: Verdict;
  numbers: readonly (readonly [string, number | null])[];
  children?: ReactNode;
}

function Say({ verdict, numbers, children }: SayProps) {
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
      {children}
    </section>
  );
}

/** What an evaluation found of an annotation or a prediction, with what it was compared, or of a classified image. */
export function VerdictPanel({ item, classesByRow, onOpen }: Props) {
  const { annotation, prediction, image } = item;
  const object = annotation ?? prediction;
  if (object === null) {
    const found = verdictOnImage(image.shapes, classesByRow);
    return found && <Say verdict={found.verdict} numbers={[["Confidence", found.confidence]]} />;
  }
  const of: ObjectKind = prediction === null ? "annotation" : "prediction";
  const row = object.partner_row;
  const partnerKey = row === null ? null : keyOf({ of: OTHER[of], row });
  const { outcome, reason } = object;
  const found = verdictAmong(
    { of, row: object.row, outcome, reason, partner: partnerKey },
    image.shapes,
    classesByRow,
  );
  if (found === null) return null;
  const { verdict, ofClass } = found;
  const otherNoun = ofClass && of === "prediction" ? "label" : OTHER[of];
  const partner = image.shapes.find((shape) => keyOf(shape) === partnerKey);
  const colorOf = (outcome: string | null | undefined): string =>
    OUTCOME_COLORS[asOutcome(outcome ?? null) ?? "ignored"];
  const numbers: [string, number | null][] = [
    ["Confidence", prediction?.confidence ?? partner?.confidence ?? null],
    ["IoU", ofClass ? null : tellingIou(prediction?.iou)],
  ];
  const goThere = row !== null && (
    <button type="button" className="btn" onClick={() => onOpen(OTHER[of], row)}>
      Go to the {otherNoun}
    </button>
  );
  return (
    <Say verdict={verdict} numbers={numbers}>
      <div className={styles.key}>
        {/* The class of an image has no outline. */}
        {!ofClass && (
          <LineKey dashed={of === "annotation"} color={colorOf(object.outcome)} text={`this ${of}`} />
        )}
        {!ofClass && row !== null && (
          <LineKey dashed={of === "prediction"} color={colorOf(partner?.outcome)} text={OTHER[of]} />
        )}
        {goThere}
      </div>
    </Say>
  );
}
