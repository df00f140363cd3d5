import { useState, type ReactNode, type Ref } from "react";
import type { OverlayMode } from "../../state/explorerSearch";
import type { DrawnShape } from "../drawing/draw";
import type { Rect, Size, Transform } from "../drawing/transform";
import styles from "./Sides.module.css";
import { Stage, type StageHandle } from "./Stage";

/** The picture with what is drawn on it by one set. */
export interface Pane {
  label: string;
  /** The item's own box; null where the item is the image. */
  focus: Rect | null;
  shapes: readonly DrawnShape[];
  caption: ReactNode;
}

interface Props {
  ref: Ref<StageHandle>;
  panes: readonly Pane[];
  picture: { url: string; natural: Size };
  size: Size;
  mode: OverlayMode;
  opacity: number;
  onScale: (scale: number) => void;
}

const ignore = (): void => undefined;

/** The picture once, or twice side by side: what is zoomed or dragged in one moves in the other, too. */
export function Stages({ ref, panes, onScale, ...shared }: Props) {
  const [moved, setMoved] = useState<Transform | null>(null);
  return (
    <div className={styles.stages} data-panes={panes.length}>
      {panes.map(({ caption, ...pane }, at) => (
        <div key={at === 0 ? "left" : "right"} className={styles.pane}>
          <Stage
            {...shared}
            {...pane}
            ref={at === 0 ? ref : undefined}
            moved={moved}
            onMoved={setMoved}
            onScale={at === 0 ? onScale : ignore}
          />
          {caption}
        </div>
      ))}
    </div>
  );
}
