import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { compilerErrors, modulesBelow } from "../support/compiler.js";
import { temporaryFolder } from "../support/tree.js";

const generated = join(import.meta.dirname, "../../generated");

const resolutions = [
  { name: "NodeNext", module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  { name: "Bundler", module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
] as const;

test.each(resolutions)(
  "the committed output compiles under $name, libraries checked too",
  ({ module, moduleResolution }) => {
    expect(modulesBelow(generated).length).toBeGreaterThan(20);
    expect(compilerErrors(generated, { module, moduleResolution })).toEqual([]);
  },
);

test.each(resolutions)("the second compiler agrees under $name", ({ name }) => {
  const folder = temporaryFolder();
  cpSync(generated, join(folder, "generated"), { recursive: true });
  const compilerOptions = {
    target: "ES2023",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    module: name === "Bundler" ? "ESNext" : name,
    moduleResolution: name,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["generated"] }));
  const tsc = join(import.meta.dirname, "../../node_modules/typescript7/bin/tsc");
  expect(execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" })).toBe("");
});
