import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { isBusy, ServerGone, type MetricSummary, type Scope } from "../api/client";
import { classesQuery, metricsQuery, projectQuery, type Listing } from "../api/queries";
import { tagsQuery } from "../api/tags";
import { ErrorPanel } from "../components/ErrorPanel";
import { ExpandedView } from "../components/expanded/ExpandedView";
import { EmptyResult } from "../components/explorer/EmptyResult";
import { FileBanner } from "../components/explorer/FileBanner";
import { HistogramPanel } from "../components/explorer/HistogramPanel";
import { MetricPanel } from "../components/explorer/MetricPanel";
import { SelectionTray } from "../components/explorer/SelectionTray";
import { Sidebar } from "../components/explorer/Sidebar";
import { Toolbar, type Range } from "../components/explorer/Toolbar";
import { useAppliedQuery } from "../components/explorer/useAppliedQuery";
import { useTagsOfOthers } from "../components/tags/useTagsOfOthers";
import { usePageKeys } from "../components/explorer/usePageKeys";
import { useSelection } from "../components/explorer/useSelection";
import { CardGrid, type GridHandle } from "../components/grid/CardGrid";
import { QueryBox } from "../components/query/QueryBox";
import { QueryChips } from "../components/query/QueryChips";
import { TagDialog } from "../components/tags/TagDialog";
import { TagManager } from "../components/tags/TagManager";
import { useTagging } from "../components/tags/useTagging";
import { Toasts } from "../components/Toasts";
import { chosenMetric, searchOfSort, sortKey, type ExplorerSearch } from "../state/explorerSearch";
import { coversResult, NOTHING, toggleRow, toSent, type Selection } from "../state/selection";
import { undoLast } from "../state/undo";
import styles from "./ExplorerPage.module.css";

const route = getRouteApi("/p/$project/explorer");
const BUSY_RETRY_MS = 3_000;
const NO_METRICS: MetricSummary[] = [];
const EXAMPLE = "class:person brightness<0.2 tag:review";

const only = (row: number): Selection => toggleRow(NOTHING, row);

function Waiting({ heights }: { heights: readonly number[] }) {
  return (
    <div className={styles.loading} aria-busy>
      {heights.map((height, at) => (
        <div key={at} className="skeleton" style={{ height }} />
      ))}
    </div>
  );
}

