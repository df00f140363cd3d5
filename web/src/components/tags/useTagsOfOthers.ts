import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { forgetTagged } from "../../api/filters";
import { tagsQuery } from "../../api/tags";

/** Tags may have changed in another tab or by a script: whoever comes back to this page sees them as they are now. */
export function useTagsOfOthers(project: string): void {
  const queries = useQueryClient();
  useEffect(() => {
    const look = async (): Promise<void> => {
      const wanted = tagsQuery(project);
      const before = queries.getQueryData(wanted.queryKey);
      if (before === undefined) return;
      // Equal answers are the same object, so that nothing is asked again where nothing has changed.
      const now = await queries.query({ ...wanted, staleTime: 0 });
      if (now !== before) await forgetTagged(queries, project);
    };
    const onFocus = (): void => {
      // Who cannot be asked now is asked at the next return.
      look().catch(() => undefined);
    };
    window.addEventListener("focus", onFocus);
    return () => window.removeEventListener("focus", onFocus);
  }, [queries, project]);
}
