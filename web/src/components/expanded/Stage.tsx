import { useElementSize, useMergedRef } from "@mantine/hooks";
import {
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  type Dispatch,
  type PointerEvent,
  type Ref,
  type SetStateAction,
} from "react";
import type { OverlayMode } from "../../state/explorerSearch";
import { drawShapes, prepareCanvas, type DrawnShape } from "../drawing/draw";
import { centre, fit, keepInSight, zoomAt, type Rect, type Size, type Transform } from "../drawing/transform";
import styles from "./Expanded.module.css";

/** Room round the fitted picture; above and below stand the buttons. */
const MARGIN = { x: 28, y: 52 };
/** Objects that cover less of the picture are brought nearer at first, up to so many times. */
const SMALL_SHARE = 0.08;
const MOST_NEAR = 4;
const WHEEL_SPEED = 0.0016;
const PIXELATED_FROM = 3;

export interface StageHandle {
  fit: () => void;
  actualSize: () => void;
  zoom: (factor: number) => void;
  zoomTo: (box: Rect) => void;
}

interface Props {
  ref?: Ref<StageHandle> | undefined;
  picture: { url: string; natural: Size };
  /** The size in which shapes are given. */
  size: Size;
  label: string;
  /** The item's own box; null where the item is the image. */
  focus: Rect | null;
  shapes: readonly DrawnShape[];
  mode: OverlayMode;
  opacity: number;
  /** Where it has been moved to; null until then: it follows the window's size. */
  moved: Transform | null;
  onMoved: Dispatch<SetStateAction<Transform | null>>;
  onScale: (scale: number) => void;
}

/** A picture that can be zoomed and dragged, with its objects drawn sharply at any zoom. */
export function Stage(props: Props) {
  const { ref, picture, size, label, focus, shapes, mode, opacity, moved, onScale } = props;
  const { onMoved: setMoved } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const element = useRef<HTMLDivElement>(null);
  const { ref: measured, width, height } = useElementSize<HTMLDivElement>();
  const merged = useMergedRef(element, measured);
  const drag = useRef<{ x: number; y: number; view: Transform } | null>(null);

  const surface = useMemo(
    () => ({ width: Math.max(1, width), height: Math.max(1, height) }),
    [width, height],
  );
  const fitted = useMemo(() => {
    const inner = { width: surface.width - 2 * MARGIN.x, height: surface.height - 2 * MARGIN.y };
    const view = fit(size, inner);
    return { ...view, x: view.x + MARGIN.x, y: view.y + MARGIN.y };
  }, [size, surface]);
  const around = (box: Rect, most = Infinity): Transform => {
    const scale = Math.min(most, Math.max(fitted.scale, fit(box, surface, surface.height / 4).scale));
    return {
      scale,
      x: surface.width / 2 - (box.x + box.width / 2) * scale,
      y: surface.height / 2 - (box.y + box.height / 2) * scale,
    };
  };
  const isSmall = focus !== null && focus.width * focus.height < SMALL_SHARE * size.width * size.height;
  const home = isSmall ? around(focus, MOST_NEAR * fitted.scale) : fitted;
  const view = moved ?? home;
  const least = Math.min(fitted.scale, 1) / 2;

  const zoom = (factor: number, x: number, y: number): void =>
    setMoved((before) => keepInSight(zoomAt(before ?? home, factor, x, y, least), size, surface));

  useImperativeHandle(ref, () => ({
    fit: () => setMoved(fitted),
    actualSize: () => setMoved(centre(size, surface, picture.natural.width / size.width)),
    zoom: (factor) => zoom(factor, surface.width / 2, surface.height / 2),
    zoomTo: (box) => setMoved(around(box)),
  }));

  useEffect(() => onScale((view.scale * size.width) / picture.natural.width), [onScale, view, size, picture]);

  useEffect(() => {
    const stage = element.current;
    if (stage === null) return undefined;
    // Attached by hand, since React's own wheel listener cannot keep the page from scrolling.
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const factor = Math.exp(-event.deltaY * unit * WHEEL_SPEED * (event.ctrlKey ? 4 : 1));
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      setMoved((before) => keepInSight(zoomAt(before ?? home, factor, x, y, least), size, surface));
    };
    stage.addEventListener("wheel", onWheel, { passive: false });
    return () => stage.removeEventListener("wheel", onWheel);
  });

  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = prepareCanvas(canvas.current, surface);
    if (context === null || mode === "off") return;
    drawShapes(context, shapes, view, { mode, opacity, lineWidth: 2.5, imageSize: size });
  }, [shapes, view, surface, width, mode, opacity, size]);

  const onPointerMove = (event: PointerEvent): void => {
    const start = drag.current;
    if (start === null) return;
    const next = {
      scale: start.view.scale,
      x: start.view.x + event.clientX - start.x,
      y: start.view.y + event.clientY - start.y,
    };
    setMoved(keepInSight(next, size, surface));
  };

  return (
    <div ref={merged} className={styles.stage}>
      {/* Keys for zooming are taken by the dialog round it. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        className={styles.surface}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY, view };
        }}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          drag.current = null;
        }}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onDoubleClick={() => setMoved(fitted)}
      >
        {width > 0 && (
          <img
            className={styles.picture}
            src={picture.url}
            alt={label}
            draggable={false}
            style={{
              width: size.width,
              height: size.height,
              transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
              imageRendering:
                (view.scale * size.width) / picture.natural.width >= PIXELATED_FROM ? "pixelated" : "auto",
            }}
          />
        )}
        <canvas ref={canvas} className={styles.overlay} aria-hidden />
      </div>
    </div>
  );
}
