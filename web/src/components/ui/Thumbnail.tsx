import { IconPhotoOff } from "@tabler/icons-react";
import { useState } from "react";
import type { Scope } from "../../api/client";
import { cropUrl, thumbnailUrl } from "../../api/queries";
import { useReturns } from "../../state/connection";
import styles from "./Thumbnail.module.css";

interface Props {
  project: string;
  scope: Scope;
  row: number;
  imageRow: number;
}

/** A small picture that fills its place: the image, or the object with a little of what stands round it. */
export function Thumbnail(props: Props) {
  // What failed to load while the server was away may load now.
  return <Picture key={useReturns()} {...props} />;
}

function Picture({ project, scope, row, imageRow }: Props) {
  const [state, setState] = useState<"waiting" | "shown" | "failed">("waiting");
  if (state === "failed") {
    return (
      <span className={styles.missing} title="The picture cannot be shown">
        <IconPhotoOff size={16} stroke={1.5} aria-hidden />
      </span>
    );
  }
  return (
    <img
      className={styles.picture}
      data-shown={state === "shown"}
      src={scope === "image" ? thumbnailUrl(project, imageRow) : cropUrl(project, row)}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onLoad={() => setState("shown")}
      onError={() => setState("failed")}
    />
  );
}
