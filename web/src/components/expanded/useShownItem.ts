import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { AnnotationDetail, ImageDetail, ItemScope, PredictionDetail } from "../../api/client";
import { annotationQuery, imageQuery, predictionQuery, viewUrl, type Listing } from "../../api/queries";
import type { EvaluatedBy } from "../../state/outcomes";
import type { Size } from "../drawing/transform";

interface Details {
  row: number;
  /** At most one of the two; neither where the item is an image. */
  annotation: AnnotationDetail | null;
  prediction: PredictionDetail | null;
  image: ImageDetail;
}

/** An item with its picture, ready to be drawn. */
export interface ShownItem extends Details {
  /** Null when the picture cannot be shown, undefined while the first one is on its way. */
  picture: { url: string; natural: Size } | null | undefined;
}

type Kind = Pick<Listing, "project" | "scope" | "evaluatedBy">;

function loadPicture(url: string): Promise<Size> {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onload = () => resolve({ width: picture.naturalWidth, height: picture.naturalHeight });
    picture.onerror = () => reject(new Error(`${url} is not a picture`));
    picture.src = url;
  });
}

/** What is known of an item of whichever kind. */
function useDetails({ project, scope, evaluatedBy }: Kind, row: number, wanted = true) {
  const annotation = useQuery({
    ...annotationQuery(project, row, evaluatedBy),
    enabled: wanted && scope === "annotation",
  });
  const prediction = useQuery({
    ...predictionQuery(project, row, evaluatedBy),
    enabled: wanted && scope === "prediction",
  });
  const image = useQuery({
    ...imageQuery(project, row, evaluatedBy),
    enabled: wanted && scope === "image",
  });
  const query = { annotation, prediction, image }[scope];
  const found = {
    annotation: scope === "annotation" ? annotation.data : undefined,
    prediction: scope === "prediction" ? prediction.data : undefined,
    image: scope === "image" ? image.data : undefined,
  };
  const ofImage = found.image ?? found.annotation?.image ?? found.prediction?.image;
  const details = useMemo(
    (): Details | null =>
      ofImage === undefined
        ? null
        : {
            row,
            annotation: found.annotation ?? null,
            prediction: found.prediction ?? null,
            image: ofImage,
          },
    [row, found.annotation, found.prediction, ofImage],
  );
  return { details, error: query.error, retry: () => void query.refetch() };
}

/** The asked item once its details and its picture are there; until then the one before. */
export function useShownItem(
  kind: Kind,
  row: number,
): { shown: ShownItem | null; error: Error | null; retry: () => void } {
  const { project } = kind;
  const { details, error, retry } = useDetails(kind, row);
  const [shown, setShown] = useState<ShownItem | null>(null);

  useEffect(() => {
    if (details === null) return undefined;
    let wanted = true;
    const show = (picture: ShownItem["picture"]): void => {
      if (wanted) setShown({ ...details, picture });
    };
    const { image } = details;
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
  }, [project, details]);

  // Before the first picture the details are shown by themselves; later ones wait for theirs.
  const first = useMemo(() => (details === null ? null : { ...details, picture: undefined }), [details]);
  return { shown: shown ?? first, error, retry };
}

/** The shown item as the set sees it that it is compared with; of a prediction, which it has not, the image. */
export function useItemOfOther(
  project: string,
  scope: ItemScope,
  other: EvaluatedBy | null,
  shown: ShownItem | null,
): ShownItem | null {
  const annotation = scope === "annotation";
  const row = (annotation ? shown?.row : shown?.image.row) ?? -1;
  const { details } = useDetails(
    { project, scope: annotation ? "annotation" : "image", evaluatedBy: other ?? undefined },
    row,
    other !== null && row >= 0,
  );
  return useMemo(
    () =>
      other === null || details === null || shown === null || details.row !== row
        ? null
        : { ...details, picture: shown.picture },
    [other, details, shown, row],
  );
}

/** Fetch what the next key press will show. */
export function usePrefetch(
  { project, scope, evaluatedBy }: Kind,
  rows: readonly (number | null | undefined)[],
): void {
  const client = useQueryClient();
  const wanted = rows.filter((row) => typeof row === "number").join(" ");
  useEffect(() => {
    const fetchImage = async (row: number) => {
      const once = { staleTime: "static" } as const;
      if (scope === "image") return client.query({ ...imageQuery(project, row, evaluatedBy), ...once });
      if (scope === "annotation") {
        return (await client.query({ ...annotationQuery(project, row, evaluatedBy), ...once })).image;
      }
      return (await client.query({ ...predictionQuery(project, row, evaluatedBy), ...once })).image;
    };
    const fetchAll = async (): Promise<void> => {
      for (const row of wanted.split(" ").filter(Boolean).map(Number)) {
        const image = await fetchImage(row);
        if (image.status === "ok") new Image().src = viewUrl(project, image.row);
      }
    };
    // What fails here fails again, and is shown, when it is asked for.
    fetchAll().catch(() => undefined);
  }, [client, project, scope, evaluatedBy, wanted]);
}
