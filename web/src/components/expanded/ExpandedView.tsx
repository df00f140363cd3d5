import { useFocusTrap } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import {
  IconArrowLeft,
  IconArrowRight,
  IconFocusCentered,
  IconPhotoOff,
  IconPhotoX,
  IconX,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { ClassInfo, MetricSummary, Scope } from "../../api/client";
import { positionQuery, type Listing } from "../../api/queries";
import type { Look, OverlayMode } from "../../state/explorerSearch";
import { formatCount, formatPercent } from "../../state/format";
import type { ObjectKey, ObjectKind } from "../drawing/appearance";
import { ErrorPanel } from "../ui/ErrorPanel";
import { OverlayMenu } from "../drawing/OverlayMenu";
import { toRect } from "../grid/CardPicture";
import { CopyButton } from "../ui/CopyButton";
import styles from "./Expanded.module.css";
import { ObjectList } from "./ObjectList";
import { labelShapes } from "./objects";
import { SidePanel } from "./SidePanel";
import { flip, SideCaption, SideChooser } from "./Sides";
import type { StageHandle } from "./Stage";
import { Stages } from "./Stages";
import { usePrefetch, useShownItem } from "./useShownItem";
import { useSides } from "./useSides";

const ZOOM_STEP = 1.3;
const NEXT_MODE: Record<OverlayMode, OverlayMode> = { shapes: "boxes", boxes: "off", off: "shapes" };

/** Whose tags are changed: those of a prediction are its image's. */
export interface TagTarget {
  scope: Scope;
  row: number;
}

interface Props {
  listing: Listing;
  row: number;
  search: Look;
  metric: MetricSummary | undefined;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  tagColors: ReadonlyMap<string, string>;
  /** Whether the item is ticked. */
  selected: boolean;
  /** Tick the item or untick it, given its place in the result. */
  onSelect: (position: number | null) => void;
  onTag: (target: TagTarget) => void;
  onRemoveTag: (target: TagTarget, name: string) => void;
  onStep: (row: number) => void;
  /** Open an object of the image, of whichever kind. */
  onOpen: (of: ObjectKind, row: number) => void;
  onChange: (change: Partial<Look>) => void;
  /** Told where the shown item stands, so that its card gets the focus in the end. */
  onPosition: (position: number | null) => void;
  onClose: () => void;
}

/** "3 of 63"; an item that a link has opened may stand outside the filter. */
function placeText(place: { position: number | null; total: number } | undefined, known: boolean): string {
  if (place?.position != null) return `${formatCount(place.position + 1)} of ${formatCount(place.total)}`;
  return known ? "Not in the result" : "…";
}

/** One item large, with everything that is known of it. */
export function ExpandedView({
  listing,
  row,
  search,
  metric,
  classesByRow,
  tagColors,
  selected,
  onSelect,
  onTag,
  onRemoveTag,
  onStep,
  onOpen,
  onChange,
  onPosition,
  onClose,
}: Props) {
  const { scope, evaluatedBy } = listing;
  const trap = useFocusTrap();
  const stage = useRef<StageHandle>(null);
  const [scale, setScale] = useState(1);
  const [lit, setLit] = useState<ObjectKey | null>(null);
  const [hiding, setHiding] = useState<{ image: number; keys: ReadonlySet<ObjectKey> }>({
    image: -1,
    keys: new Set(),
  });
  const { shown, error, retry } = useShownItem(listing, row);
  const position = useQuery(positionQuery(listing, row));
  usePrefetch(listing, [position.data?.next, position.data?.previous]);

  const imageRow = shown?.image.row ?? -1;
  const hidden = useMemo(
    () => (hiding.image === imageRow ? hiding.keys : new Set<ObjectKey>()),
    [hiding, imageRow],
  );
  const show = (keys: readonly ObjectKey[], wanted: boolean): void => {
    const left = new Set(hidden);
    for (const key of keys) {
      if (wanted) left.delete(key);
      else left.add(key);
    }
    setHiding({ image: imageRow, keys: left });
  };

  const isEvaluated = evaluatedBy !== undefined;
  const { drawn: sides, other } = useSides(listing, shown, search.sides, metric?.key, classesByRow);
  // A prediction is the first set's, whichever is drawn.
  const item = scope === "prediction" ? shown : (sides[0].item ?? shown);
  const { objects } = sides[0];
  const size = useMemo(
    () =>
      shown?.image.width != null && shown.image.height != null
        ? { width: shown.image.width, height: shown.image.height }
        : (shown?.picture?.natural ?? { width: 1, height: 1 }),
    [shown],
  );
  // 100 % is a pixel of the file for a pixel of the screen, also where the server sends a smaller version.
  const picture = useMemo(() => {
    if (!shown?.picture) return null;
    const { natural, url } = shown.picture;
    const width = Math.max(natural.width, shown.image.file_width ?? 0);
    return { url, natural: { width, height: Math.max(natural.height, shown.image.file_height ?? 0) } };
  }, [shown]);
  const partner = objects.find((each) => each.letter === "B");
  const itemBox = toRect(objects.find((each) => each.role === "strong")?.shape.box);
  const { previous, next } = position.data ?? {};
  const neighboursKnown = position.data !== undefined && !position.isPlaceholderData;
  const waitingStep = useRef<"previous" | "next" | null>(null);
  const step = (direction: "previous" | "next"): void => {
    waitingStep.current = neighboursKnown ? null : direction; // taken as soon as the neighbours are known
    const target = position.data?.[direction];
    if (neighboursKnown && typeof target === "number") onStep(target);
  };
  useEffect(() => {
    if (!neighboursKnown || waitingStep.current === null) return;
    const target = waitingStep.current === "next" ? next : previous;
    waitingStep.current = null;
    if (typeof target === "number") onStep(target);
  }, [neighboursKnown, next, previous, onStep]);
  const at = position.isPlaceholderData ? null : (position.data?.position ?? null);
  useEffect(() => onPosition(at), [onPosition, at]);

  const target: TagTarget = scope === "prediction" ? { scope: "image", row: imageRow } : { scope, row };
  const tag = (): void => {
    if (shown !== null) onTag(target);
  };
  const actions: Record<string, () => void> = {
    Escape: onClose,
    ArrowLeft: () => step("previous"),
    ArrowRight: () => step("next"),
    "0": () => stage.current?.fit(),
    "1": () => stage.current?.actualSize(),
    "+": () => stage.current?.zoom(ZOOM_STEP),
    "=": () => stage.current?.zoom(ZOOM_STEP),
    "-": () => stage.current?.zoom(1 / ZOOM_STEP),
    z: () => itemBox && stage.current?.zoomTo(itemBox),
    b: () => onChange({ overlay: NEXT_MODE[search.overlay] }),
    l: () => onChange({ labels: !search.labels }),
    x: () => onSelect(at),
    t: tag,
    ...(other !== null && {
      f: () => onChange({ sides: flip(search.sides) }),
      v: () => onChange({ sides: search.sides === "both" ? undefined : "both" }),
    }),
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    // Keys of a menu that hangs elsewhere in the page also arrive here.
    if (!event.currentTarget.contains(event.target as Node)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const lists = isEvaluated
    ? [
        ...sides.map((side) => ({
          title:
            sides.length === 1
              ? "Predictions in this image"
              : `Predictions of ${side.evaluatedBy?.predictions ?? ""}`,
          kept: side.objects.filter(({ shape }) => shape.of === "prediction"),
        })),
        {
          title: "Annotations in this image",
          kept: objects.filter(({ shape }) => shape.of === "annotation"),
        },
      ]
    : [{ title: "Objects in this image", kept: objects }];
  const object = shown?.annotation ?? shown?.prediction;
  const missing = shown !== null && shown.picture === null;
  const MissingIcon = shown?.image.status === "missing" ? IconPhotoOff : IconPhotoX;

  return (
    // A dialog takes keys for all that is in it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={trap}
      className={styles.dialog}
      role="dialog"
      aria-modal="true"
      aria-label={shown === null ? "Item" : `${object?.class_name ?? "Image"} ${shown.image.file_name}`}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div className={styles.left} tabIndex={-1} data-autofocus>
        {shown !== null && picture !== null && (
          <Stages
            // Another object of the image is looked at anew.
            key={`${shown.image.row} ${row} ${sides.length}`}
            ref={stage}
            panes={sides.map((side) => ({
              label: `Image ${shown.image.file_name}${other === null ? "" : `, by ${side.evaluatedBy?.predictions ?? ""}`}`,
              focus: itemBox,
              shapes: labelShapes(side.objects, { hidden, lit, labels: search.labels }),
              caption: other !== null && (
                <SideCaption project={listing.project} side={side} classesByRow={classesByRow} />
              ),
            }))}
            picture={picture}
            size={size}
            mode={search.overlay}
            opacity={search.opacity / 100}
            onScale={setScale}
          />
        )}
        {missing && (
          <div className={styles.unshown}>
            <MissingIcon size={40} stroke={1.25} aria-hidden />
            <b>{shown.image.status === "missing" ? "This file is not there" : "This file cannot be shown"}</b>
            <span className="row">
              <span className="mono">{shown.image.path}</span>
              <CopyButton text={shown.image.path} what="the path" />
            </span>
            {shown.image.status_detail !== null && <span>{shown.image.status_detail}</span>}
            <span>
              {shown.image.status === "unreadable"
                ? "Put a whole file in its place"
                : "Put the file back, or correct the folder"}
              , then run <code className="mono">assay refresh</code>.
            </span>
          </div>
        )}
        {shown?.picture === undefined && error === null && (
          <div className={`skeleton ${styles.waiting ?? ""}`} />
        )}
        {shown === null && error !== null && <ErrorPanel error={error} onRetry={retry} />}
        <div className={styles.tools} role="toolbar" aria-label="Picture">
          <button type="button" className="btn" onClick={onClose} aria-label="Close Esc">
            <IconX size={14} aria-hidden /> <span className="kbd">Esc</span>
          </button>
          <button
            type="button"
            className={`btn ${styles.percent ?? ""}`}
            title="Show at 100 % (1)"
            onClick={actions["1"]}
          >
            {missing ? "–" : formatPercent(scale)}
          </button>
          <button type="button" className="btn" title="Fit (0 or double click)" onClick={actions["0"]}>
            Fit <span className="kbd">0</span>
          </button>
          <button
            type="button"
            className="btn icon"
            aria-label="Zoom out"
            title="Zoom out (−)"
            onClick={actions["-"]}
          >
            <IconZoomOut size={15} aria-hidden />
          </button>
          <button
            type="button"
            className="btn icon"
            aria-label="Zoom in"
            title="Zoom in (+)"
            onClick={actions["+"]}
          >
            <IconZoomIn size={15} aria-hidden />
          </button>
          {itemBox !== null && (
            <button type="button" className="btn" title="Zoom to the object" onClick={actions.z}>
              <IconFocusCentered size={15} aria-hidden /> Object <span className="kbd">Z</span>
            </button>
          )}
          <OverlayMenu search={search} onChange={onChange} />
        </div>
        {other !== null && (
          <SideChooser
            first={other.other ?? ""}
            second={other.predictions}
            sides={search.sides}
            onChoose={(chosen) => onChange({ sides: chosen })}
          />
        )}
        <div className={styles.steps}>
          <button
            type="button"
            className="btn icon"
            aria-label="Previous item"
            title="Previous (←)"
            disabled={typeof previous !== "number"}
            onClick={actions.ArrowLeft}
          >
            <IconArrowLeft size={15} aria-hidden />
          </button>
          <span className={`btn ${styles.count ?? ""}`} role="status">
            {placeText(position.data, neighboursKnown)}
          </span>
          <button
            type="button"
            className="btn icon"
            aria-label="Next item"
            title="Next (→)"
            disabled={typeof next !== "number"}
            onClick={actions.ArrowRight}
          >
            <IconArrowRight size={15} aria-hidden />
          </button>
        </div>
      </div>
      {shown === null ? (
        <div className={styles.side} aria-busy={error === null}>
          {error === null &&
            [28, 90, 300, 160].map((height) => <div key={height} className="skeleton" style={{ height }} />)}
        </div>
      ) : (
        <SidePanel
          item={item ?? shown}
          scope={scope}
          metric={metric}
          classesByRow={classesByRow}
          classInfo={object?.class_row == null ? undefined : classesByRow.get(object.class_row)}
          tagColors={tagColors}
          selected={selected}
          onSelect={() => onSelect(at)}
          onTag={tag}
          onRemoveTag={(name) => onRemoveTag(target, name)}
          drawnPartner={partner ? { row: partner.shape.row, color: partner.color } : null}
          onOpen={onOpen}
          objects={lists.map(({ title, kept }) => (
            <ObjectList
              key={title}
              title={title}
              objects={kept}
              hidden={hidden}
              onLight={setLit}
              onShow={show}
              onOpen={onOpen}
            />
          ))}
        />
      )}
    </div>
  );
}
