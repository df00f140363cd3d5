/** What the command palette can reach, and which of it fits what is typed. */
import type { ClassInfo, MetricSummary, PredictionSet, ProjectCard, Tag, View } from "../../api/client";

import { formatCount, formatCounted } from "../../state/format";
import { containsWords, fuzzyMatch } from "../../state/fuzzy";
import { PAGES, type PagePath } from "../../state/pages";
import { explorerTarget, nounOf, quoteValue, type ExplorerTarget } from "../../state/links";

export type Group =
  "Pages" | "Commands" | "Views" | "Prediction sets" | "Metrics" | "Classes" | "Tags" | "Projects";

/** What an entry does that leads nowhere. */
export type Command = "light" | "dark" | "system" | "shortcuts" | "jobs";

/** Where an entry leads. */
export type Destination =
  | { page: "command"; command: Command }
  | { page: "projects" }
  | { page: PagePath; project: string; part?: string; search?: ExplorerTarget | Record<string, string> };

export interface Entry {
  id: string;
  group: Group;
  label: string;
  hint: string;
  color?: string;
  destination: Destination;
}

export interface Known {
  project: string | undefined;
  projects: readonly ProjectCard[];
  metrics: readonly MetricSummary[];
  classes: readonly ClassInfo[];
  tags: readonly Tag[];
  views: readonly View[];
  sets: readonly PredictionSet[];
}

function pages(project: string | undefined): Entry[] {
  const own =
    project === undefined
      ? []
      : PAGES.flatMap((page) =>
          page.places.map(({ title, hint, ...place }): Entry => ({
            id: `page ${page.title}: ${title}`,
            group: "Pages",
            label: `${page.title}: ${title}`,
            hint,
            destination: { page: page.path, project, ...place },
          })),
        );
  return [
    ...own,
    {
      id: "page Projects",
      group: "Pages",
      label: "Projects",
      hint: "all projects of the workspace",
      destination: { page: "projects" },
    },
  ];
}

const COMMANDS: readonly [Command, string, string][] = [
  ["light", "Theme: Light", "setting"],
  ["dark", "Theme: Dark", "setting"],
  ["system", "Theme: Like the system", "setting"],
  ["shortcuts", "Keyboard shortcuts", "sheet of all keys"],
  ["jobs", "Jobs", "imports and other long work"],
];

const commands: readonly Entry[] = COMMANDS.map(([command, label, hint]) => ({
  id: `command ${command}`,
  group: "Commands",
  label,
  hint,
  destination: { page: "command", command },
}));

function tagEntries(project: string, tag: Tag): Entry[] {
  return [tag.images, tag.annotations]
    .filter((items) => items.count > 0)
    .map((items) => ({
      id: `tag ${items.scope} ${tag.name}`,
      group: "Tags",
      label: tag.name,
      color: tag.color,
      hint: formatCounted(items.count, nounOf(items.scope, 1), nounOf(items.scope, 2)),
      destination: { page: "explorer", project, search: explorerTarget(items) },
    }));
}

/** Everything that can be reached; without a project, other pages and projects only. */
export function makeEntries({ project, projects, metrics, classes, tags, views, sets }: Known): Entry[] {
  const others: Entry[] = projects
    .filter((each) => each.state === "ready" && each.name !== project)
    .map((each) => ({
      id: `project ${each.name}`,
      group: "Projects",
      label: each.name,
      hint: formatCounted(each.images, "image"),
      destination: { page: "summary", project: each.name, part: "data" },
    }));
  if (project === undefined) return [...pages(project), ...others, ...commands];
  return [
    ...pages(project),
    ...views.map((view): Entry => ({
      id: `view ${view.name}`,
      group: "Views",
      label: view.name,
      hint:
        view.count === null
          ? "no longer works"
          : `${formatCount(view.count)} ${nounOf(view.scope, view.count)}`,
      destination: { page: "explorer", project, search: explorerTarget(view, view.sort ?? undefined) },
    })),
    ...sets.map((set): Entry => ({
      id: `set ${set.name}`,
      group: "Prediction sets",
      label: set.name,
      hint: formatCounted(set.predictions, "prediction"),
      destination: { page: "predictions", project, part: "summary", search: { set: set.name } },
    })),
    ...metrics.map((metric): Entry => ({
      id: `metric ${metric.scope} ${metric.key}`,
      group: "Metrics",
      label: metric.title,
      hint: `${nounOf(metric.scope, 2)} by it${metric.severe > 0 ? `, ${formatCount(metric.severe)} severe` : ""}`,
      destination: {
        page: "explorer",
        project,
        search: { ...explorerTarget({ scope: metric.scope, query: "" }), metric: metric.key },
      },
    })),
    ...classes.map((each): Entry => ({
      id: `class ${each.row}`,
      group: "Classes",
      label: each.name,
      color: each.color,
      hint: formatCounted(each.annotations, "annotation"),
      destination: {
        page: "explorer",
        project,
        search: explorerTarget({ scope: "annotation", query: `class:${quoteValue(each.name)}` }),
      },
    })),
    ...tags.flatMap((tag) => tagEntries(project, tag)),
    ...others,
    ...commands,
  ];
}

export interface Found {
  entry: Entry;
  /** Positions of the typed letters in its label. */
  positions: readonly number[];
}

/** How many of a group are listed: all pages, but few others before anything is typed. */
const LISTED = { untyped: 6, typed: 8, pages: 12 };
/** What is found by its hint or group comes after all that is found by name. */
const BY_HINT = -1000;

function match(entry: Entry, sought: string): { found: Found; score: number } | null {
  const byName = fuzzyMatch(sought, entry.label);
  if (byName !== null) return { found: { entry, positions: byName.positions }, score: byName.score };
  if (!containsWords(sought, `${entry.label} ${entry.group} ${entry.hint}`)) return null;
  return { found: { entry, positions: [] }, score: BY_HINT };
}

/** The entries that fit, group by group; the group of the best one first. */
export function findEntries(entries: readonly Entry[], typed: string): [Group, Found[]][] {
  const sought = typed.trim();
  const groups = new Map<Group, { found: Found; score: number }[]>();
  for (const entry of entries) {
    const found = match(entry, sought);
    if (found === null) continue;
    const list = groups.get(entry.group) ?? [];
    list.push(found);
    groups.set(entry.group, list);
  }
  const limit = (group: string): number =>
    sought !== "" ? LISTED.typed : group === "Pages" ? LISTED.pages : LISTED.untyped;
  const ranked = [...groups].map(([group, list]) => {
    // Array.sort is stable: equal scores keep the order in which things are listed.
    const sorted = sought === "" ? list : list.sort((a, b) => b.score - a.score);
    return { group, list: sorted.slice(0, limit(group)), best: sorted[0]?.score ?? 0 };
  });
  if (sought !== "") ranked.sort((a, b) => b.best - a.best);
  return ranked.map(({ group, list }) => [group, list.map(({ found }) => found)]);
}
