import { useEffect, useState } from "react";

const TAB_STOP = '[role="gridcell"][tabindex="0"]';

/** Give the focus back, when a dialog that exists only while it is open has gone, to what had it before. */
export function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // What had the focus may have left the result by what was done in the dialog.
      const target = before?.isConnected === true ? before : document.querySelector(TAB_STOP);
      if (target instanceof HTMLElement) target.focus({ preventScroll: true });
    },
    [before],
  );
}
