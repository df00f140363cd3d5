import { Menu } from "@mantine/core";
import {
  IconChartHistogram,
  IconChevronDown,
  IconLayoutGrid,
  IconSortAscending,
  IconSortDescending,
} from "@tabler/icons-react";
import type { ItemScope, MetricSummary, Scope } from "../../api/client";
import {
  defaultDirection,
  directionLabel,
  nextDirection,
  type CardSize,
  type ItemSearch,
} from "../../state/explorerSearch";
import { formatCount, formatCounted } from "../../state/format";
import { MetricSelect, type MetricGroup } from "./MetricSelect";
import { OverlayMenu } from "../drawing/OverlayMenu";
import styles from "./Toolbar.module.css";

export interface Range {
  first: number;
  last: number;
  total: number;
  /** Items that stand with the other one of their pair on its card. */
  folded: number;
}

interface Props {
  search: ItemSearch;
  groups: readonly MetricGroup[];
  metric: MetricSummary | undefined;
  range: Range | null;
  /** Whether the kind of items is chosen here. */
  scopes: boolean;
  /** Show the distribution of the metric; absent where it is shown, or there is none. */
  onUnfold?: () => void;
  onChange: (change: Partial<ItemSearch>) => void;
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
/** One of several, as items of a menu with a mark at the present one. */
function Choices<T extends string>({
  choices,
  value,
  onChoose,
}: {
  choices: readonly [T, string][];
  value: T;
  onChoose: (value: T) => void;
}) {
  return (
    <Menu.RadioGroup value={value} onChange={(chosen) => onChoose(chosen as T)}>
      {choices.map(([choice, label]) => (
        <Menu.RadioItem key={choice} value={choice} closeMenuOnClick>
          {label}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}

function ScopeMenu({ scope, onChoose }: { scope: ItemScope; onChoose: (scope: Scope) => void }) {
  return (
    <Menu position="bottom-start" width={160}>
      <Menu.Target>
        <button type="button" className="btn">
          {scope === "image" ? "Images" : "Annotations"} <IconChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Choices choices={SCOPES} value={scope === "image" ? "image" : "annotation"} onChoose={onChoose} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** How the items of the grid are ordered and shown, and where it stands. */
export function Toolbar({ search, groups, metric, range, scopes, onUnfold, onChange }: Props) {
  const direction = metric && (search.dir ?? defaultDirection(metric));
  const DirectionIcon = direction === "asc" ? IconSortAscending : IconSortDescending;
  return (
    <div className={styles.bar} role="toolbar" aria-label="What the grid shows">
      {scopes && (
        <ScopeMenu
          scope={search.scope}
          onChoose={(scope) => onChange({ scope, metric: undefined, dir: undefined })}
        />
      )}
      <MetricSelect
        scope={search.scope}
        groups={groups}
        chosen={metric}
        onChoose={(scope, key) => onChange({ scope, metric: key, dir: undefined, scale: "linear" })}
      />
      {metric && direction && (
        <button
          type="button"
          className="btn"
          title="Change the order"
          onClick={() => {
            const other = nextDirection(metric, direction);
            onChange({ dir: other === defaultDirection(metric) ? undefined : other });
          }}
        >
          <DirectionIcon size={15} aria-hidden />
          {directionLabel(metric, direction)}
        </button>
      )}
      {metric && onUnfold && (
        <button
          type="button"
          className="btn quiet"
          aria-label={`Distribution of ${metric.title}`}
          title={`Show the distribution of ${metric.title}`}
          onClick={onUnfold}
        >
          <IconChartHistogram size={15} aria-hidden />
        </button>
      )}
      <span className={styles.range} aria-live="off">
        {range?.total === 0 && "none"}
        {range !== null && range.total > 0 && (
          <>
            {formatCount(range.first + 1)}–{formatCount(range.last + 1)} of{" "}
            <b>{formatCount(range.total + range.folded)}</b>
            {range.folded > 0 && (
              <span
                title={`${formatCounted(range.total + range.folded, search.scope)}, of which ${formatCounted(range.folded, "pair")} stand on a card together`}
              >
                {" "}
                · {formatCounted(range.folded, "pair")}
              </span>
            )}
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
