/** The same as jsx-runtime.ts while developing: React's warnings know where an element was written. */

import type { ElementType, Key, ReactElement } from "react";
import * as react from "react/jsx-dev-runtime";
import { showProps } from "./hidden";

export { Fragment, type JSX } from "react/jsx-dev-runtime";

export function jsxDEV(
  type: ElementType,
  props: Record<string, unknown>,
  key: Key | undefined,
  isStatic: boolean,
  source?: react.JSXSource,
  self?: unknown,
): ReactElement {
  return react.jsxDEV(type, showProps(props), key, isStatic, source, self);
}
