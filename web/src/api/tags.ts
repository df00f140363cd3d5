/** Tags and views: what they are, and every change of them. */
import { queryOptions } from "@tanstack/react-query";
import { answer, client, type Scope, type Selection, type TagChange } from "./client";

export const tagsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "tags"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/projects/{project}/tags", { params: { path: { project } }, signal })),
  });

/**
 * How many of the selected items each tag marks.
 *
 * @param mark tells one selection from another; the selection itself may be too long for a key.
 */
export const tagStatesQuery = (project: string, selection: Selection, mark: number) =>
  queryOptions({
    queryKey: ["project", project, "tag-states", mark],
    queryFn: ({ signal }) =>
      answer(
        client.POST("/api/projects/{project}/tags/state", {
          params: { path: { project } },
          body: selection,
          signal,
        }),
      ),
    gcTime: 0,
  });

const at = (project: string) => ({ params: { path: { project } } });

export interface TagOrder {
  selection: Selection;
  name: string;
  action: "add" | "remove";
  color?: string;
}

export const applyTag = (project: string, order: TagOrder): Promise<TagChange> =>
  answer(client.POST("/api/projects/{project}/tags/apply", { ...at(project), body: order }));

export const undoTag = (project: string, change: number) =>
  answer(client.POST("/api/projects/{project}/tags/undo", { ...at(project), body: { change } }));

export interface TagUpdate {
  name: string;
  new_name?: string;
  color?: string;
  merge?: boolean;
}

export const updateTag = (project: string, update: TagUpdate) =>
  answer(
    client.POST("/api/projects/{project}/tags/update", {
      ...at(project),
      body: { ...update, merge: update.merge ?? false },
    }),
  );

export const deleteTag = (project: string, name: string) =>
  answer(client.POST("/api/projects/{project}/tags/delete", { ...at(project), body: { name } }));

export const viewsQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "views"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/projects/{project}/views", { params: { path: { project } }, signal })),
  });

export interface ViewOrder {
  name: string;
  scope: Scope;
  query: string;
  sort: string | null;
}

export const saveView = (project: string, view: ViewOrder) =>
  answer(client.PUT("/api/projects/{project}/views", { ...at(project), body: view }));

export const deleteView = (project: string, name: string) =>
  answer(client.POST("/api/projects/{project}/views/delete", { ...at(project), body: { name } }));

export const renameView = (project: string, name: string, newName: string) =>
  answer(
    client.POST("/api/projects/{project}/views/rename", {
      ...at(project),
      body: { name, new_name: newName },
    }),
  );
