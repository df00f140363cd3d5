/** The pages of a project, listed once for the router, the tabs, the titles and the palette. */

interface Place {
  title: string;
  /** What is there, in the palette. */
  hint: string;
  /** The last part of its path; absent: it is the page itself, with what is searched for. */
  part?: string;
  search?: Record<string, string>;
}

interface PageInfo {
  path: string;
  title: string;
  /** Where the page can be opened; of parts, the first one is what opens. */
  places: readonly Place[];
}

export const PAGES = [
  {
    path: "summary",
    title: "Summary",
    places: [
      { part: "data", title: "Data", hint: "outliers and distributions of images" },
      { part: "annotations", title: "Annotations", hint: "outliers, classes, co-occurrence" },
    ],
  },
  {
    path: "explorer",
    title: "Explorer",
    places: [
      { search: { scope: "image" }, title: "Images", hint: "all images" },
      { search: { scope: "annotation" }, title: "Annotations", hint: "all annotations" },
    ],
  },
  {
    path: "predictions",
    title: "Predictions",
    places: [
      { part: "summary", title: "Summary", hint: "mAP, errors and their reasons, classes, curves" },
      {
        part: "performance",
        title: "Metric Performance",
        hint: "precision and false-negative rate by a metric",
      },
      {
        part: "explorer",
        title: "Explorer",
        hint: "predictions and missed annotations by outcome and reason",
      },
      { part: "compare", title: "Compare", hint: "two sets: differences, images fixed and broken" },
    ],
  },
] as const satisfies readonly PageInfo[];

type Page = (typeof PAGES)[number];
export type PagePath = Page["path"];
type Parted = Extract<Page["places"][number], { part: string }>;
export type PartOf<P extends PagePath> = Extract<
  Extract<Page, { path: P }>["places"][number],
  Parted
>["part"];

/** The parts of a page in the order of their tabs. */
export function partsOf<P extends PagePath>(path: P): readonly { part: PartOf<P>; title: string }[] {
  const places: readonly Place[] = PAGES.find((page) => page.path === path)?.places ?? [];
  return places.flatMap(({ part, title }) =>
    part === undefined ? [] : [{ part: part as PartOf<P>, title }],
  );
}

/** The part that a path names; undefined where there is none. */
export function asPart<P extends PagePath>(path: P, text: string): PartOf<P> | undefined {
  return partsOf(path).find(({ part }) => part === text)?.part;
}

export function titleOf<P extends PagePath>(path: P, part: PartOf<P>): string {
  return partsOf(path).find((each) => each.part === part)?.title ?? part;
}

/** The address of a page of a project, or of a part of it. */
export function pathTo(project: string, page: PagePath, part?: string): string {
  return ["/p", encodeURIComponent(project), page, ...(part === undefined ? [] : [part])].join("/");
}
