/** From `services.yaml` to models: the one entrance of the generator's front half. */

import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Diagnostic, GenerationError, inOrder } from "../errors.js";
import type { Dialect } from "../model/keywords.js";
import type { ServiceModel } from "../model/model.js";
import type { Tree } from "../model/names.js";
import { explained } from "../model/references.js";
import { type EntryDocument, readService } from "../model/service.js";
import { isRecord } from "../record.js";
import { Findings } from "./findings.js";
import { readManifest, type ServiceManifest } from "./manifest.js";
import { Node } from "./node.js";
import { type Absence, Library } from "./read.js";
import { isRemote } from "./remote.js";
import { Shape } from "./shape.js";
import type { SourceFile } from "./source-file.js";
import { type StandaloneOptions, standaloneManifest } from "./standalone.js";
import { folderOf, matchFiles, readTree } from "./tree.js";

export { fingerprint } from "./tree.js";

export interface LoadOptions extends StandaloneOptions {
  /** The folder that holds all documents; nothing outside it is read. */
  readonly root: string;
  /** `services.yaml` in the root unless said otherwise; paths in it are relative to the root in any case. */
  readonly services?: string;
  /** Entry documents, relative to the root, that make one service without a `services.yaml`. */
  readonly documents?: readonly string[];
  /** Whether documents and references may be URLs, which are fetched. */
  readonly allowRemote?: boolean;
}

export interface Loaded {
  readonly services: readonly ServiceModel[];
  /** Worth knowing, stopping nothing. */
  readonly warnings: readonly Diagnostic[];
}

const noText = (file: string, code: "missing-file" | "unreadable-file"): Diagnostic => ({
  code,
  message: code === "missing-file" ? `there is no file ${file}` : `${file} cannot be read as UTF-8 text`,
  origin: { file, pointer: "", line: 1, column: 1 },
  excerpt: "",
  hint: "services.yaml says which documents make one service; name its folder, or create it",
});

/** `services.yaml` may lie elsewhere; its paths start at the root even so. */
const readServicesFile = (library: Library, path: string): Node => {
  const source = library.readManifest(path);
  if ("reason" in source) {
    const code = source.reason === "missing-file" ? "missing-file" : "unreadable-file";
    throw new GenerationError([noText(source.file, code)]);
  }
  return new Node(source, join(library.root, "services.yaml"), [], source.data);
};

/** Every `$ref`, and every text that names a file, anywhere in a service's entry. */
const referencesOf = (manifest: ServiceManifest): readonly unknown[] => {
  const named = [
    ...manifest.implicit.map(({ schema }) => schema?.value),
    ...manifest.names.map(({ target }) => target),
    ...manifest.overrides.flatMap(({ target, node }) => [
      ...(target.kind === "schema" ? target.nodes.map(({ value }) => value) : []),
      node.get("body")?.value,
      ...(node.get("response")?.entries() ?? []).map(([, response]) => response.get("schema")?.value),
    ]),
  ];
  const patches = manifest.overrides.flatMap(({ node }) => [node.get("merge")?.value, node.get("or")?.value]);
  return [...named.filter((file) => typeof file === "string").map((file) => ({ $ref: file })), ...patches];
};

const dialectOf = (node: Node, findings: Findings): Dialect | undefined => {
  const { value } = node;
  const version = isRecord(value) ? (value["swagger"] ?? value["openapi"]) : undefined;
  if (version === "2.0") return "swagger-2.0";
  if (typeof version === "string" && /^3\.0\.[0-4]$/u.test(version)) return "openapi-3.0";
  if (typeof version === "string" && /^3\.1\.[0-2]$/u.test(version)) return "openapi-3.1";
  const place = node.get("swagger") ?? node.get("openapi") ?? node;
  const isNumber = typeof version === "number";
  findings.error("unknown-dialect", place, {
    message:
      version === undefined
        ? "this is no API document: it has neither `swagger` nor `openapi`"
        : `this is version ${String(version)}${isNumber ? ", written as a number" : ""}`,
    hint: 'say swagger: "2.0", openapi: 3.0.x or openapi: 3.1.x; leave other files out of `documents`',
  });
  return undefined;
};

/** What the resolver insists on before it follows anything. */
const isComplete = (document: Node, findings: Findings): boolean => {
  const shape = new Shape(findings);
  const version = document.get("info")?.get("version");
  // A document of 3.1 may describe webhooks alone.
  const paths = shape.map(document.get("paths") ?? document.get("webhooks") ?? shape.need(document, "paths"));
  const complete = paths !== undefined && (version === undefined || shape.text(version) !== undefined);
  if (!complete) findings.incomplete = true;
  return complete;
};

const whyNoDocument = (absence: Absence): { message: string; hint: string } =>
  absence.reason === "unfetched" || absence.reason === "remote-reference"
    ? explained(absence)
    : {
        message: `${absence.file} cannot be read`,
        hint: "documents are files of UTF-8 text under the folder of services.yaml",
      };

