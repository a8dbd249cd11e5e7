/** What a run generates from: a `services.yaml`, or documents that make one service by themselves. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { globSync } from "tinyglobby";
import { GenerationError } from "../errors.js";
import { serviceNameOf } from "../model/names.js";
import type { OwnFormats } from "./manifest.js";
import { Node } from "./node.js";
import { isRemote, isUrl, shownUrl } from "./remote.js";
import type { LoadOptions } from "./services.js";
import { fingerprint, isDocument } from "./tree.js";

/** Where documents are named by a `services.yaml`. */
export interface FromServices {
  /** The folder of the documents. */
  readonly root: string;
  /** Which documents make one service. Default: `services.yaml` in `root`. */
  readonly services?: string;
  /** Whether what a URL names may be fetched. Default: no. */
  readonly allowRemote?: boolean;
}

/** Where documents speak for themselves. */
export interface FromSpec {
  /** A document, a folder of documents, a `services.yaml`, or, where that is allowed, the URL of a document. */
  readonly spec: string;
  /** Nothing outside this folder is read. Default: the folder of `spec`. */
  readonly root?: string;
  /** The name of the one service. Default: made from the document's title, or from the name of the folder. */
  readonly name?: string;
  /** Formats of the project's own, each with a pattern; as they stand in a file of options, or plain data. */
  readonly formats?: OwnFormats | Node;
  /** Whether what a URL names may be fetched: the document, and its references. Default: no. */
  readonly allowRemote?: boolean;
}

/** An option that cannot be used as it was given. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

const isServicesFile = (text: string): boolean => /^["']?services["']?\s*:/mu.test(text) && !isDocument(text);

const slashed = (path: string): string => path.split(sep).join("/");

/** The path inside a folder; undefined when it is not inside. */
const within = (folder: string, path: string): string | undefined => {
  const inner = slashed(relative(resolve(folder), resolve(path)));
  return inner === ".." || inner.startsWith("../") || resolve(path) === inner ? undefined : inner;
};

/** The patterns that keep the output from being taken for input. */
const withoutOutput = (root: string, out: string): readonly string[] => {
  const inner = within(root, out);
  return inner === undefined || inner === "" ? [] : [`${inner}/**`];
};

const documentsBelow = (root: string, folder: string, out: string): readonly string[] => {
  const files = globSync("**/*.{yaml,yml,json}", {
    cwd: folder,
    ignore: ["**/node_modules/**", ...withoutOutput(folder, out)],
  });
  const documents = files.filter((file) => isDocument(readFileSync(join(folder, file), "utf8"))).sort();
  const inner = within(root, folder) ?? "";
  return documents.map((file) => (inner === "" ? file : `${inner}/${file}`));
};

const noDocument = (spec: string, code: "missing-file" | "no-documents", message: string): GenerationError =>
  new GenerationError([
    {
      code,
      message,
      origin: { file: slashed(spec), pointer: "", line: 1, column: 1 },
      excerpt: "",
      hint: "name a document (Swagger 2.0, OpenAPI 3.0 or 3.1), a folder that holds some, or a services.yaml",
    },
  ]);

const givenName = (name: string): string => {
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u.test(name) && name !== "seam") return name;
  throw new OptionError(
    `the service cannot be called ${JSON.stringify(name)}: it names a folder\n  hint: use lower-case words joined by hyphens, other than seam`,
  );
};

const ofOneService = (root: string, documents: readonly string[], name: string | undefined): LoadOptions => ({
  root,
  documents,
  ...(name === undefined ? {} : { name: givenName(name) }),
});

const ofServices = (root: string, services: string, { name, formats }: FromSpec): LoadOptions => {
  if (name !== undefined) throw new OptionError(`${services} names its services itself\n  hint: leave --name out`);
  if (formats === undefined) return { root, services };
  throw new OptionError(`${services} names its formats itself\n  hint: move them there`);
};

/** A document of another machine; no file of this one belongs to it. */
const remoteInput = ({ spec, root, name }: FromSpec): LoadOptions => {
  if (root === undefined) return ofOneService(".", [spec], name);
  throw new OptionError("--root says where files are, and --spec is a URL\n  hint: leave --root out");
};

