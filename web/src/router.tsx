import {
  createRootRoute,
  createRoute,
  createRouter,
  notFound,
  lazyRouteComponent,
  redirect,
  stripSearchParams,
  type ErrorComponentProps,
  type SearchSchemaInput,
} from "@tanstack/react-router";
import { basePath } from "./api/client";
import { ErrorPanel } from "./components/ui/ErrorPanel";
import { NotFound } from "./components/shell/NotFound";
import { Shell } from "./components/shell/Shell";
import { parseSummarySearch, SUMMARY_DEFAULTS, type SummarySearch } from "./state/summarySearch";
import { asPart, partsOf, pathTo, type PagePath } from "./state/pages";
import {
  parsePredictionsSearch,
  PREDICTIONS_DEFAULTS,
  type PredictionsSearch,
} from "./state/predictionsSearch";
import { EXPLORER_DEFAULTS, parseExplorerSearch, type ExplorerSearch } from "./state/explorerSearch";

function RouteError({ error, reset }: ErrorComponentProps) {
  return <ErrorPanel error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />;
}

interface PartParams {
  project: string;
  part: string;
}

/** A page of parts opens with its first one. */
function openFirst(page: PagePath) {
  return ({ params }: { params: { project: string } }): never => {
    throw redirect({ to: pathTo(params.project, page, partsOf(page)[0]?.part), replace: true });
  };
}

/** The parameters of a part of a page; what it has not is not found. */
function parsePart<P extends PagePath>(page: P) {
  return ({ project: name, part }: PartParams) => {
    const known = asPart(page, part);
    if (known === undefined) throw notFound();
    return { project: name, part: known };
  };
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const projects = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/ProjectsPage"), "ProjectsPage"),
});

const project = createRoute({
  getParentRoute: () => root,
  path: "/p/$project",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/p/$project/summary", params, replace: true });
  },
});

const summary = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/summary",
  beforeLoad: openFirst("summary"),
});

const summaryPart = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/summary/$part",
  params: { parse: parsePart("summary") },
  validateSearch: (raw: Partial<SummarySearch> & SearchSchemaInput): SummarySearch =>
    parseSummarySearch(raw as Record<string, unknown>),
  search: { middlewares: [stripSearchParams(SUMMARY_DEFAULTS)] },
  component: lazyRouteComponent(() => import("./pages/SummaryPage"), "SummaryPage"),
});

const explorer = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/explorer",
  validateSearch: (raw: Partial<ExplorerSearch> & SearchSchemaInput): ExplorerSearch =>
    parseExplorerSearch(raw as Record<string, unknown>),
  search: { middlewares: [stripSearchParams(EXPLORER_DEFAULTS)] },
  component: lazyRouteComponent(() => import("./pages/ExplorerPage"), "ExplorerPage"),
});

const predictions = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/predictions",
  beforeLoad: openFirst("predictions"),
});

const predictionsPart = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/predictions/$part",
  params: { parse: parsePart("predictions") },
  validateSearch: (raw: Partial<PredictionsSearch> & SearchSchemaInput): PredictionsSearch =>
    parsePredictionsSearch(raw as Record<string, unknown>),
  search: { middlewares: [stripSearchParams(PREDICTIONS_DEFAULTS)] },
  component: lazyRouteComponent(() => import("./pages/PredictionsPage"), "PredictionsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    projects,
    project,
    summary,
    summaryPart,
    explorer,
    predictions,
    predictionsPart,
  ]),
  basepath: basePath === "" ? "/" : basePath,
  defaultErrorComponent: RouteError,
  defaultPreload: "intent",
  // Back from the items of a number leads to where the number is on its page.
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
