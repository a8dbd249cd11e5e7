import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** The options under which generated code has to compile, with no library left unchecked. */
const strictOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: false,
  noEmit: true,
  types: [],
};

/** Sources that are on no disk, by absolute path. */
export type Virtual = ReadonlyMap<string, string>;

/** Generated code is ESM wherever it lies, though a temporary folder has no package.json to say so. */
function hostOf(options: ts.CompilerOptions, virtual: Virtual): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => virtual.has(name) || fileExists(name);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const given = typeof languageVersion === "object" ? languageVersion : { languageVersion };
    const asEsm = { ...given, impliedNodeFormat: ts.ModuleKind.ESNext } as const;
    const text = virtual.get(name);
    return text === undefined ? getSourceFile(name, asEsm, ...rest) : ts.createSourceFile(name, text, asEsm);
  };
  return host;
}

/** Every TypeScript file below a folder. */
export function modulesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(folder, path))
    .sort();
}

export function programOf(
  files: readonly string[],
  overrides: ts.CompilerOptions = {},
  virtual: Virtual = new Map(),
): ts.Program {
  const options = { ...strictOptions, ...overrides };
  return ts.createProgram([...files, ...virtual.keys()], options, hostOf(options, virtual));
}

/** What the compiler says about each virtual source, as codes. */
export function codesByFile(virtual: Virtual): Map<string, number[]> {
  const program = programOf([], {}, virtual);
  return new Map(
    [...virtual.keys()].map((path) => {
      const file = program.getSourceFile(path);
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [path, found.map(({ code }) => code)];
    }),
  );
}

/** What the compiler says about a folder of generated code. */
export function compilerErrors(folder: string, overrides: ts.CompilerOptions = {}): string[] {
  return diagnosticsOf(programOf(modulesBelow(folder), overrides), folder);
}

function diagnosticsOf(program: ts.Program, folder: string): string[] {
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText, code }) => {
    const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    const place = file === undefined ? "" : `${relative(folder, file.fileName)}:${line} `;
    return `${place}TS${code} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}
