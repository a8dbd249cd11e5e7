import { existsSync, readFileSync } from "node:fs";

/** A program that had a hand in the output. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** The generator and the tools whose versions decide what is printed. */
export interface Toolchain {
  readonly generator: Tool;
  readonly tools: readonly Tool[];
}

const printing = [
  "@apidevtools/swagger-parser",
  "ajv",
  "handlebars",
  "openapi-typescript",
  "ts-morph",
  "typescript",
  "yaml",
];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The package's own manifest: one folder up from the sources, two from the compiled files. */
function ownManifest(): Manifest {
  const places = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
  const place = places.find((url) => existsSync(url));
  if (place === undefined) throw new Error(`the generator's package.json is not beside ${import.meta.url}`);
  // Our own file, whose shape a published package cannot lack.
  return JSON.parse(readFileSync(place, "utf8")) as Manifest;
}

/** Versions are pinned exactly, so the manifest tells what is installed. */
export function toolchain(): Toolchain {
  const { name, version, dependencies } = ownManifest();
  return {
    generator: { name, version },
    tools: printing.map((tool) => ({ name: tool, version: dependencies[tool] ?? "?" })),
  };
}
