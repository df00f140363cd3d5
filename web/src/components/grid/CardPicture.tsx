import { useQuery } from "@tanstack/react-query";
import { IconPhotoOff, IconPhotoX } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Card, ClassInfo } from "../../api/client";
import { cropQuery, thumbnailUrl, type Listing } from "../../api/queries";
import type { OverlayMode } from "../../state/explorerSearch";
import { appearanceOf, isClutter, keyOf, type Focus } from "../drawing/appearance";
import { drawShapes, prepareCanvas } from "../drawing/draw";
import { frame, type Rect, type Size } from "../drawing/transform";
import classes from "./Card.module.css";

export interface Overlay {
  mode: OverlayMode;
  labels: boolean;
  /** 0 to 1. */
  opacity: number;
}

interface Props {
  listing: Listing;
  card: Card;
  size: Size;
  overlay: Overlay;
  classesByRow: ReadonlyMap<number, ClassInfo>;
}

const MAX_ZOOM = 2.5;
/** Objects smaller than this share of their image are shown by the crop, which is sharp. */
const SMALL = 0.25;

function focusOf(scope: Listing["scope"], { row, partner_row, partner_of }: Card): Focus {
  if (scope === "image") return { item: null, partner: null };
  const partner = partner_row === null ? null : keyOf({ of: partner_of ?? scope, row: partner_row });
  return { item: keyOf({ of: scope, row }), partner };
}

export function toRect(box: readonly number[] | null | undefined): Rect | null {
  if (box === null || box === undefined) return null;
  const [x = 0, y = 0, width = 0, height = 0] = box;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

function union(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** What stands in a card for an image that cannot be shown. */
function MissingPicture({ status, name }: { status: "missing" | "unreadable"; name: string | null }) {
  const Icon = status === "missing" ? IconPhotoOff : IconPhotoX;
  return (
    <div className={classes.missing}>
      <Icon size={22} stroke={1.5} aria-hidden />
      <span>{status === "missing" ? "File not found" : "Cannot be read"}</span>
      {name !== null && <span className={`mono ${classes.missingName}`}>{name}</span>}
    </div>
  );
}

export function CardPicture({ listing, card, size, overlay, classesByRow }: Props) {
  const { project, scope, evaluatedBy } = listing;
  const [failed, setFailed] = useState(false);
  const [loaded, setLoaded] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const known = card.width !== null && card.height !== null;
  const image = useMemo<Rect>(
    () => ({ x: 0, y: 0, width: card.width ?? 4, height: card.height ?? 3 }),
    [card.width, card.height],
  );
  const focus = useMemo(() => focusOf(scope, card), [scope, card]);
  const { object, pair } = useMemo(() => {
    const boxOf = (key: Focus["item"]): Rect | null =>
      toRect(key === null ? null : card.shapes.find((shape) => keyOf(shape) === key)?.box);
    const [own, partner] = [boxOf(focus.item), boxOf(focus.partner)];
    return { object: own, pair: own !== null && partner !== null ? union(own, partner) : own };
  }, [card, focus]);
  const small = object !== null && Math.max(object.width / image.width, object.height / image.height) < SMALL;
  const shown = card.status !== "missing" && card.status !== "unreadable" && !failed;
  const set = scope === "prediction" ? evaluatedBy?.predictions : undefined;
  const crop = useQuery({ ...cropQuery(project, card.row, set), enabled: small && shown });
  const region = crop.data?.region;
  const waiting = small && crop.isPending;

  const source = useMemo<Rect>(() => {
    if (!small || !region) return image;
    const [x, y, width, height] = region;
    return { x, y, width, height };
  }, [small, region, image]);
  const view = useMemo(
    () => frame(source, source === image ? pair : object, size, MAX_ZOOM),
    [source, image, pair, object, size],
  );

  const isEvaluated = evaluatedBy !== undefined;
  useEffect(() => {
    if (canvas.current === null) return;
    const context = prepareCanvas(canvas.current, size);
    if (context === null || overlay.mode === "off" || !loaded || !known) return;
    const drawn = card.shapes
      .map((shape) => appearanceOf(shape, focus, isEvaluated, classesByRow))
      .filter((each) => !isClutter(each))
      .map((each) => ({ ...each, label: overlay.labels && each.role !== "faint" ? each.title : null }));
    drawShapes(context, drawn, view, {
      mode: overlay.mode,
      opacity: overlay.opacity,
      lineWidth: size.width > 200 ? 2.5 : 2,
      imageSize: image,
    });
  }, [card, classesByRow, focus, image, isEvaluated, known, loaded, overlay, size, view]);

  if (!shown) {
    return (
      <MissingPicture
        status={card.status === "missing" ? "missing" : "unreadable"}
        name={scope === "image" ? null : card.file_name}
      />
    );
  }
  return (
    <>
      {!waiting && (
        <img
          className={classes.picture}
          data-loaded={loaded}
          src={small && crop.data?.region ? crop.data.url : thumbnailUrl(project, card.image_row)}
          alt=""
          draggable={false}
          decoding="async"
          style={
            known
              ? {
                  left: source.x * view.scale + view.x,
                  top: source.y * view.scale + view.y,
                  width: source.width * view.scale,
                  height: source.height * view.scale,
                }
              : { inset: 0, width: "100%", height: "100%", objectFit: "cover" }
          }
          onLoad={() => setLoaded(true)}
          onError={() => setFailed(true)}
        />
      )}
      <canvas ref={canvas} className={classes.overlay} aria-hidden />
    </>
  );
}
