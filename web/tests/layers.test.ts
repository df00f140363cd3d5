/** Arrows between the folders of the app run down: what many share lies below what uses it. */
import { expect, test } from "vitest";

/** From the top. A folder may use those after it. */
const LAYERS = [
  "main.tsx",
  "router.tsx",
  "pages",
  "components/predictions",
  "components/shell",
  "components/palette",
  "components/projects",
  "components/summary",
  "components/explorer",
  "components/views",
  "components/expanded",
  "components/tags",
  "components/grid",
  "components/query",
  "components/drawing",
  "components/charts",
  "components/ui",
];
/** Parts of the predictions know one another not, but for what is evaluated. */
const SHARED_PART = "sets";

const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Every import as what imports and what is imported, both as paths below src. */
const imports = Object.entries(sources).flatMap(([path, text]) => {
  const from = path.replace("../src/", "");
  const specifiers = text.matchAll(/(?:from |import |import\()"(\.[^"]+)"/g);
  return [...specifiers].map(
    ([, to = ""]) => [from, new URL(to, `file:///${from}`).pathname.slice(1)] as const,
  );
});

const layerOf = (path: string): number => {
  const at = LAYERS.findIndex((layer) => path === layer || path.startsWith(`${layer}/`));
  if (at >= 0) return at;
  expect(path).not.toMatch(/^components\//);
  return LAYERS.length; // state, api and the like
};

test("the folders are read", () => {
  expect(imports.length).toBeGreaterThan(500);
});

test("arrows run down", () => {
  const upwards = imports.filter(([from, to]) => from !== "main.tsx" && layerOf(to) < layerOf(from));
  expect(upwards).toEqual([]);
});

test("parts of the predictions know what is evaluated, and not one another", () => {
  const partOf = (path: string) => /^components\/predictions\/(\w+)\//.exec(path)?.[1];
  const across = imports.filter(([from, to]) => {
    const [a, b] = [partOf(from), partOf(to)];
    return a !== undefined && b !== undefined && a !== b && b !== SHARED_PART;
  });
  expect(across).toEqual([]);
});

test("styles of a folder are its own, but for the kit's", () => {
  const folder = (path: string) => path.slice(0, path.lastIndexOf("/"));
  const borrowed = imports.filter(
    ([from, to]) =>
      to.endsWith(".module.css") && folder(from) !== folder(to) && folder(to) !== "components/ui",
  );
  expect(borrowed).toEqual([]);
});
