import { useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Card, ClassInfo, ItemScope, MetricSummary, Tag } from "../../api/client";
import type { Listing } from "../../api/queries";
import { chosenMetric, sortKey, type ItemSearch } from "../../state/explorerSearch";
import type { EvaluatedBy } from "../../state/outcomes";
import { allOf } from "../../state/queryText";
import { coversResult, NOTHING, toggleRow, toSent, type Selection } from "../../state/selection";
import { undoLast } from "../../state/undo";
import type { ObjectKind } from "../drawing/appearance";
import { ExpandedView, type TagTarget } from "../expanded/ExpandedView";
import { CardGrid, type GridHandle } from "../grid/CardGrid";
import { QueryBox } from "../query/QueryBox";
import { QueryChips } from "../query/QueryChips";
import { TagDialog } from "../tags/TagDialog";
import { useTagging } from "../tags/useTagging";
import { Toasts } from "../ui/Toasts";
import styles from "./ExplorerBody.module.css";
import { HistogramPanel } from "./HistogramPanel";
import { MetricPanel } from "./MetricPanel";
import type { MetricGroup } from "./MetricSelect";
import { SelectionTray } from "./SelectionTray";
import { Toolbar, type Range } from "./Toolbar";
import type { AppliedQuery } from "../query/useAppliedQuery";
import { usePageKeys } from "./usePageKeys";
import { useSelection } from "../grid/useSelection";

export type EmptyReason = "filter" | "broken" | "none";

interface Props {
  project: string;
  search: ItemSearch;
  applied: AppliedQuery;
  /** The evaluation that the items are judged by, and what then holds of all that are listed. */
  evaluatedBy?: EvaluatedBy;
  base?: string;
  /** Undefined until they are known. */
  classes: readonly ClassInfo[] | undefined;
  tags: readonly Tag[] | undefined;
  /** Whether all that the page needs is known. */
  ready: boolean;
  groups: readonly MetricGroup[];
  /** The metric to open with; absent: that of most outliers. */
  firstMetric?: string;
  /** About how many items there are without a query. */
  everything: number;
  placeholder: string;
  /** Beside the query box. */
  lead?: ReactNode;
  sidebar: ReactNode;
  banner?: ReactNode;
  /** In the metric's place where none is chosen. */
  aside: ReactNode;
  empty: (reason: EmptyReason) => ReactNode;
  /** Change the address; with `replace`, Back does not lead here again. */
  onNavigate: (changes: Partial<ItemSearch>, options: { replace: boolean }) => void;
}

const only = (row: number): Selection => toggleRow(NOTHING, row);

/** Blocks in the place of what is on its way. */
export function Waiting({ heights }: { heights: readonly number[] }) {
  return (
    <div className={styles.loading} aria-busy>
      {heights.map((height, at) => (
        <div key={at} className="skeleton" style={{ height }} />
      ))}
    </div>
  );
}

/** Whether a metric is one of the items' images. */
function isBorrowed(groups: readonly MetricGroup[], metric: MetricSummary): boolean {
  return groups.some((group) => group.borrowed === true && group.metrics.includes(metric));
}

function metricsOf(groups: readonly MetricGroup[], scope: ItemSearch["scope"]): readonly MetricSummary[] {
  return groups.filter((group) => group.scope === scope).flatMap((group) => group.metrics);
}