/** The items of a project that a query lets through, in the order of a metric. */
export function ExplorerPage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const { scope } = search;
  const navigate = route.useNavigate();
  const router = useRouter();
  const grid = useRef<GridHandle>(null);
  const openedHere = useRef(false);
  const lastPosition = useRef<number | null>(null);
  const [range, setRange] = useState<Range | null>(null);
  const [tagging, setTagging] = useState<Selection | null>(null);
  const [managing, setManaging] = useState(false);

  const info = useQuery({
    ...projectQuery(project),
    // A project that another process holds opens by itself once it is free.
    refetchInterval: ({ state }) => (isBusy(state.error) ? BUSY_RETRY_MS : false),
  });
  const classes = useQuery(classesQuery(project));
  const tags = useQuery(tagsQuery(project));
  const ofImages = useQuery(metricsQuery(project, "image"));
  const ofAnnotations = useQuery(metricsQuery(project, "annotation"));
  const applied = useAppliedQuery(project, scope, search.query);

  useEffect(() => {
    document.title = `${project} · Assay`;
  }, [project]);

  const metrics = useMemo<Record<Scope, readonly MetricSummary[]>>(
    () => ({ image: ofImages.data ?? NO_METRICS, annotation: ofAnnotations.data ?? NO_METRICS }),
    [ofImages.data, ofAnnotations.data],
  );
  const metric = chosenMetric(search, metrics[scope]);
  const sort = sortKey(metric, search.dir);
  const query = applied.text ?? "";
  const known = applied.text !== null;
  const broken = applied.problem !== null;
  const listing = useMemo<Listing>(
    () => ({ project, scope, query, metric: metric?.key ?? null, sort }),
    [project, scope, query, metric?.key, sort],
  );
  const selection = useSelection(listing, !broken);
  const applyTag = useTagging(project);
  useTagsOfOthers(project);
  const classesByRow = useMemo(
    () => new Map((classes.data ?? []).map((each) => [each.row, each])),
    [classes.data],
  );
  const tagColors = useMemo(
    () => new Map((tags.data ?? []).map((tag) => [tag.name, tag.color])),
    [tags.data],
  );
  const overlay = useMemo(
    () => ({ mode: search.overlay, labels: search.labels, opacity: search.opacity / 100 }),
    [search.overlay, search.labels, search.opacity],
  );

  const change = useCallback(
    (changes: Partial<ExplorerSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  /** Go to another result: Back leads here again. */
  const goTo = useCallback(
    (changes: Partial<ExplorerSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...changes, item: undefined }) }),
    [navigate],
  );
  const filter = useCallback((text: string) => goTo({ query: text }), [goTo]);
  const open = useCallback(
    (row: number) => {
      openedHere.current = true;
      void navigate({ search: (before) => ({ ...before, item: row }) });
    },
    [navigate],
  );
  const close = (): void => {
    if (openedHere.current) router.history.back();
    else change({ item: undefined });
    openedHere.current = false;
  };
  const keepPosition = useCallback((position: number | null) => {
    lastPosition.current = position;
  }, []);
  const expandedItem = search.item !== undefined;
  useEffect(() => {
    // However the expanded view is left, by Esc or by Back, the card of its last item gets the focus.
    if (expandedItem || lastPosition.current === null) return;
    grid.current?.focusCard(lastPosition.current);
    lastPosition.current = null;
  }, [expandedItem]);
  const showRange = useCallback(
    (first: number, last: number, total: number) => setRange({ first, last, total }),
    [],
  );

  const { fix, count } = selection;
  const tagItems = useCallback(
    (row: number | null) => {
      if (count > 0) void fix().then(setTagging);
      else if (row !== null) setTagging(only(row));
    },
    [count, fix],
  );
  const shownRange = known ? range : null;
  const total = shownRange?.total ?? 0;
  const selectAll = (): void => selection.selectAll(total);
  usePageKeys({
    undo: () => undoLast(project),
    selectAll: total > 0 ? selectAll : null,
    clear: count > 0 ? selection.clear : null,
    tag: count > 0 ? () => tagItems(null) : null,
  });

  const queries = [info, classes, tags, ofImages, ofAnnotations];
  const failure = (error: Error | null): Error | null => (error instanceof ServerGone ? null : error);
  const failed = queries.map((each) => failure(each.error)).find((error) => error !== null);
  if (failed != null || failure(applied.error) !== null) {
    return (
      <ErrorPanel
        error={failed ?? applied.error ?? new Error("The query could not be read.")}
        onRetry={() => {
          for (const each of queries) if (each.isError) void each.refetch();
        }}
      />
    );
  }
  const ready = queries.every((each) => each.data !== undefined);
  const expanded = search.item !== undefined && ready && known;
  const everything = scope === "image" ? (info.data?.images ?? 0) : (info.data?.annotations ?? 0);
  const emptyReason = query !== "" ? "filter" : "none";
  const empty = (reason: "filter" | "broken" | "none") => (
    <EmptyResult
      scope={scope}
      reason={reason}
      images={info.data?.images ?? 0}
      terms={applied.terms}
      onClear={() => filter("")}
      onImages={() => goTo({ scope: "image", metric: undefined, dir: undefined })}
    />
  );

  return (
    <>
      <div className={styles.wrap} inert={expanded}>
        <nav className={styles.side} aria-label="Dataset">
          {ready && info.data && tags.data ? (
            <Sidebar
              project={project}
              info={info.data}
              tags={tags.data}
              scope={scope}
              present={{ scope, query: search.query, sort }}
              terms={applied.terms}
              onQuery={filter}
              onOpenView={(view) =>
                goTo({
                  scope: view.scope,
                  query: view.query,
                  ...searchOfSort(view.sort, metrics[view.scope]),
                })
              }
              onManageTags={() => setManaging(true)}
            />
          ) : (
            <Waiting heights={[22, 22, 22, 22, 22, 22, 22, 22]} />
          )}
        </nav>
        <main className={styles.main}>
          <h1 className="sr-only">Explorer of {project}</h1>
          <QueryBox
            project={project}
            scope={scope}
            value={search.query}
            problem={applied.problem}
            placeholder={`Filter, for example ${EXAMPLE}`}
            hotkey
            onSubmit={filter}
          />
          <QueryChips terms={applied.terms} onChange={filter} />
          <Toolbar search={search} metrics={metrics} metric={metric} range={shownRange} onChange={change} />
          {metric && known && (
            <HistogramPanel
              key={`${metric.scope} ${metric.key}`}
              project={project}
              metric={metric}
              scale={search.scale}
              query={query}
              terms={applied.terms}
              onScale={(scale) => change({ scale })}
              onQuery={filter}
            />
          )}
          {!(ready && known) && !broken && <div className={`skeleton ${styles.histogram ?? ""}`} />}
          {info.data && <FileBanner status={info.data.image_status} onShow={filter} />}
          {ready && known && (
            <CardGrid
              ref={grid}
              listing={listing}
              metric={metric}
              expectedTotal={query === search.query ? (applied.count ?? everything) : everything}
              cardSize={search.size}
              overlay={overlay}
              classesByRow={classesByRow}
              tagColors={tagColors}
              selection={selection}
              onOpen={open}
              onTag={tagItems}
              onRange={showRange}
              empty={empty(emptyReason)}
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
              onTag={() => tagItems(null)}
              onClear={selection.clear}
            />
          )}
        </main>
        <aside className={`${styles.side ?? ""} ${styles.right ?? ""}`} aria-label="Metric">
          {metric && <MetricPanel project={project} metric={metric} query={applied.text} onShow={filter} />}
          {!ready && <Waiting heights={[22, 60, 24, 180]} />}
          {ready && !metric && (
            <p className="muted">
              {everything === 0
                ? `There are no ${scope}s to measure.`
                : metrics[scope].length === 0
                  ? "No metric has been measured yet. They appear here when the import has measured them."
                  : "The items stand in the dataset's own order. Choose a metric to see the most unusual first."}
            </p>
          )}
        </aside>
      </div>
      {expanded && search.item !== undefined && (
        <ExpandedView
          listing={listing}
          row={search.item}
          search={search}
          metric={metric}
          classesByRow={classesByRow}
          tagColors={tagColors}
          selected={selection.has(search.item)}
          onSelect={(position) => selection.toggle(search.item ?? 0, position)}
          onTag={() => setTagging(only(search.item ?? 0))}
          onRemoveTag={(name) =>
            void applyTag({ selection: toSent(only(search.item ?? 0), scope), name, action: "remove" })
          }
          onStep={(item) => change({ item })}
          onOpenAnnotation={(item) =>
            change(
              scope === "annotation"
                ? { item }
                : { scope: "annotation", metric: undefined, dir: undefined, item },
            )
          }
          onChange={change}
          onPosition={keepPosition}
          onClose={close}
        />
      )}
      {tagging !== null && (
        <TagDialog project={project} scope={scope} selection={tagging} onClose={() => setTagging(null)} />
      )}
      {managing && (
        <TagManager
          project={project}
          onShow={(ofScope, text) => {
            setManaging(false);
            goTo(
              ofScope === scope
                ? { query: text }
                : { scope: ofScope, query: text, metric: undefined, dir: undefined },
            );
          }}
          onClose={() => setManaging(false)}
        />
      )}
      <Toasts />
    </>
  );
}
