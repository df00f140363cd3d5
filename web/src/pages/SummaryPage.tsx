import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, type ReactNode } from "react";
import { ApiProblem, isBusy, ServerGone, type MetricSummary, type Scope } from "../api/client";
import { parsedQuery } from "../api/filters";
import { metricsQuery, projectQuery } from "../api/queries";
import { labelsQuery, propertiesQuery, summaryQuery, type Filtered } from "../api/summary";
import { ErrorPanel } from "../components/ui/ErrorPanel";
import { DensityPanel } from "../components/summary/DensityPanel";
import { DistributionPanel } from "../components/summary/DistributionPanel";
import {
  AnnotatorsPanel,
  ClassesPanel,
  CooccurrencePanel,
  ImageSizesPanel,
  ObjectsPanel,
  SplitsPanel,
} from "../components/summary/LabelPanels";
import { SummaryNumbers } from "../components/summary/SummaryNumbers";
import { OutlierPanels } from "../components/summary/OutliersPanel";
import { Loaded, Panel, Panels, Wide } from "../components/ui/Panel";
import { SummaryFilter } from "../components/summary/SummaryFilter";
import { tellsApart } from "../state/metrics";
import type { SummarySearch } from "../state/summarySearch";
import { partsOf, titleOf } from "../state/pages";
import { useTitle } from "../state/useTitle";
import styles from "./SummaryPage.module.css";

const route = getRouteApi("/p/$project/summary/$part");
const BUSY_RETRY_MS = 3_000;
const NO_METRICS: MetricSummary[] = [];

