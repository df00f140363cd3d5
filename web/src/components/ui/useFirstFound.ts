import type { ComboboxStore } from "@mantine/core";
import { useEffect, useRef } from "react";

/** Highlights the first option that fits what is typed, once the list shows it: it is what Enter takes. */
export function useFirstFound(combobox: ComboboxStore, search: string): void {
  const store = useRef(combobox);
  useEffect(() => {
    store.current = combobox;
  });
  useEffect(() => {
    if (search !== "") store.current.selectFirstOption();
  }, [search]);
}
