import { useQuery } from "@tanstack/react-query";
import type { ProjectInfo, QueryTerm, Scope, Tag } from "../../api/client";
import { classCountsQuery } from "../../api/filters";
import type { ViewOrder } from "../../api/tags";
import { withToggled } from "../../state/queryText";
import { ViewList } from "../views/ViewList";
import { ClassList } from "./ClassList";
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
  const classes = useQuery(classCountsQuery(project, scope));
  const values = classes.data?.values.map(({ label, color, count, query }) => ({
    ...{ name: label, count, query },
    color: color ?? "var(--faint)",
  }));
  return (
    <>
      <ViewList
        project={project}
        present={present}
        total={scope === "image" ? info.images : info.annotations}
        onOpen={onOpenView}
      />
      {values !== undefined && <ClassList values={values} terms={terms} onChange={onQuery} />}
      <TagList tags={tags} scope={scope} terms={terms} onChange={onQuery} onManage={onManageTags} />
      <DatasetPanel info={info} onToggle={(term) => onQuery(withToggled(terms, term))} />
    </>
  );
}
