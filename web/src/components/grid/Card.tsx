import {
  IconAlertTriangle,
  IconAlertTriangleFilled,
  IconArrowsDiagonal,
  IconCheck,
} from "@tabler/icons-react";
import { memo, type MouseEvent } from "react";
import type { Card as CardData, ClassInfo, MetricSummary, Severity } from "../../api/client";
import type { Listing } from "../../api/queries";
import { useReturns } from "../../state/connection";
import { formatValue, formatValueShort } from "../../state/format";
import { isCommand } from "../../state/keys";
import type { Size } from "../drawing/transform";
import classes from "./Card.module.css";
import { CardPicture, type Overlay } from "./CardPicture";
import { CardTags } from "./CardTags";
import { CardVerdict } from "./CardVerdict";

interface Props {
  listing: Listing;
  /** Undefined while it is being fetched: the cell is there already and may hold the focus. */
  card: CardData | undefined;
  index: number;
  tabbable: boolean;
  /** Of its picture. */
  size: Size;
  captionHeight: number;
  overlay: Overlay;
  metric: MetricSummary | undefined;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  tagColors: ReadonlyMap<string, string>;
  selected: boolean;
  /** Whether anything is ticked: then every card shows its box. */
  selecting: boolean;
  /** Tick the item or untick it; with `range`, everything from the last one on. */
  onSelect: (row: number, index: number, range: boolean) => void;
  onOpen: (row: number) => void;
}

/** A warning triangle: filled for severe, open for moderate. */
export function SeverityMark({ severity }: { severity: Severity }) {
  if (severity === "none") return null;
  const Icon = severity === "severe" ? IconAlertTriangleFilled : IconAlertTriangle;
  return (
    <Icon size={13} stroke={2} className={classes[severity]} role="img" aria-label={`${severity} outlier`} />
  );
}

function nameOf(
  scope: Listing["scope"],
  card: CardData,
  classesByRow: ReadonlyMap<number, ClassInfo>,
): string {
  if (scope === "image") return card.file_name;
  return (card.class_row === null ? undefined : classesByRow.get(card.class_row)?.name) ?? "no class";
}

function describe(card: CardData, metric: MetricSummary): string {
  const value = formatValue(card.value, metric.kind, metric.unit);
  return `${metric.title}: ${value}${card.severity === "none" ? "" : ` (${card.severity} outlier)`}`;
}

/** One cell of the grid. */
export const Card = memo(function Card(props: Props) {
  const { listing, card, index, tabbable, size, captionHeight, classesByRow, selected, onSelect, onOpen } =
    props;
  const name = card === undefined ? "" : nameOf(listing.scope, card, classesByRow);
  const open = (): void => {
    if (card !== undefined) onOpen(card.row);
  };
  const select = (event: MouseEvent): void => {
    if (card !== undefined) onSelect(card.row, index, event.shiftKey);
  };
  return (
    <div
      role="gridcell"
      className={`${classes.card ?? ""} ${card === undefined ? "skeleton" : ""}`}
      style={{ height: size.height + captionHeight }}
      data-index={index}
      tabIndex={tabbable ? 0 : -1}
      aria-busy={card === undefined}
      aria-selected={selected}
      aria-label={card === undefined ? "Loading" : undefined /* else its content is its name */}
      onClick={select}
      // Its two clicks have ticked the card and unticked it again.
      onDoubleClick={(event) => {
        if (!isCommand(event) && !event.shiftKey) open();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.target === event.currentTarget) open();
      }}
    >
      {card !== undefined && (
        <CardContent {...props} card={card} name={name} onTick={select} onExpand={open} />
      )}
    </div>
  );
});

type ContentProps = Omit<Props, "card"> & {
  card: CardData;
  name: string;
  onTick: (event: MouseEvent) => void;
  onExpand: () => void;
};

function CardContent({
  listing,
  card,
  name,
  size,
  overlay,
  metric,
  classesByRow,
  tagColors,
  selected,
  selecting,
  onTick,
  onExpand,
}: ContentProps) {
  const { scope } = listing;
  const returns = useReturns();
  const info = card.class_row === null ? undefined : classesByRow.get(card.class_row);
  return (
    <>
      <div className={classes.frame} style={{ height: size.height }}>
        <CardPicture
          key={`${card.row} ${returns}`}
          listing={listing}
          card={card}
          size={size}
          overlay={overlay}
          classesByRow={classesByRow}
        />
        {card.tags.length > 0 && <CardTags tags={card.tags} colors={tagColors} />}
      </div>
      <CardVerdict scope={scope} card={card} metric={metric?.key} classesByRow={classesByRow} />
      <div className={classes.caption}>
        {scope !== "image" && (
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
            <SeverityMark severity={card.severity} />
            {formatValueShort(card.value, metric.kind, metric.unit)}
          </span>
        )}
      </div>
      <button
        type="button"
        role="checkbox"
        aria-checked={selected}
        aria-label={`Select ${name}`}
        title="Select (X)"
        tabIndex={-1}
        className={classes.tick}
        data-shown={selecting}
        onClick={(event) => {
          event.stopPropagation();
          onTick(event);
        }}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {selected && <IconCheck size={13} stroke={3} aria-hidden />}
      </button>
      <button
        type="button"
        className={classes.expand}
        tabIndex={-1}
        aria-label={`Expand ${name}`}
        title="Expand (Enter)"
        onClick={(event) => {
          event.stopPropagation();
          onExpand();
        }}
      >
        <IconArrowsDiagonal size={15} aria-hidden />
      </button>
    </>
  );
}
