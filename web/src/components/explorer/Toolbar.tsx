import { Menu } from "@mantine/core";
import {
  IconCheck,
  IconChevronDown,
  IconLayoutGrid,
  IconSortAscending,
  IconSortDescending,
} from "@tabler/icons-react";
import type { MetricSummary, Scope } from "../../api/client";
import {
  defaultDirection,
  directionLabel,
  type CardSize,
  type ExplorerSearch,
  type OverlayMode,
} from "../../state/explorerSearch";
import { formatCount } from "../../state/format";
import { MetricSelect } from "./MetricSelect";
import styles from "./Toolbar.module.css";

export interface Range {
  first: number;
  last: number;
  total: number;
}

interface Props {
  search: ExplorerSearch;
  metrics: Record<Scope, readonly MetricSummary[]>;
  metric: MetricSummary | undefined;
  range: Range | null;
  onChange: (change: Partial<ExplorerSearch>) => void;
}

const SCOPES: [Scope, string][] = [
  ["image", "Images"],
  ["annotation", "Annotations"],
];
const SIZES: [CardSize, string][] = [
  ["s", "Small"],
  ["m", "Medium"],
  ["l", "Large"],
  ["xl", "Very large"],
];
const MODES: [OverlayMode, string][] = [
  ["shapes", "Shapes"],
  ["boxes", "Boxes"],
  ["off", "Off"],
];

/** One of several, as items of a menu with a tick at the present one. */
function Choices<T extends string>({
  choices,
  value,
  onChoose,
}: {
  choices: readonly [T, string][];
  value: T;
  onChoose: (value: T) => void;
}) {
  return choices.map(([choice, label]) => (
    <Menu.Item
      key={choice}
      role="menuitemradio"
      aria-checked={choice === value}
      leftSection={<IconCheck size={14} style={{ visibility: choice === value ? "visible" : "hidden" }} />}
      onClick={() => onChoose(choice)}
    >
      {label}
    </Menu.Item>
  ));
}

/** Which kind of overlay is drawn, whether with names, and how strongly. */
export function OverlayMenu({
  search,
  onChange,
}: {
  search: Pick<ExplorerSearch, "overlay" | "labels" | "opacity">;
  onChange: (change: Partial<ExplorerSearch>) => void;
}) {
  return (
    <Menu position="bottom-end" width={196} closeOnItemClick={false}>
      <Menu.Target>
        <button type="button" className="btn">
          Overlay <IconChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Choices choices={MODES} value={search.overlay} onChoose={(overlay) => onChange({ overlay })} />
        <Menu.Divider />
        <Menu.Item
          role="menuitemcheckbox"
          aria-checked={search.labels}
          disabled={search.overlay === "off"}
          leftSection={<IconCheck size={14} style={{ visibility: search.labels ? "visible" : "hidden" }} />}
          onClick={() => onChange({ labels: !search.labels })}
        >
          Labels
        </Menu.Item>
        <Menu.Divider />
        <div className={styles.opacity}>
          <label htmlFor="overlay-opacity">
            Opacity <span className="muted">{search.opacity} %</span>
          </label>
          <input
            id="overlay-opacity"
            type="range"
            min={10}
            max={100}
            step={10}
            value={search.opacity}
            disabled={search.overlay === "off"}
            onChange={(event) => onChange({ opacity: event.currentTarget.valueAsNumber })}
          />
        </div>
      </Menu.Dropdown>
    </Menu>
  );
}

export function Toolbar({ search, metrics, metric, range, onChange }: Props) {
  const direction = metric && (search.dir ?? defaultDirection(metric));
  const DirectionIcon = direction === "asc" ? IconSortAscending : IconSortDescending;
  return (
    <div className={styles.bar} role="toolbar" aria-label="What the grid shows">
      <Menu position="bottom-start" width={160}>
        <Menu.Target>
          <button type="button" className="btn">
            {search.scope === "image" ? "Images" : "Annotations"} <IconChevronDown size={14} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Choices
            choices={SCOPES}
            value={search.scope}
            onChoose={(scope) => onChange({ scope, metric: undefined, dir: undefined })}
          />
        </Menu.Dropdown>
      </Menu>
      <MetricSelect
        scope={search.scope}
        metrics={metrics}
        chosen={metric}
        onChoose={(scope, key) => onChange({ scope, metric: key, dir: undefined, scale: "linear" })}
      />
      {metric && direction && (
        <button
          type="button"
          className="btn"
          title="Turn the order round"
          onClick={() => {
            const other = direction === "asc" ? "desc" : "asc";
            onChange({ dir: other === defaultDirection(metric) ? undefined : other });
          }}
        >
          <DirectionIcon size={15} aria-hidden />
          {directionLabel(metric, direction)}
        </button>
      )}
      <span className={styles.range} aria-live="off">
        {range !== null && range.total > 0 && (
          <>
            {formatCount(range.first + 1)}–{formatCount(range.last + 1)} of <b>{formatCount(range.total)}</b>
          </>
        )}
      </span>
      <Menu position="bottom-end" width={150}>
        <Menu.Target>
          <button type="button" className="btn" aria-label="Card size">
            <IconLayoutGrid size={15} aria-hidden />
            <IconChevronDown size={14} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Choices choices={SIZES} value={search.size} onChoose={(size) => onChange({ size })} />
        </Menu.Dropdown>
      </Menu>
      <OverlayMenu search={search} onChange={onChange} />
    </div>
  );
}
