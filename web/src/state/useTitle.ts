import { useEffect } from "react";
import { showText } from "../jsx/hidden";

/** Names the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${showText(title)} · Assay`;
  }, [title]);
}
