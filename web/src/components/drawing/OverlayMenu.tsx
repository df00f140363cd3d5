import { Popover } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { Look, OverlayMode } from "../../state/explorerSearch";
import styles from "./OverlayMenu.module.css";

const MODES: [OverlayMode, string][] = [
  ["shapes", "Shapes"],
  ["boxes", "Boxes"],
  ["off", "Off"],
];

interface Props {
  search: Pick<Look, "overlay" | "labels" | "opacity">;
  onChange: (change: Partial<Look>) => void;
}

/** Which kind of overlay is drawn, whether with names, and how strongly. */
export function OverlayMenu({ search, onChange }: Props) {
  const off = search.overlay === "off";
  return (
    <Popover position="bottom-end" width={196} trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className="btn">
          Overlay <IconChevronDown size={14} aria-hidden />
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Overlay">
        <fieldset className={styles.choices}>
          <legend className="sr-only">What is drawn</legend>
          {MODES.map(([mode, label]) => (
            <label key={mode}>
              <input
                type="radio"
                name="overlay"
                checked={search.overlay === mode}
                onChange={() => onChange({ overlay: mode })}
              />
              {label}
            </label>
          ))}
        </fieldset>
        <div className={styles.choices}>
          <label>
            <input
              type="checkbox"
              checked={search.labels}
              disabled={off}
              onChange={() => onChange({ labels: !search.labels })}
            />
            Labels
          </label>
        </div>
        <div className={styles.opacity}>
          <label htmlFor="overlay-opacity">
            Opacity <span className="muted num">{search.opacity} %</span>
          </label>
          <input
            id="overlay-opacity"
            type="range"
            min={10}
            max={100}
            step={10}
            value={search.opacity}
            disabled={off}
            onChange={(event) => onChange({ opacity: event.currentTarget.valueAsNumber })}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
