import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { AnnotationDetail, ImageDetail, Scope } from "../../api/client";
import { annotationQuery, imageQuery, viewUrl } from "../../api/queries";
import type { Size } from "../drawing/transform";

/** An item with its picture, ready to be drawn. */
export interface ShownItem {
  row: number;
  annotation: AnnotationDetail | null;
  image: ImageDetail;
  /** Null when the picture cannot be shown, undefined while the first one is on its way. */
  picture: { url: string; natural: Size } | null | undefined;
}

function loadPicture(url: string): Promise<Size> {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onload = () => resolve({ width: picture.naturalWidth, height: picture.naturalHeight });
    picture.onerror = () => reject(new Error(`${url} is not a picture`));
    picture.src = url;
  });
}

/** The asked item once its details and its picture are there; until then the one before. */
export function useShownItem(
  project: string,
  scope: Scope,
  row: number,
): { shown: ShownItem | null; error: Error | null; retry: () => void } {
  const annotation = useQuery({ ...annotationQuery(project, row), enabled: scope === "annotation" });
  const ofImage = useQuery({ ...imageQuery(project, row), enabled: scope === "image" });
  const query = scope === "annotation" ? annotation : ofImage;
  const image = scope === "annotation" ? annotation.data?.image : ofImage.data;
  const details = scope === "annotation" ? annotation.data : null;
  const [shown, setShown] = useState<ShownItem | null>(null);

  useEffect(() => {
    if (image === undefined || details === undefined) return undefined;
    let wanted = true;
    const show = (picture: ShownItem["picture"]): void => {
      if (wanted) setShown({ row, annotation: details, image, picture });
    };
    if (image.status === "missing" || image.status === "unreadable") {
      show(null);
    } else {
      const url = viewUrl(project, image.row);
      loadPicture(url).then(
        (natural) => show({ url, natural }),
        () => show(null),
      );
    }
    return () => {
      wanted = false;
    };
  }, [project, row, image, details]);

  // Before the first picture the details are shown by themselves; later ones wait for theirs.
  const first = useMemo(
    () =>
      image === undefined || details === undefined
        ? null
        : { row, annotation: details, image, picture: undefined },
    [row, image, details],
  );
  return { shown: shown ?? first, error: query.error, retry: () => void query.refetch() };
}

/** Fetch what the next key press will show. */
export function usePrefetch(
  project: string,
  scope: Scope,
  rows: readonly (number | null | undefined)[],
): void {
  const client = useQueryClient();
  const wanted = rows.filter((row) => typeof row === "number").join(" ");
  useEffect(() => {
    const fetchAll = async (): Promise<void> => {
      for (const row of wanted.split(" ").filter(Boolean).map(Number)) {
        const image =
          scope === "annotation"
            ? (await client.query({ ...annotationQuery(project, row), staleTime: "static" })).image
            : await client.query({ ...imageQuery(project, row), staleTime: "static" });
        if (image.status === "ok") new Image().src = viewUrl(project, image.row);
      }
    };
    // What fails here fails again, and is shown, when it is asked for.
    fetchAll().catch(() => undefined);
  }, [client, project, scope, wanted]);
}
