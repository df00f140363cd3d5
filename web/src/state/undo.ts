/** What can be taken back, and the messages that offer it. Both belong to one tab of the browser. */
import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  text: string;
  /** What is wrong, where the message tells of a failure. */
  failed: boolean;
  /** Takes back what the message tells of. */
  undo: (() => void) | null;
}

const SHOWN_MS = 8_000;
const MOST_SHOWN = 3;
const MOST_KEPT = 50;

let toasts: readonly Toast[] = [];
let done: readonly { project: string; toast: number; undo: () => void }[] = [];
let last = 0;
const listeners = new Set<() => void>();

function show(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function dismiss(id: number): void {
  show(toasts.filter((toast) => toast.id !== id));
}

/** Tell something for a few seconds. */
export function tell(text: string, failed = false, undo: (() => void) | null = null): number {
  last += 1;
  const id = last;
  show([...toasts, { id, text, failed, undo }].slice(-MOST_SHOWN));
  setTimeout(() => dismiss(id), SHOWN_MS);
  return id;
}

/** Tell that something was done, and keep the way back. */
export function tellUndoable(project: string, text: string, undo: () => void): void {
  const takeBack = (): void => {
    done = done.filter((each) => each.undo !== takeBack);
    dismiss(toast);
    undo();
  };
  const toast = tell(text, false, takeBack);
  done = [...done, { project, toast, undo: takeBack }].slice(-MOST_KEPT);
}

/** Take back the last thing done in a project that is not taken back yet. */
export function undoLast(project: string): boolean {
  const latest = done.findLast((each) => each.project === project);
  latest?.undo();
  return latest !== undefined;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}
