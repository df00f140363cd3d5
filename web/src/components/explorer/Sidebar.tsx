import { useQuery } from "@tanstack/react-query";
import type { ProjectInfo, QueryTerm, Scope, Tag } from "../../api/client";
import { valueCountsQuery } from "../../api/filters";
import type { ViewOrder } from "../../api/tags";
import { allOf, isAbout, withToggled } from "../../state/queryText";
import { ViewList } from "../views/ViewList";
import { ClassList } from "./ClassList";
import { apart, countClasses } from "./counts";
import { DatasetPanel } from "./DatasetPanel";
import { TagList } from "./TagList";

interface Props {
  project: string;
  info: ProjectInfo;
  tags: readonly Tag[];
  scope: Scope;
  /** The text of the query, its top-level terms, and the order. */
  present: Omit<ViewOrder, "name">;
  terms: readonly QueryTerm[];
  onQuery: (query: string) => void;
  onOpenView: (view: Omit<ViewOrder, "name">) => void;
  onManageTags: () => void;
}

/** Ways to what one looks for: views, classes, tags, and the facts of the dataset. */
export function Sidebar({
  project,
  info,
  tags,
  scope,
  present,
  terms,
  onQuery,
  onOpenView,
  onManageTags,
}: Props) {
  // A click on a class takes the place of another one: each shows what it would let through in that place.
  const besides = terms.filter((term) => !isAbout(term, "class"));
  const query = allOf(terms.map((term) => term.text));
  const classes = useQuery(valueCountsQuery(project, scope, "class", ""));
  const classCounts = useQuery(
    valueCountsQuery(project, scope, "class", allOf(besides.map((term) => term.text))),
  );
  const tagCounts = useQuery({
    ...valueCountsQuery(project, scope, "tag", query),
    enabled: query !== "" && tags.length > 0,
  });
  const values =
    classes.data &&
    classCounts.data &&
    countClasses(classes.data.values, classCounts.data.values, apart(scope, besides));
  const countedTags = tags.map(({ name, color, images, annotations }) => {
    const { count, query: term } = scope === "image" ? images : annotations;
    const within = tagCounts.data?.values.find((value) => value.label === name)?.count ?? 0;
    return { name, color, term, count: query === "" ? count : within };
  });
  return (
    <>
      <ViewList
        project={project}
        present={present}
        total={scope === "image" ? info.images : info.annotations}
        onOpen={onOpenView}
      />
      {values !== undefined && <ClassList values={values} terms={terms} onChange={onQuery} />}
      <TagList tags={countedTags} terms={terms} onChange={onQuery} onManage={onManageTags} />
      <DatasetPanel info={info} onToggle={(term) => onQuery(withToggled(terms, term))} />
    </>
  );
}
