/** TypeScript to JavaScript and declarations, in memory: nothing of the project that generates is looked at. */

import ts from "typescript";
import type { EmittedFile } from "../emit/file.js";

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  newLine: ts.NewLineKind.LineFeed,
  strict: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  declaration: true,
  // The modules compile under the strictest options wherever they are generated; that is looked at by tests.
  noCheck: true,
  types: [],
};

const root = "/package/";

/** Files of this run, and the libraries of the compiler. */
function hostOf(files: ReadonlyMap<string, string>, written: EmittedFile[]): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  return {
    ...host,
    getCurrentDirectory: () => root,
    fileExists: (name) => files.has(name),
    readFile: (name) => files.get(name),
    directoryExists: () => true,
    getDirectories: () => [],
    realpath: (name) => name,
    getSourceFile: (name, version) => {
      const text = files.get(name);
      return text === undefined ? getSourceFile(name, version) : ts.createSourceFile(name, text, version);
    },
    writeFile: (name, text) => {
      written.push({ path: name.slice(root.length), text });
    },
  };
}

/**
 * What the compiler makes of modules and of all that they import.
 * @throws Error when a module cannot be compiled.
 */
export function compile(modules: readonly EmittedFile[], entries: readonly string[]): readonly EmittedFile[] {
  const written: EmittedFile[] = [];
  const files = new Map(modules.map(({ path, text }) => [root + path, text]));
  const program = ts.createProgram(
    entries.map((path) => root + path),
    options,
    hostOf(files, written),
  );
  const { diagnostics } = program.emit();
  const found = [...program.getOptionsDiagnostics(), ...program.getSyntacticDiagnostics(), ...diagnostics];
  const [first] = found;
  if (first !== undefined) {
    const place = first.file?.fileName.slice(root.length) ?? "";
    throw new Error(
      `${place} cannot be compiled for a package: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`,
    );
  }
  return written;
}
