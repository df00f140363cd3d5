import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { isBusy, ServerGone, type MetricSummary, type Scope } from "../api/client";
import { classesQuery, metricsQuery, projectQuery, type Listing } from "../api/queries";
import { ErrorPanel } from "../components/ErrorPanel";
import { ExpandedView } from "../components/expanded/ExpandedView";
import { DatasetPanel } from "../components/explorer/DatasetPanel";
import { HistogramPanel } from "../components/explorer/HistogramPanel";
import { MetricPanel } from "../components/explorer/MetricPanel";
import { Toolbar, type Range } from "../components/explorer/Toolbar";
import { CardGrid, type GridHandle } from "../components/grid/CardGrid";
import { chosenMetric, sortKey, type ExplorerSearch } from "../state/explorerSearch";
import styles from "./ExplorerPage.module.css";

const route = getRouteApi("/p/$project/explorer");
const BUSY_RETRY_MS = 3_000;
const NO_METRICS: MetricSummary[] = [];

function Waiting({ heights }: { heights: readonly number[] }) {
  return (
    <div className={styles.loading} aria-busy>
      {heights.map((height, at) => (
        <div key={at} className="skeleton" style={{ height }} />
      ))}
    </div>
  );
}

function emptyText(scope: Scope): string {
  return scope === "image"
    ? "This project has no images. Import a dataset from the projects page."
    : "Nothing is annotated in this project. Its images can be seen under Images.";
}

/** All items of a project in the order of a metric. */
export function ExplorerPage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const router = useRouter();
  const grid = useRef<GridHandle>(null);
  const openedHere = useRef(false);
  const lastPosition = useRef<number | null>(null);
  const [range, setRange] = useState<Range | null>(null);

  const info = useQuery({
    ...projectQuery(project),
    // A project that another process holds opens by itself once it is free.
    refetchInterval: ({ state }) => (isBusy(state.error) ? BUSY_RETRY_MS : false),
  });
  const classes = useQuery(classesQuery(project));
  const ofImages = useQuery(metricsQuery(project, "image"));
  const ofAnnotations = useQuery(metricsQuery(project, "annotation"));

  useEffect(() => {
    document.title = `${project} · Assay`;
  }, [project]);

  const metrics = useMemo<Record<Scope, readonly MetricSummary[]>>(
    () => ({ image: ofImages.data ?? NO_METRICS, annotation: ofAnnotations.data ?? NO_METRICS }),
    [ofImages.data, ofAnnotations.data],
  );
  const metric = chosenMetric(search, metrics[search.scope]);
  const sort = sortKey(metric, search.dir);
  const listing = useMemo<Listing>(
    () => ({ project, scope: search.scope, metric: metric?.key ?? null, sort }),
    [project, search.scope, metric?.key, sort],
  );
  const classesByRow = useMemo(
    () => new Map((classes.data ?? []).map((each) => [each.row, each])),
    [classes.data],
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

  const queries = [info, classes, ofImages, ofAnnotations];
  const failed = queries.find((query) => query.isError && !(query.error instanceof ServerGone));
  if (failed?.error) {
    return (
      <ErrorPanel
        error={failed.error}
        onRetry={() => {
          for (const query of queries) if (query.isError) void query.refetch();
        }}
      />
    );
  }
  const ready = queries.every((query) => query.data !== undefined);
  const expanded = search.item !== undefined && ready;

  return (
    <>
      <div className={styles.wrap} inert={expanded}>
        <nav className={styles.side} aria-label="Dataset">
          {info.data && classes.data ? (
            <DatasetPanel info={info.data} classes={classes.data} />
          ) : (
            <Waiting heights={[22, 22, 22, 22, 22, 22, 22, 22]} />
          )}
        </nav>
        <main className={styles.main}>
          <h1 className="sr-only">Explorer of {project}</h1>
          <Toolbar search={search} metrics={metrics} metric={metric} range={range} onChange={change} />
          {metric && (
            <HistogramPanel
              project={project}
              metric={metric}
              scale={search.scale}
              onScale={(scale) => change({ scale })}
            />
          )}
          {!ready && <div className={`skeleton ${styles.histogram ?? ""}`} />}
          {ready && info.data && (
            <CardGrid
              ref={grid}
              listing={listing}
              metric={metric}
              expectedTotal={search.scope === "image" ? info.data.images : info.data.annotations}
              cardSize={search.size}
              overlay={overlay}
              classesByRow={classesByRow}
              onOpen={open}
              onRange={showRange}
              empty={emptyText(search.scope)}
            />
          )}
        </main>
        <aside className={`${styles.side ?? ""} ${styles.right ?? ""}`} aria-label="Metric">
          {metric && <MetricPanel metric={metric} />}
          {!ready && <Waiting heights={[22, 60, 24, 180]} />}
          {ready && !metric && (
            <p className="muted">
              {metrics[search.scope].length === 0
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
          onStep={(item) => change({ item })}
          onOpenAnnotation={(item) =>
            change(
              search.scope === "annotation"
                ? { item }
                : { scope: "annotation", metric: undefined, dir: undefined, item },
            )
          }
          onChange={change}
          onPosition={keepPosition}
          onClose={close}
        />
      )}
    </>
  );
}