function SubTabs({ project, query }: { project: string; query: string }) {
  return (
    <nav className={styles.tabs} aria-label="Parts of the summary">
      {partsOf("summary").map(({ part, title }) => (
        <Link
          key={part}
          to="/p/$project/summary/$part"
          params={{ project, part }}
          search={query === "" ? {} : { query }}
          activeOptions={{ includeSearch: false }}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}

function Blank({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={`panel ${styles.blank ?? ""}`}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

interface BodyProps {
  filtered: Filtered;
  search: SummarySearch;
  onChange: (change: Partial<SummarySearch>) => void;
}

function Body({ filtered, search, onChange }: BodyProps) {
  const { project, scope, query } = filtered;
  const summary = useQuery(summaryQuery(filtered));
  // Labels are told of a filter of annotations; one of images may mean something else to them.
  const labels = useQuery(labelsQuery(project, scope === "annotation" ? query : ""));
  const whole = query === "";
  const ofImages = useQuery(metricsQuery(project, "image"));
  const ofAnnotations = useQuery(metricsQuery(project, "annotation"));
  const properties = useQuery(propertiesQuery(project, scope));
  const metrics: Record<Scope, readonly MetricSummary[]> = {
    image: (ofImages.data ?? NO_METRICS).filter(tellsApart),
    annotation: (ofAnnotations.data ?? NO_METRICS).filter(tellsApart),
  };
  const own = scope === "image" ? ofImages : ofAnnotations;
  const ready = own.data !== undefined && properties.data !== undefined && ofImages.data !== undefined;
  if (summary.data?.items.count === 0 && !summary.isPlaceholderData && query !== "") {
    return (
      <Blank title="Nothing matches this filter">
        <p className="muted">All {scope === "image" ? "images" : "annotations"} are left out by it.</p>
        <button type="button" className="btn" onClick={() => onChange({ query: "" })}>
          Clear the filter
        </button>
      </Blank>
    );
  }
  const waiting = (title: string) => (
    <Panel title={title} span={6}>
      <div className="skeleton" style={{ height: 318 }} aria-busy />
    </Panel>
  );
  const known = labels.data;
  const small: ((span: 6 | 12) => ReactNode)[] = [];
  if (whole || scope === "image") {
    small.push((span) => <ObjectsPanel key="objects" filtered={filtered} span={span} />);
  }
  if (whole && scope === "image") {
    small.push((span) => <ImageSizesPanel key="sizes" project={project} labels={labels} span={span} />);
  }
  if (known?.splits.some((split) => split.name !== null) && (whole || scope === "annotation")) {
    const all = [...metrics[scope], ...metrics[scope === "image" ? "annotation" : "image"]];
    small.push((span) => (
      <SplitsPanel key="splits" project={project} labels={known} metrics={all} span={span} />
    ));
  }
  if (known !== undefined && known.annotators.length > 0 && scope === "annotation") {
    small.push((span) => (
      <AnnotatorsPanel
        key="annotators"
        project={project}
        labels={known}
        metrics={metrics.annotation}
        span={span}
      />
    ));
  }
  return (
    <Panels>
      <Wide>
        <Loaded result={summary} height={88}>
          {(data) => <SummaryNumbers project={project} summary={data} />}
        </Loaded>
      </Wide>
      {summary.data === undefined ? (
        <Panel title="Outliers by metric" span={12}>
          <div className="skeleton" style={{ height: 300 }} aria-busy />
        </Panel>
      ) : (
        <OutlierPanels project={project} summary={summary.data} metrics={own.data ?? NO_METRICS} />
      )}
      {ready ? (
        <DistributionPanel
          filtered={filtered}
          search={search}
          metrics={metrics[scope]}
          properties={properties.data}
          onChange={onChange}
        />
      ) : (
        waiting("Distribution")
      )}
      {ready ? (
        <DensityPanel filtered={filtered} search={search} metrics={metrics} onChange={onChange} />
      ) : (
        waiting("Two metrics")
      )}
      {scope === "annotation" && (
        <>
          <ClassesPanel project={project} labels={labels} search={search} onChange={onChange} />
          {whole && <CooccurrencePanel project={project} labels={labels} />}
        </>
      )}
      {small.map((panel, at) => panel(at === small.length - 1 && small.length % 2 === 1 ? 12 : 6))}
      {!whole && (
        <p className="muted small" style={{ gridColumn: "1 / -1" }}>
          {scope === "image"
            ? "Image sizes and splits are counted for the whole project: they show when the filter is cleared."
            : "Classes that share an image, and objects per image, are counted for the whole project: they show when the filter is cleared."}
        </p>
      )}
    </Panels>
  );
}

/** What a project holds, of its images or of its annotations: numbers, outliers, distributions. */
export function SummaryPage() {
  const { project, part } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const scope: Scope = part === "data" ? "image" : "annotation";
  const { query } = search;
  useTitle(`${titleOf("summary", part)} of ${project}`);

  const info = useQuery({
    ...projectQuery(project),
    // A project that another process holds opens by itself once it is free.
    refetchInterval: ({ state }) => (isBusy(state.error) ? BUSY_RETRY_MS : false),
  });
  const parsed = useQuery({ ...parsedQuery(project, scope, query), enabled: query !== "" });
  const change = useCallback(
    ({ query: next, ...changes }: Partial<SummarySearch>) =>
      void navigate({
        search: (before) => ({ ...before, ...changes, ...(next === undefined ? {} : { query: next }) }),
        // A filter is a step that Back takes back; a choice of chart is not.
        replace: next === undefined,
        resetScroll: false,
      }),
    [navigate],
  );
  if (info.error !== null && !(info.error instanceof ServerGone)) {
    return <ErrorPanel error={info.error} onRetry={() => void info.refetch()} />;
  }
  const unreadable = parsed.error instanceof ApiProblem ? parsed.error : null;
  const empty =
    info.data !== undefined && (scope === "image" ? info.data.images : info.data.annotations) === 0;
  return (
    <main className={styles.page}>
      <h1 className="sr-only">
        Summary of {project}: {part}
      </h1>
      <div className={styles.head}>
        <SubTabs project={project} query={query} />
        {!empty && (
          <SummaryFilter
            project={project}
            scope={scope}
            query={query}
            error={unreadable}
            onQuery={(next) => change({ query: next })}
          />
        )}
      </div>
      {empty ? (
        <Blank
          title={scope === "image" ? "This project has no images" : "Nothing is annotated in this project"}
        >
          <p className="muted">
            {scope === "image"
              ? "Import a dataset from the projects page."
              : "Its images are summed up under Data. Import a COCO annotation file to see annotations here."}
          </p>
          {scope === "image" ? (
            <Link to="/" className="btn">
              All projects
            </Link>
          ) : (
            <Link to="/p/$project/summary/$part" params={{ project, part: "data" }} className="btn">
              Data
            </Link>
          )}
        </Blank>
      ) : unreadable !== null ? (
        <Blank title="This filter cannot be read">
          <p className="muted">Mend it above, or show everything.</p>
          <button type="button" className="btn" onClick={() => change({ query: "" })}>
            Clear the filter
          </button>
        </Blank>
      ) : (
        <Body
          // What is kept from the answer before is of the same project and kind of item.
          key={`${project} ${scope}`}
          filtered={{ project, scope, query }}
          search={search}
          onChange={change}
        />
      )}
    </main>
  );
}