/** A query, the grid of the items that fulfil it, and the large view of one of them. */
export function ExplorerBody(props: Props) {
  const {
    project,
    search,
    applied,
    evaluatedBy,
    base = "",
    classes,
    tags,
    ready,
    groups,
    everything,
  } = props;
  const { onNavigate, empty } = props;
  const { scope, item } = search;
  const router = useRouter();
  const grid = useRef<GridHandle>(null);
  const openedHere = useRef(false);
  const lastPlace = useRef<{ scope: ItemScope; position: number } | null>(null);
  const [range, setRange] = useState<Range | null>(null);
  const [tagging, setTagging] = useState<{ scope: ItemScope; selection: Selection } | null>(null);

  // Beside an evaluation there is much else above the pictures: a distribution comes with a metric that is chosen.
  const [wanted, setUnfolded] = useState(evaluatedBy === undefined);
  const unfolded = wanted || search.metric !== undefined;
  const metric = chosenMetric(search, metricsOf(groups, scope), props.firstMetric);
  const sort = sortKey(metric, search.dir);
  const known = applied.text !== null;
  const broken = applied.problem !== null;
  const query = allOf([applied.text ?? "", base]);
  // Beside an evaluation an item's partner is what it is matched with.
  const foldPairs = evaluatedBy === undefined && metric?.pairs === true;
  const listing = useMemo<Listing>(
    () => ({ project, scope, query, metric: metric?.key ?? null, sort, foldPairs, evaluatedBy }),
    [project, scope, query, metric?.key, sort, foldPairs, evaluatedBy],
  );
  const selection = useSelection(listing, !broken);
  const applyTag = useTagging(project);
  const classesByRow = useMemo(() => new Map((classes ?? []).map((each) => [each.row, each])), [classes]);
  const tagColors = useMemo(() => new Map((tags ?? []).map((tag) => [tag.name, tag.color])), [tags]);
  const overlay = useMemo(
    () => ({ mode: search.overlay, labels: search.labels, opacity: search.opacity / 100 }),
    [search.overlay, search.labels, search.opacity],
  );

  const change = useCallback(
    (changes: Partial<ItemSearch>) => onNavigate(changes, { replace: true }),
    [onNavigate],
  );
  const filter = useCallback(
    (text: string) => onNavigate({ query: text, item: undefined }, { replace: false }),
    [onNavigate],
  );
  const open = useCallback(
    (row: number) => {
      openedHere.current = true;
      onNavigate({ item: row }, { replace: false });
    },
    [onNavigate],
  );
  const close = (): void => {
    if (openedHere.current) router.history.back();
    else change({ item: undefined });
    openedHere.current = false;
  };
  const openObject = (of: ObjectKind, row: number): void =>
    change(scope === of ? { item: row } : { scope: of, metric: undefined, dir: undefined, item: row });
  const keepPosition = useCallback(
    (position: number | null) => {
      lastPlace.current = position === null ? null : { scope, position };
    },
    [scope],
  );
  useEffect(() => {
    // However the expanded view is left, by Esc or by Back, the card of its last item gets the focus.
    if (item !== undefined || lastPlace.current === null) return;
    // One of another kind of item has no card here.
    if (lastPlace.current.scope === scope) grid.current?.focusCard(lastPlace.current.position);
    lastPlace.current = null;
  }, [item, scope]);
  const showRange = useCallback(
    (first: number, last: number, total: number, folded: number) => setRange({ first, last, total, folded }),
    [],
  );

  const { fix, count } = selection;
  const tagSelected = useCallback(
    () => void fix().then((fixed) => setTagging({ scope, selection: fixed })),
    [scope, fix],
  );
  const tagCard = useCallback(
    (card: Card) => {
      if (count > 0) tagSelected();
      // Tags of a prediction are those of its image.
      else if (scope === "prediction") setTagging({ scope: "image", selection: only(card.image_row) });
      else setTagging({ scope, selection: only(card.row) });
    },
    [scope, count, tagSelected],
  );
  const removeTag = (target: TagTarget, name: string): void =>
    void applyTag({ selection: toSent(only(target.row), target.scope), name, action: "remove" });
  const shownRange = known ? range : null;
  // A pair is one card, and all its items are part of the result.
  const total = shownRange === null ? 0 : shownRange.total + shownRange.folded;
  const selectAll = (): void => selection.selectAll(total);
  usePageKeys({
    undo: () => undoLast(project),
    selectAll: total > 0 ? selectAll : null,
    clear: count > 0 ? selection.clear : null,
    tag: count > 0 ? tagSelected : null,
  });

  const expanded = item !== undefined && ready && known;
  const Centre = evaluatedBy === undefined ? "main" : "div";
  return (
    <>
      <div className={styles.wrap} inert={expanded}>
        <nav className={styles.side} aria-label="Dataset">
          {props.sidebar}
        </nav>
        <Centre className={styles.main}>
          {evaluatedBy === undefined && <h1 className="sr-only">Explorer of {project}</h1>}
          <div className={styles.ask}>
            {props.lead}
            <QueryBox
              project={project}
              scope={scope}
              evaluatedBy={evaluatedBy}
              value={search.query}
              problem={applied.problem}
              placeholder={props.placeholder}
              hotkey
              onSubmit={filter}
            />
          </div>
          <QueryChips terms={applied.terms} onChange={filter} />
          <Toolbar
            search={search}
            groups={groups}
            metric={metric}
            range={shownRange}
            scopes={evaluatedBy === undefined}
            onUnfold={metric && known && !unfolded ? () => setUnfolded(true) : undefined}
            onChange={change}
          />
          {metric && known && unfolded && (
            <HistogramPanel
              key={`${metric.scope} ${metric.key}`}
              project={project}
              metric={metric}
              scale={search.scale ?? metric.scale}
              query={query}
              base={base}
              evaluatedBy={evaluatedBy}
              terms={applied.terms}
              onScale={(scale) => change({ scale })}
              onQuery={filter}
            />
          )}
          {!(ready && known) && !broken && <div className={`skeleton ${styles.histogram ?? ""}`} />}
          {props.banner}
          {ready && known && (
            <CardGrid
              ref={grid}
              listing={listing}
              metric={metric}
              expectedTotal={applied.text === search.query ? (applied.count ?? everything) : everything}
              cardSize={search.size}
              overlay={overlay}
              classesByRow={classesByRow}
              tagColors={tagColors}
              selection={selection}
              onOpen={open}
              onTag={tagCard}
              onRange={showRange}
              empty={empty(applied.text === "" ? "none" : "filter")}
            />
          )}
          {ready && broken && empty("broken")}
          {count > 0 && (
            <SelectionTray
              scope={scope}
              count={count}
              total={total}
              all={coversResult(selection.selection, query)}
              onAll={selectAll}
              onTag={tagSelected}
              onClear={selection.clear}
            />
          )}
        </Centre>
        <aside className={`${styles.side ?? ""} ${styles.right ?? ""}`} aria-label="Metric">
          {metric && (
            <MetricPanel
              project={project}
              metric={metric}
              query={known && !isBorrowed(groups, metric) ? query : null}
              evaluatedBy={evaluatedBy}
              onShow={filter}
            />
          )}
          {!ready && <Waiting heights={[22, 60, 24, 180]} />}
          {ready && !metric && props.aside}
        </aside>
      </div>
      {expanded && (
        <ExpandedView
          listing={listing}
          row={item}
          search={search}
          metric={metric}
          classesByRow={classesByRow}
          tagColors={tagColors}
          selected={selection.has(item)}
          onSelect={(position) => selection.toggle(item, position)}
          onTag={(target) => setTagging({ scope: target.scope, selection: only(target.row) })}
          onRemoveTag={removeTag}
          onStep={(row) => change({ item: row })}
          onOpen={openObject}
          onChange={change}
          onPosition={keepPosition}
          onClose={close}
        />
      )}
      {tagging !== null && (
        <TagDialog
          project={project}
          {...tagging}
          evaluatedBy={evaluatedBy}
          onClose={() => setTagging(null)}
        />
      )}
      <Toasts />
    </>
  );
}
