import { expect, test } from "vitest";
import { reachable, without } from "../../../generator/package/reach.js";

const file = (path: string, ...lines: readonly string[]) => ({ path, text: `${lines.join("\n")}\n` });

const modules = [
  file("a/index.js", 'export { wanted } from "../seam/one.js";', 'export * from "./call.js";'),
  file("a/call.js", 'import * as all from "../seam/two.js";', "export const call = () => all;"),
  file(
    "seam/one.js",
    'import { far, near as close } from "./three.js";',
    'import { spare } from "./four.js";',
    "/** Kept, with its words. */",
    "export const wanted = () => inner().spare + close;",
    "export const unwanted = () => spare(far);",
    "function inner() {",
    "  return { unwanted: 1 };",
    "}",
    "class Unused {}",
  ),
  file("seam/two.js", "const hidden = 1;", "export const { left, right } = { left: hidden, right: 2 };"),
  file("seam/three.js", "export const far = 1;", "export const near = 2;", "export type Shape = typeof near;"),
  file("seam/four.js", "export const spare = 4;"),
];

test("modules keep what their users reach, word for word, and vanish with the last of it", () => {
  expect(reachable(modules, ["a/index.js"])).toEqual([
    modules[0],
    modules[1],
    file(
      "seam/one.js",
      'import { near as close } from "./three.js";',
      "/** Kept, with its words. */",
      "export const wanted = () => inner().spare + close;",
      "function inner() {",
      "  return { unwanted: 1 };",
      "}",
    ),
    modules[3],
    file("seam/three.js", "export const near = 2;"),
  ]);
});

test("a module that is not there is told", () => {
  expect(() => reachable(modules.slice(0, 1), ["a/index.js"])).toThrow("a package for callers lacks seam/one.js");
});

test("an index hands on what is left", () => {
  const index =
    '// First words.\n\nexport * from "./client.js";\nexport { serve } from "./handlers.js";\nexport const own = 1;\n';
  expect(without(index, (specifier) => specifier === "./handlers.js")).toBe(
    '// First words.\n\nexport * from "./client.js";\nexport const own = 1;\n',
  );
});
