import type { CountOf, Summary } from "../../api/client";

import { formatCount, formatCounted } from "../../state/format";
import { CountLink } from "../ui/CountLink";
import { Cell, NumberStrip } from "../ui/NumberStrip";
import styles from "../ui/NumberStrip.module.css";

interface NumberProps {
  project: string;
  items: CountOf;
  what: string;
  tone?: "severe" | "moderate";
}

function Number({ project, items, what, tone }: NumberProps) {
  return (
    <CountLink
      project={project}
      items={items}
      what={what}
      className={`${styles.number ?? ""} ${tone === undefined || items.count === 0 ? "" : (styles[tone] ?? "")}`}
    >
      {formatCount(items.count)}
    </CountLink>
  );
}

/** The page's numbers in one strip; those that stand for items are links to them. */
export function SummaryNumbers({ project, summary }: { project: string; summary: Summary }) {
  const { scope, median_width, median_height } = summary;
  const ofImages = scope === "image";
  const other = ofImages ? summary.annotations : summary.images;
  const link = (items: CountOf, what: string, tone?: NumberProps["tone"]) => (
    <Number project={project} items={items} what={what} tone={tone} />
  );
  const sum = (count: number): string =>
    count === 0 ? "in no metric" : `${formatCount(count)} over all metrics`;
  return (
    <NumberStrip label="Numbers">
      <Cell
        name={ofImages ? "Images" : "Annotations"}
        note={summary.query === "" ? "in the project" : "match the filter"}
      >
        {link(summary.items, ofImages ? "Images" : "Annotations")}
      </Cell>
      <Cell name="Severe outliers" note={sum(summary.severe_sum)}>
        {link(summary.severe, "Severe outliers of some metric", "severe")}
      </Cell>
      <Cell name="Moderate outliers" note={sum(summary.moderate_sum)}>
        {link(summary.moderate, "Moderate outliers of some metric, severe of none", "moderate")}
      </Cell>
      {other !== null && (
        <Cell
          name={ofImages ? "Annotations" : "Images"}
          note={ofImages ? "in these images" : "in the project"}
        >
          {link(other, ofImages ? "Annotations of these images" : "Images")}
        </Cell>
      )}
      <Cell name="Classes" note="that occur">
        {formatCount(summary.classes)}
      </Cell>
      <Cell name="Median image size" note="px, width × height">
        {median_width === null || median_height === null
          ? "—"
          : `${formatCount(median_width)} × ${formatCount(median_height)}`}
      </Cell>
      {summary.without_annotations !== null && summary.images !== null && (
        <Cell name="Without annotations" note={`of ${formatCounted(summary.images.count, "image")}`}>
          {link(summary.without_annotations, "Images without annotations")}
        </Cell>
      )}
    </NumberStrip>
  );
}
