// Compiles generated code as strictly as any reader of it may, with both compilers and under both ways to resolve.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const bin = (name) => fileURLToPath(new URL(`../../node_modules/${name}/bin/tsc`, import.meta.url));

const resolutions = { NodeNext: "NodeNext", Bundler: "ESNext" };

const optionsFor = (moduleResolution) => ({
  target: "ES2023",
  lib: ["ES2023", "DOM", "DOM.Iterable"],
  module: resolutions[moduleResolution],
  moduleResolution,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: false,
  noEmit: true,
  types: [],
});

async function compile(compiler, project) {
  const begun = performance.now();
  const child = spawn(process.execPath, [bin(compiler), "-p", project], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  const errors = said.split("\n").filter((line) => /error TS\d+/u.test(line));
  if (code !== 0 && errors.length === 0) errors.push(`${compiler} ended with code ${code}: ${said}`);
  return { errors, seconds: (performance.now() - begun) / 1000 };
}

/** Makes a folder of generated code a project of its own; answers its configuration file. */
export function writeProject(folder, resolution) {
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const project = join(folder, `tsconfig.${resolution}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions: optionsFor(resolution), include: ["."] }));
  return project;
}

/** What each compiler says about everything below a folder, and how long it thinks. */
export async function compileAll(folder) {
  const runs = [];
  for (const resolution of Object.keys(resolutions)) {
    const project = writeProject(folder, resolution);
    const compilers = ["typescript", "typescript7"];
    const found = await Promise.all(compilers.map((compiler) => compile(compiler, project)));
    runs.push(...found.map((one, index) => ({ compiler: compilers[index], resolution, ...one })));
  }
  return runs;
}

/** One program of modules that import generated code, which is not looked at again. */
export function programOf(modules, folder) {
  const pathOf = (name) => join(folder, `${name}.ts`);
  for (const [name, text] of modules) writeFileSync(pathOf(name), text);
  const { options } = ts.convertCompilerOptionsFromJson({ ...optionsFor("Bundler"), skipLibCheck: true }, folder);
  return { program: ts.createProgram([...modules.keys()].map(pathOf), options), pathOf };
}

/** A module as it runs. */
export const withoutTypes = (text) =>
  ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } })
    .outputText;
