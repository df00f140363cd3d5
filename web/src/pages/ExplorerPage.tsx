import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { isBusy, ServerGone, type MetricSummary, type Scope } from "../api/client";
import { classesQuery, metricsQuery, projectQuery } from "../api/queries";
import { tagsQuery } from "../api/tags";
import { ErrorPanel } from "../components/ui/ErrorPanel";
import { EmptyResult } from "../components/explorer/EmptyResult";
import { ExplorerBody, Waiting } from "../components/explorer/ExplorerBody";
import { FileBanner } from "../components/explorer/FileBanner";
import type { MetricGroup } from "../components/explorer/MetricSelect";
import { Sidebar } from "../components/explorer/Sidebar";
import { useAppliedQuery } from "../components/query/useAppliedQuery";
import { TagManager } from "../components/tags/TagManager";
import { useTagsOfOthers } from "../components/tags/useTagsOfOthers";
import {
  chosenMetric,
  searchOfSort,
  sortKey,
  type ExplorerSearch,
  type ItemSearch,
} from "../state/explorerSearch";
import { useTitle } from "../state/useTitle";

const route = getRouteApi("/p/$project/explorer");
const BUSY_RETRY_MS = 3_000;
const NO_METRICS: MetricSummary[] = [];
const EXAMPLE = "class:person brightness<0.2 tag:review";

/** The metrics that sort; one of the other kind of item switches to that kind. */
function groupsFor(scope: Scope, metrics: Record<Scope, readonly MetricSummary[]>): MetricGroup[] {
  const groups: MetricGroup[] = [
    { title: "Of images", scope: "image", metrics: metrics.image },
    { title: "Of annotations", scope: "annotation", metrics: metrics.annotation },
  ];
  return scope === "image" ? groups : groups.reverse();
}

/** The items of a project that a query lets through, in the order of a metric. */
export function ExplorerPage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const { scope } = search;
  const navigate = route.useNavigate();
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
  useTagsOfOthers(project);

  useTitle(project);

  const metrics = useMemo<Record<Scope, readonly MetricSummary[]>>(
    () => ({ image: ofImages.data ?? NO_METRICS, annotation: ofAnnotations.data ?? NO_METRICS }),
    [ofImages.data, ofAnnotations.data],
  );
  const groups = useMemo(() => groupsFor(scope, metrics), [scope, metrics]);

  const go = useCallback(
    (changes: Partial<ItemSearch>, { replace }: { replace: boolean }) =>
      // Predictions are never chosen here, so that the kind of items stays one of this page's.
      void navigate({
        search: (before) => ({ ...before, ...(changes as Partial<ExplorerSearch>) }),
        replace,
      }),
    [navigate],
  );
  /** Go to another result: Back leads here again. */
  const goTo = useCallback(
    (changes: Partial<ExplorerSearch>) => go({ ...changes, item: undefined }, { replace: false }),
    [go],
  );

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
  const everything = scope === "image" ? (info.data?.images ?? 0) : (info.data?.annotations ?? 0);
  const sort = sortKey(chosenMetric(search, metrics[scope]), search.dir);

  return (
    <>
      <ExplorerBody
        project={project}
        search={search}
        applied={applied}
        classes={classes.data}
        tags={tags.data}
        ready={ready}
        groups={groups}
        everything={everything}
        placeholder={`Filter, for example ${EXAMPLE}`}
        sidebar={
          ready && info.data && tags.data ? (
            <Sidebar
              project={project}
              info={info.data}
              tags={tags.data}
              scope={scope}
              present={{ scope, query: search.query, sort }}
              terms={applied.terms}
              onQuery={(query) => goTo({ query })}
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
          )
        }
        banner={
          info.data && <FileBanner status={info.data.image_status} onShow={(query) => goTo({ query })} />
        }
        aside={
          <p className="muted">
            {everything === 0
              ? `There are no ${scope}s to measure.`
              : metrics[scope].length === 0
                ? "No metric has been measured yet. They appear here when the import has measured them."
                : "The items stand in the dataset's own order. Choose a metric to see the most unusual first."}
          </p>
        }
        empty={(reason) => (
          <EmptyResult
            scope={scope}
            reason={reason}
            images={info.data?.images ?? 0}
            terms={applied.terms}
            onClear={() => goTo({ query: "" })}
            onImages={() => goTo({ scope: "image", metric: undefined, dir: undefined })}
          />
        )}
        onNavigate={go}
      />
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
    </>
  );
}
