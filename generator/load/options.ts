/** Options of `generate` in a file, read strictly; paths in it are relative to the file. */

import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CustomEmitter } from "../emit/custom.js";
import { GenerationError } from "../errors.js";
import type { ClientPackage } from "../package/options.js";
import { isRecord } from "../record.js";
import { diagnostic, Findings } from "./findings.js";
import { readFormats } from "./manifest.js";
import { Node } from "./node.js";
import { Library } from "./read.js";
import { isUrl } from "./remote.js";
import { Shape } from "./shape.js";

/** What may be decided, each as on the command line. */
export interface Configuration {
  readonly spec?: string;
  readonly root?: string;
  readonly services?: string;
  readonly name?: string;
  readonly out?: string;
  readonly reference?: boolean;
  readonly allowRemote?: boolean;
  readonly client?: ClientPackage;
  /** Formats of the project's own, where they stand. */
  readonly formats?: Node;
  /** Modules whose default export is a `CustomEmitter`. */
  readonly emitters: readonly CustomEmitter[];
}

const paths = ["spec", "root", "services", "out"] as const;
const keys = [...paths, "name", "formats", "reference", "allowRemote", "client", "emitters"];
const clientKeys = ["package", "out", "version", "license"];

const failed = (file: string, message: string, hint: string): GenerationError => {
  const origin = { file, pointer: "", line: 1, column: 1 };
  return new GenerationError([{ code: "wrong-shape", message, origin, excerpt: "", hint }]);
};

const read = (path: string, at: readonly string[]): Node => {
  const library = new Library(dirname(path));
  const source = library.readManifest(path);
  if ("reason" in source) throw failed(path, `${path} cannot be read as UTF-8 text`, "write it as UTF-8 text");
  if (library.problems.length > 0) throw new GenerationError(library.problems);
  const node = new Node(source, path, [], source.data).find(at);
  if (node !== undefined) return node;
  throw failed(path, "there is no `threepid` in it", "write the options under `threepid`, or leave --config out");
};

const isEmitter = (value: unknown): value is CustomEmitter =>
  isRecord(value) && typeof value["name"] === "string" && typeof value["emit"] === "function";

const emitterAt = async (node: Node, look: (file: string) => void): Promise<CustomEmitter> => {
  const path = resolve(dirname(node.path), String(node.value));
  look(path);
  const refuse = (message: string, hint: string): GenerationError =>
    new GenerationError([diagnostic("wrong-shape", node, { message, hint })]);
  if (!existsSync(path)) throw refuse(`there is no file ${String(node.value)}`, "name a module, relative to this file");
  // A module that was saved since it was loaded is another one.
  const version = statSync(path).mtimeMs;
  const loaded: unknown = await import(`${pathToFileURL(path).href}?${version}`).catch((error: unknown) => {
    throw refuse(
      `the module fails when loaded: ${error instanceof Error ? error.message : String(error)}`,
      "correct it",
    );
  });
  const emitter = isRecord(loaded) ? loaded["default"] : undefined;
  if (isEmitter(emitter)) return emitter;
  throw refuse("the module's default export is no emitter", "export default { name, emit: (model) => files }");
};

/** As it would be typed on the command line. */
const fromHere = (folder: string, path: string): string =>
  isUrl(path) || isAbsolute(path) ? path : relative(".", join(folder, path)) || ".";

const known = (options: Node | undefined, names: readonly string[], of: string, findings: Findings): void => {
  for (const [key, inner] of options?.entries() ?? []) {
    if (names.includes(key)) continue;
    const [message, hint] = [`\`${key}\` is no option of ${of}`, `known are ${names.join(", ")}`];
    findings.error("wrong-shape", inner, { message, hint, part: "key" });
  }
};

/** The package for callers. */
const clientAt = (node: Node | undefined, shape: Shape, findings: Findings): ClientPackage | undefined => {
  const options = shape.map(node);
  if (options === undefined) return undefined;
  known(options, clientKeys, "client", findings);
  const name = shape.text(shape.need(options, "package"));
  const given = (["out", "version", "license"] as const).map((key) => [key, shape.text(options.get(key))] as const);
  const { out, ...rest } = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const folder = dirname(options.path);
  return name === undefined
    ? undefined
    : { name, ...rest, ...(out === undefined ? {} : { out: fromHere(folder, out) }) };
};

/**
 * The options at a place of a file; `look` is told of each module of theirs.
 * @throws GenerationError with every option that is unknown or of the wrong shape.
 */
export async function readOptions(
  path: string,
  at: readonly string[],
  look: (file: string) => void,
): Promise<Configuration> {
  const node = read(path, at);
  const findings = new Findings();
  const shape = new Shape(findings);
  const options = shape.map(node);
  known(options, keys, "generate", findings);
  const text = (key: string): string | undefined => shape.text(options?.get(key));
  const named = paths.map((key) => [key, text(key)] as const);
  const name = text("name");
  const [reference, allowRemote] = [shape.flag(options?.get("reference")), shape.flag(options?.get("allowRemote"))];
  const client = clientAt(options?.get("client"), shape, findings);
  const formats = shape.map(options?.get("formats"));
  readFormats(formats, findings);
  const modules = shape.list(options?.get("emitters")).filter((item) => shape.text(item) !== undefined);
  if (findings.errors.length > 0) throw new GenerationError(findings.errors);
  const emitters: CustomEmitter[] = [];
  for (const module of modules) emitters.push(await emitterAt(module, look));
  const folder = dirname(path);
  const given = named.flatMap(([key, value]) => (value === undefined ? [] : [[key, fromHere(folder, value)]]));
  return {
    ...Object.fromEntries(given),
    ...(name === undefined ? {} : { name }),
    ...(reference === undefined ? {} : { reference }),
    ...(allowRemote === undefined ? {} : { allowRemote }),
    ...(client === undefined ? {} : { client }),
    ...(formats === undefined ? {} : { formats }),
    emitters,
  };
}
