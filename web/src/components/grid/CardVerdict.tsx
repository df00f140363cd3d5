import type { Card } from "../../api/client";
import { tellingIou, verdictOf } from "../../state/verdict";
import { OutcomeBadge } from "../predictions/OutcomeBadge";
import classes from "./Card.module.css";

/** What an evaluation found of the card's item: its outcome and reason in words, its confidence and its IoU. */
export function CardVerdict({ card, metric }: { card: Card; metric: string | undefined }) {
  const verdict = verdictOf(card);
  if (verdict === null) return null;
  // The metric that sorts stands below already.
  const numbers = [
    { key: "confidence", name: "", value: card.confidence },
    { key: "iou", name: "IoU ", value: tellingIou(card.iou) },
  ].filter(({ key, value }) => value !== null && key !== metric);
  return (
    <span className={classes.verdict}>
      <OutcomeBadge verdict={verdict} />
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