/** Entry documents of a service in the order of their names, and every file they reach. */
const readDocuments = async (
  library: Library,
  manifest: ServiceManifest,
  findings: Findings,
): Promise<{ readonly documents: readonly EntryDocument[]; readonly sources: readonly SourceFile[] }> => {
  const texts = manifest.documents.map(({ value }) => String(value));
  const without = texts.filter((text) => text.startsWith("!")).map((text) => text.slice(1));
  const files = new Set<string>();
  for (const node of manifest.documents.filter(({ value }) => !String(value).startsWith("!"))) {
    const text = String(node.value);
    const matched = isRemote(text) ? [text] : await matchFiles(library.root, text, without);
    if (matched.length === 0) {
      findings.error("no-documents", node, {
        message: `no file matches ${text}`,
        hint: "patterns are relative to the folder of services.yaml, with forward slashes",
      });
      findings.incomplete = true;
    }
    for (const file of matched) files.add(file);
  }
  const documents = new Map<string, EntryDocument>();
  const sources = new Map<string, SourceFile>();
  for (const file of [...files].sort()) {
    const source = await library.obtain(file);
    if ("reason" in source) {
      findings.error(source.reason, manifest.node.get("documents") ?? manifest.node, whyNoDocument(source));
      findings.incomplete = true;
      continue;
    }
    const document = new Node(source, isRemote(file) ? source.path : resolve(library.root, file), [], source.data);
    const dialect = library.isBroken(source.file) ? undefined : dialectOf(document, findings);
    if (dialect === undefined) findings.incomplete = true;
    if (dialect === undefined || documents.has(source.path)) continue;
    if (!isComplete(document, findings)) continue;
    documents.set(source.path, { document, dialect });
    for (const one of await library.resolve(document)) sources.set(one.path, one);
  }
  for (const one of await library.resolveFrom(manifest.node, referencesOf(manifest))) sources.set(one.path, one);
  if (library.problems.length > 0 || manifest.documents.length === 0) findings.incomplete = true;
  return { documents: [...documents.values()], sources: [...sources.values()] };
};

const loadService = async (
  library: Library,
  known: Tree | undefined,
  manifest: ServiceManifest,
): Promise<{ model: ServiceModel; findings: Findings }> => {
  const findings = new Findings(manifest.tolerances, known === undefined);
  const { documents, sources } = await readDocuments(library, manifest, findings);
  const home = folderOf(String(manifest.documents[0]?.value ?? ""));
  // Documents that stand alone may lie anywhere: only what they reach counts, not what happens to lie beside them.
  const entries = new Set(documents.map(({ document }) => document.source.file));
  const tree =
    known === undefined
      ? { files: sources.map(({ file }) => file), isDocument: (file: string) => entries.has(file) }
      : { ...known, files: [...known.files, ...sources.map(({ file }) => file).filter(isRemote)] };
  return { model: readService({ manifest, documents, sources, library, tree, home, findings }), findings };
};

const manifestsOf = async (
  library: Library,
  options: LoadOptions,
  findings: Findings,
): Promise<readonly ServiceManifest[]> => {
  const { root, services = join(root, "services.yaml"), documents } = options;
  if (documents !== undefined) return standaloneManifest(library, documents, options, findings);
  const node = readServicesFile(library, resolve(services));
  return library.isBroken(node.source.file) ? [] : readManifest(node, findings);
};

/**
 * Loads every service of `services.yaml`, or the one that documents make by themselves.
 *
 * @throws {GenerationError} with everything that is wrong, each finding with file, line, column, excerpt and hint.
 */
export const loadServices = async (options: LoadOptions): Promise<Loaded> => {
  const { root, allowRemote = false } = options;
  if (!existsSync(root)) throw new GenerationError([noText(root, "missing-file")]);
  const library = new Library(realpathSync(root), allowRemote ? {} : undefined);
  const manifestFindings = new Findings();
  const manifests = await manifestsOf(library, options, manifestFindings);
  const tree = options.documents === undefined ? await readTree(library.root) : undefined;
  const loaded: { model: ServiceModel; findings: Findings }[] = [];
  for (const manifest of manifests) loaded.push(await loadService(library, tree, manifest));

  // A file that is no YAML holds nothing: whatever else is said of it follows from that.
  const found = loaded
    .flatMap(({ findings }) => findings.errors)
    .filter(({ origin }) => !library.isBroken(origin.file));
  const errors = [...library.problems, ...manifestFindings.errors, ...found];
  if (errors.length > 0) throw new GenerationError(errors);
  return {
    services: loaded.map(({ model }) => model),
    warnings: inOrder(loaded.flatMap(({ findings }) => findings.warnings)),
  };
};
