/** Whether the server answers. While it does not, it is asked again every two seconds. */
import { useSyncExternalStore } from "react";
import { basePath } from "../api/client";

const RETRY_MS = 2_000;
const listeners = new Set<() => void>();
let gone = false;
let returns = 0;
let onReturn: () => void = () => undefined;

function set(next: boolean): void {
  if (gone === next) return;
  gone = next;
  for (const listener of listeners) listener();
}

/** Say what is to be done when the server is back. */
export function whenBack(action: () => void): void {
  onReturn = action;
}

/** Ask the server once; true when it answers. */
export async function askAgain(): Promise<boolean> {
  try {
    const response = await fetch(`${basePath}/api/health`, { cache: "no-store" });
    if (!response.ok) return false;
  } catch {
    return false;
  }
  if (gone) returns += 1;
  set(false);
  onReturn();
  return true;
}

function wait(): void {
  setTimeout(() => {
    if (!gone) return;
    void askAgain().then((back) => {
      if (!back) wait();
    });
  }, RETRY_MS);
}

/** A request reached nobody: show it and begin to ask again. */
export function reportGone(): void {
  if (gone) return;
  set(true);
  wait();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useServerGone(): boolean {
  return useSyncExternalStore(subscribe, () => gone);
}

/** How often the server has come back: what failed to load before may load now. */
export function useReturns(): number {
  return useSyncExternalStore(subscribe, () => returns);
}
