/** Whom a key press belongs to. */

const NOT_TEXT = new Set(["button", "checkbox", "color", "radio", "range", "reset", "submit"]);

/** Whether the target takes text, so that letters are its own. */
export function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !NOT_TEXT.has(target.type);
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLElement && target.isContentEditable;
}

/** Whether a dialog or an open menu is above the page, so that keys are its own. */
export function isCovered(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"]') !== null;
}

/** Ctrl, or ⌘ on a Mac, without other modifiers. */
export function isCommand(event: { ctrlKey: boolean; metaKey: boolean; altKey: boolean }): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey;
}
