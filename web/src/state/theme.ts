/** Light, dark, or as the system says. public/theme.js has applied it before the first paint. */
import { useSyncExternalStore } from "react";

export type ThemeChoice = "light" | "dark" | "system";

const KEY = "assay-theme";
const listeners = new Set<() => void>();
const system = window.matchMedia("(prefers-color-scheme: dark)");

function read(): ThemeChoice {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

let choice = read();

function resolve(): "light" | "dark" {
  if (choice !== "system") return choice;
  return system.matches ? "dark" : "light";
}

function apply(): void {
  const theme = resolve();
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.mantineColorScheme = theme;
  for (const listener of listeners) listener();
}

system.addEventListener("change", apply);
// Another tab of this browser may change it.
window.addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  choice = read();
  apply();
});

export function setTheme(next: ThemeChoice): void {
  choice = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage may be forbidden: the choice lasts until the page is left.
  }
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, () => choice);
}

export function useTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, resolve);
}
