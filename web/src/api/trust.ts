/** What came with a project and needs an approval. */
import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type TrustRequest = components["schemas"]["TrustRequest"];

const at = (project: string) => ({ params: { path: { project } } });

export const trustQuery = (project: string) =>
  queryOptions({
    queryKey: ["project", project, "trust"],
    queryFn: ({ signal }) => answer(client.GET("/api/projects/{project}/trust", { ...at(project), signal })),
  });

export const approve = (project: string, ids: string[]) =>
  answer(client.POST("/api/projects/{project}/trust", { ...at(project), body: { ids } }));
