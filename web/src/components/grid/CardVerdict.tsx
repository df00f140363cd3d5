import type { Card, ClassInfo, ItemScope } from "../../api/client";
import { tellingIou, type Verdict } from "../../state/verdict";
import { keyOf } from "../drawing/appearance";
import { verdictAmong, verdictOnImage } from "../drawing/verdicts";
import { OutcomeBadge } from "../ui/OutcomeBadge";
import classes from "./Card.module.css";

interface Props {
  scope: ItemScope;
  card: Card;
  /** The one that sorts, which stands below already. */
  metric: string | undefined;
  classesByRow: ReadonlyMap<number, ClassInfo>;
}

interface Told {
  verdict: Verdict;
  confidence: number | null;
  iou: number | null;
}

function toldOf({ scope, card, classesByRow }: Props): Told | null {
  const { row, shapes, partner_of: of, partner_row: partnerRow, confidence } = card;
  if (scope === "image") {
    const found = verdictOnImage(shapes, classesByRow);
    return found === null ? null : { ...found, iou: null };
  }
  const partner = of === null || partnerRow === null ? null : keyOf({ of, row: partnerRow });
  const { outcome, reason } = card;
  const found = verdictAmong({ of: scope, row, outcome, reason, partner }, shapes, classesByRow);
  if (found === null) return null;
  return { verdict: found.verdict, confidence, iou: found.ofClass ? null : tellingIou(card.iou) };
}

/** How many errors an evaluation of detections found in the card's image; nothing of other items. */
function ErrorCounts({ card: { fp_count: fp, fn_count: fn } }: { card: Card }) {
  if (fp === null || fn === null) return null;
  return (
    <span className={classes.errors}>
      {fp === 0 && fn === 0 && "no errors"}
      {fp > 0 && <span title="False positives">{fp} FP</span>}
      {fn > 0 && <span title="False negatives">{fn} FN</span>}
    </span>
  );
}

/** What an evaluation found of the card's item: its outcome and reason in words, its confidence and its IoU. */
export function CardVerdict(props: Props) {
  const told = toldOf(props);
  if (told === null) return <ErrorCounts card={props.card} />;
  const numbers = [
    { key: "confidence", name: "", value: told.confidence },
    { key: "iou", name: "IoU ", value: told.iou },
  ].filter(({ key, value }) => value !== null && key !== props.metric);
  return (
    <span className={classes.verdict}>
      <OutcomeBadge verdict={told.verdict} />
      <span className={classes.numbers}>
        {numbers.map(({ key, name, value }) => (
          <span key={key} data-number={key} title={key === "iou" ? "IoU with the annotation" : "Confidence"}>
            {name}
            {value?.toFixed(2)}
          </span>
        ))}
      </span>
    </span>
  );
}