/** Looks at what `spec` is. */
const specInput = (from: FromSpec, out: string): LoadOptions => {
  const { spec, root, name } = from;
  if (isUrl(spec)) return remoteInput(from);
  if (!existsSync(spec)) throw noDocument(spec, "missing-file", `there is no file ${slashed(spec)}`);
  const folder = root ?? (statSync(spec).isDirectory() ? spec : dirname(spec));
  const inner = within(folder, spec);
  if (inner === undefined)
    throw new OptionError(`${spec} is not inside ${folder}\n  hint: --root is a folder that holds the documents`);
  if (!statSync(spec).isDirectory()) {
    return isServicesFile(readFileSync(spec, "utf8"))
      ? ofServices(folder, spec, from)
      : ofOneService(folder, [inner], name);
  }
  const services = join(spec, "services.yaml");
  if (existsSync(services)) return ofServices(folder, services, from);
  const documents = documentsBelow(folder, spec, out);
  if (documents.length === 0) throw noDocument(spec, "no-documents", `${slashed(spec)} holds no API document`);
  return ofOneService(folder, documents, name ?? (serviceNameOf(basename(resolve(spec))) || undefined));
};

/**
 * What to load.
 * @throws OptionError when options do not go together.
 * @throws GenerationError when there is nothing to load.
 */
export function inputOf(options: (FromSpec | FromServices) & { readonly out: string }): LoadOptions {
  const allowed = options.allowRemote === true ? { allowRemote: true } : {};
  if ("spec" in options) {
    const named = options.formats === undefined ? {} : { formats: options.formats };
    return { ...specInput(options, options.out), ...named, ...allowed };
  }
  const { root, services } = options;
  return services === undefined ? { root, ...allowed } : { root, services, ...allowed };
}

const digest = (parts: readonly string[]): string => createHash("sha256").update(parts.join("\n")).digest("hex");

const bytesOf = (path: string): Uint8Array | string => (existsSync(path) ? readFileSync(path) : "");

const hashOf = (path: string): string => createHash("sha256").update(bytesOf(path)).digest("hex");

/**
 * A digest of everything that could change the output. Documents that stand alone reach few of the files around them:
 * `reached` are those of the run before; undefined without it. Those of a `services.yaml` reach files below the root,
 * of which `reached` are the ones that do not look like documents. What other machines hold is known only once it is
 * `fetched`, by its digest: there is none before.
 */
export async function digestOf(
  input: LoadOptions,
  out: string,
  reached: readonly string[] | undefined,
  fetched?: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const { root, services, documents, formats, name = "" } = input;
  const remote = (reached ?? []).filter(isRemote).sort();
  if (remote.length > 0 && fetched === undefined) return undefined;
  const ofRemote = remote.map((file) => `${fetched?.get(file) ?? ""}  ${file}`);
  const local = reached?.filter((file) => !isRemote(file));
  if (documents !== undefined) {
    if (local === undefined) return undefined;
    const hashes = [...local].sort().map((file) => `${hashOf(join(root, file))}  ${file}`);
    const named = formats instanceof Node ? formats.value : formats;
    const told = named === undefined ? [] : [JSON.stringify(named)];
    return digest([name, ...documents.map(shown), "", ...told, ...hashes, ...ofRemote]);
  }
  const { hash } = await fingerprint(root, withoutOutput(root, out), local);
  const isInside = services === undefined || within(root, services) === "services.yaml";
  if (isInside && remote.length === 0) return hash;
  return digest([hash, ...(isInside ? [] : [String(bytesOf(services))]), ...ofRemote]);
}

const shown = (document: string): string => (isRemote(document) ? shownUrl(document) : document);

/** Of the files that a run reached, those that the next one has to be told of to look at them. */
export async function unlooked(
  input: LoadOptions,
  out: string,
  reached: readonly string[],
): Promise<readonly string[]> {
  const { root, documents } = input;
  if (documents !== undefined) return reached;
  const { files } = await fingerprint(root, withoutOutput(root, out));
  const looked = new Set(files.map(({ file }) => file));
  return reached.filter((file) => isRemote(file) || (!looked.has(file) && existsSync(join(root, file))));
}
