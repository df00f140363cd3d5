import { Combobox, useCombobox } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import type { ItemScope, MetricSummary } from "../../api/client";
import { DATASET_ORDER } from "../../state/explorerSearch";
import { formatCount } from "../../state/format";
import { useFirstFound } from "../ui/useFirstFound";
import styles from "./MetricSelect.module.css";

/** Metrics under a heading, all of one kind of item. */
export interface MetricGroup {
  title: string;
  scope: ItemScope;
  metrics: readonly MetricSummary[];
  /** Whether they are those of the items' images. */
  borrowed?: boolean;
}

interface Props {
  scope: ItemScope;
  groups: readonly MetricGroup[];
  chosen: MetricSummary | undefined;
  onChoose: (scope: ItemScope, key: string) => void;
}

const SCOPES: readonly ItemScope[] = ["image", "annotation", "prediction"];

function matches(metric: MetricSummary, words: readonly string[]): boolean {
  const text = `${metric.title} ${metric.key} ${metric.summary}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function Option({ metric, active }: { metric: MetricSummary; active: boolean }) {
  return (
    <Combobox.Option value={`${metric.scope} ${metric.key}`} active={active}>
      <div className={styles.option}>
        <span>{metric.title}</span>
        <span className={styles.counts}>
          {metric.severe > 0 && <span className={styles.severe}>{formatCount(metric.severe)} severe</span>}
          {metric.moderate > 0 && (
            <span className={styles.moderate}>{formatCount(metric.moderate)} moderate</span>
          )}
        </span>
        <span className={styles.summary}>{metric.summary}</span>
      </div>
    </Combobox.Option>
  );
}

/** Chooses the metric that sorts; a metric of the other kind of item switches to that kind. */
export function MetricSelect({ scope, groups: all, chosen, onChoose }: Props) {
  const [search, setSearch] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
    onDropdownOpen: () => {
      combobox.focusSearchInput();
      combobox.selectActiveOption();
    },
  });
  useFirstFound(combobox, search);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = all.map((group) => ({
    ...group,
    found: group.metrics.filter((metric) => matches(metric, words)),
  }));
  const none = groups.every((group) => group.found.length === 0);

  return (
    <Combobox
      store={combobox}
      width={440}
      position="bottom-start"
      withinPortal
      onOptionSubmit={(value) => {
        const [chosenScope, key] = value.split(" ");
        onChoose(SCOPES.find((each) => each === chosenScope) ?? scope, key ?? DATASET_ORDER);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button">
        <button
          type="button"
          className={`btn ${styles.button}`}
          aria-label={`Sort by: ${chosen?.title ?? "dataset order"}`}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className="truncate">{chosen?.title ?? "Dataset order"}</span>
          <IconChevronDown size={14} className="right" aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          placeholder="Find a metric"
          aria-label="Find a metric"
          onChange={(event) => {
            setSearch(event.currentTarget.value);
          }}
        />
        <Combobox.Options aria-label="Metrics" tabIndex={0} mah={420} style={{ overflowY: "auto" }}>
          {words.length === 0 && (
            <Combobox.Option value={`${scope} ${DATASET_ORDER}`} active={chosen === undefined}>
              Dataset order
            </Combobox.Option>
          )}
          {groups.map(
            (group) =>
              group.found.length > 0 && (
                <Combobox.Group key={group.title} label={group.title} className={styles.group}>
                  {group.found.map((metric) => (
                    <Option
                      key={metric.key}
                      metric={metric}
                      active={metric.key === chosen?.key && metric.scope === chosen.scope}
                    />
                  ))}
                </Combobox.Group>
              ),
          )}
          {none && <Combobox.Empty>No metric is called that</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
