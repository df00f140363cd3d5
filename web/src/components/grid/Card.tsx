import { IconAlertTriangle, IconAlertTriangleFilled, IconArrowsDiagonal } from "@tabler/icons-react";
import { memo } from "react";
import type { Card as CardData, ClassInfo, MetricSummary, Scope, Severity } from "../../api/client";
import { useReturns } from "../../state/connection";
import { formatValue, formatValueShort } from "../../state/format";
import type { Size } from "../drawing/transform";
import classes from "./Card.module.css";
import { CardPicture, type Overlay } from "./CardPicture";

interface Props {
  project: string;
  scope: Scope;
  /** Undefined while it is being fetched: the cell is there already and may hold the focus. */
  card: CardData | undefined;
  index: number;
  tabbable: boolean;
  size: Size;
  overlay: Overlay;
  metric: MetricSummary | undefined;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  onOpen: (row: number) => void;
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

function nameOf(scope: Scope, card: CardData, classesByRow: ReadonlyMap<number, ClassInfo>): string {
  if (scope === "image") return card.file_name;
  return (card.class_row === null ? undefined : classesByRow.get(card.class_row)?.name) ?? "no class";
}

function describe(card: CardData, metric: MetricSummary): string {
  const value = formatValue(card.value, metric.kind, metric.unit);
  return `${metric.title}: ${value}${card.severity === "none" ? "" : ` (${card.severity} outlier)`}`;
}

/** One cell of the grid. */
export const Card = memo(function Card(props: Props) {
  const { scope, card, index, tabbable, size, classesByRow, onOpen } = props;
  const name = card === undefined ? "" : nameOf(scope, card, classesByRow);
  const open = (): void => {
    if (card !== undefined) onOpen(card.row);
  };
  return (
    <div
      role="gridcell"
      className={`${classes.card ?? ""} ${card === undefined ? "skeleton" : ""}`}
      style={{ height: size.height }}
      data-index={index}
      tabIndex={tabbable ? 0 : -1}
      aria-busy={card === undefined}
      aria-label={card === undefined ? "Loading" : undefined /* else its content is its name */}
      onDoubleClick={open}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.target === event.currentTarget) open();
      }}
    >
      {card !== undefined && <CardContent {...props} card={card} name={name} onExpand={open} />}
    </div>
  );
});

type ContentProps = Omit<Props, "card"> & { card: CardData; name: string; onExpand: () => void };

function CardContent({
  project,
  scope,
  card,
  name,
  size,
  overlay,
  metric,
  classesByRow,
  onExpand,
}: ContentProps) {
  const returns = useReturns();
  const info = card.class_row === null ? undefined : classesByRow.get(card.class_row);
  return (
    <>
      <CardPicture
        key={`${card.row} ${returns}`}
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
        <span className={`truncate ${scope === "image" ? (classes.file ?? "") : ""}`} title={name}>
          <bdi>{name}</bdi>
        </span>
        {scope === "image" && card.objects > card.shapes.length && (
          <span
            className={classes.partial}
            title={`${card.shapes.length} of ${card.objects} objects are drawn here; the large view draws all.`}
          >
            {card.shapes.length} of {card.objects} drawn
          </span>
        )}
        {metric && (
          <span
            className={classes.value}
            title={
              card.value === null
                ? `${metric.title} has no value for this ${scope}: it is undefined here, or not yet measured.`
                : describe(card, metric)
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
        onClick={onExpand}
      >
        <IconArrowsDiagonal size={15} aria-hidden />
      </button>
    </>
  );
}
