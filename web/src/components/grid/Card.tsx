import { IconAlertTriangle, IconAlertTriangleFilled, IconArrowsDiagonal } from "@tabler/icons-react";
import { memo } from "react";
import type { Card as CardData, ClassInfo, MetricSummary, Scope, Severity } from "../../api/client";
import { formatValue, formatValueShort } from "../../state/format";
import type { Size } from "../drawing/transform";
import classes from "./Card.module.css";
import { CardPicture, type Overlay } from "./CardPicture";

interface Props {
  project: string;
  scope: Scope;
  card: CardData;
  index: number;
  tabbable: boolean;
  size: Size;
  overlay: Overlay;
  metric: MetricSummary | undefined;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  onOpen: (row: number, index: number) => void;
}

/** A warning triangle: filled for severe, open for moderate. On pictures it has colours of its own. */
export function SeverityMark({ severity, tone }: { severity: Severity; tone: "picture" | "text" }) {
  if (severity === "none") return null;
  const Icon = severity === "severe" ? IconAlertTriangleFilled : IconAlertTriangle;
  return (
    <Icon
      size={13}
      stroke={2}
      className={tone === "picture" ? classes[severity] : undefined}
      role="img"
      aria-label={`${severity} outlier`}
    />
  );
}

function describe(value: string, metric: MetricSummary, severity: Severity): string {
  return `${metric.title}: ${value}${severity === "none" ? "" : ` (${severity} outlier)`}`;
}

/** One item of the grid. */
export const Card = memo(function Card({
  project,
  scope,
  card,
  index,
  tabbable,
  size,
  overlay,
  metric,
  classesByRow,
  onOpen,
}: Props) {
  const info = card.class_row === null ? undefined : classesByRow.get(card.class_row);
  const name = scope === "annotation" ? (info?.name ?? "no class") : card.file_name;
  const value = metric && formatValue(card.value, metric.kind, metric.unit);
  return (
    <div
      role="gridcell"
      className={classes.card}
      style={{ height: size.height }}
      data-index={index}
      tabIndex={tabbable ? 0 : -1}
      aria-label={`${name}${metric && value ? `, ${describe(value, metric, card.severity)}` : ""}`}
      onDoubleClick={() => onOpen(card.row, index)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.target === event.currentTarget) onOpen(card.row, index);
      }}
    >
      <CardPicture
        key={card.image_row}
        project={project}
        scope={scope}
        card={card}
        size={size}
        overlay={overlay}
        classesByRow={classesByRow}
      />
      <div className={classes.caption}>
        {scope === "annotation" && (
          <span className="dot" style={{ background: info?.color ?? "#9d9b93" }} aria-hidden />
        )}
        <span
          className={`truncate ${scope === "image" ? (classes.file ?? "") : ""}`}
          title={scope === "image" ? card.file_name : undefined}
        >
          <bdi>{name}</bdi>
        </span>
        {metric && value && (
          <span
            className={classes.value}
            title={
              card.value === null
                ? `${metric.title} has no value for this ${scope}: it is undefined here, or not yet measured.`
                : describe(value, metric, card.severity)
            }
          >
            <SeverityMark severity={card.severity} tone="picture" />
            {formatValueShort(card.value, metric.kind, metric.unit)}
          </span>
        )}
      </div>
      <button
        type="button"
        className={classes.expand}
        tabIndex={-1}
        aria-label={`Expand ${name}`}
        title="Expand (Enter)"
        onClick={() => onOpen(card.row, index)}
      >
        <IconArrowsDiagonal size={15} aria-hidden />
      </button>
    </div>
  );
});
