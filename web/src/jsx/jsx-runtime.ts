/** What TSX compiles to: React's own, with every text written out (see hidden.ts), so that no page can forget it. */

import type { ElementType, Key, ReactElement } from "react";
import * as react from "react/jsx-runtime";
import { showProps } from "./hidden";

export { Fragment, type JSX } from "react/jsx-runtime";

type Props = Record<string, unknown>;

export function jsx(type: ElementType, props: Props, key?: Key): ReactElement {
  return react.jsx(type, showProps(props), key);
}

export function jsxs(type: ElementType, props: Props, key?: Key): ReactElement {
  return react.jsxs(type, showProps(props), key);
}
