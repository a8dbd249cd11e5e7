/** A client package as its callers meet it: packed, looked at by those who check packages, installed, compiled with. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./packages.js";

const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

/** What publint and arethetypeswrong find wrong with a package. */
export function packageComplaints(folder: string): readonly string[] {
  const checks: readonly (readonly [string, readonly string[]])[] = [
    ["publint", ["--strict", folder]],
    ["attw", ["--pack", folder, "--profile", "esm-only", "--format", "table-flipped", "--quiet"]],
  ];
  return checks.flatMap(([command, args]) => {
    const { status, stdout, stderr } = spawnSync(bin(command), args, { encoding: "utf8" });
    const isClean = status === 0 && (command === "attw" || stdout.includes("All good!"));
    return isClean ? [] : [`${command}: ${stdout}${stderr}`];
  });
}

export interface InstalledClient {
  /** What lies in `node_modules`. */
  readonly folders: readonly string[];
  /** Compiles the sources beside it; answers what the compiler says. */
  compile(resolution: "NodeNext" | "Bundler"): string;
}

/** The TypeScript of a README, a file for each block. */
function readmeSources(folder: string): Readonly<Record<string, string>> {
  const blocks = readFileSync(join(folder, "README.md"), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...blocks].map(([, text = ""], index) => [`readme-${index}.ts`, text]));
}

/** Packs a client package and installs the tarball, offline, in a folder with these sources and those of its README. */
export function installClient(
  folder: string,
  work: string,
  sources: Readonly<Record<string, string>>,
): InstalledClient {
  mkdirSync(work);
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", work], folder));
  writeFileSync(join(work, "package.json"), JSON.stringify({ name: "caller", private: true, type: "module" }));
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`], work);
  const all = Object.entries({ ...sources, ...readmeSources(folder) });
  for (const [path, text] of all) writeFileSync(join(work, path), text);
  const common = {
    target: "ES2023",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    types: [],
  };
  return {
    folders: readdirSync(join(work, "node_modules")).filter((name) => !name.startsWith(".")),
    compile: (moduleResolution) => {
      const module = moduleResolution === "Bundler" ? "ESNext" : moduleResolution;
      const compilerOptions = { ...common, module, moduleResolution };
      const project = join(work, `tsconfig.${moduleResolution}.json`);
      writeFileSync(project, JSON.stringify({ compilerOptions, files: all.map(([path]) => path) }));
      return spawnSync(process.execPath, [bin("tsc"), "-p", project], { encoding: "utf8" }).stdout;
    },
  };
}
