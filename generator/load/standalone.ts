/** Documents without a `services.yaml`: one service, called after its title. */

import { join } from "node:path";
import { escapePath } from "tinyglobby";
import { GenerationError } from "../errors.js";
import { serviceNameOf } from "../model/names.js";
import { explained } from "../model/references.js";
import { diagnostic, type Findings } from "./findings.js";
import { type OwnFormats, readFormats, type ServiceManifest } from "./manifest.js";
import { Node } from "./node.js";
import type { Absence, Library } from "./read.js";
import { isRemote } from "./remote.js";

/** What a `services.yaml` would say beside the documents. */
export interface StandaloneOptions {
  /** What the service is called; made from its title otherwise. */
  readonly name?: string;
  /** The formats of the service's own. */
  readonly formats?: OwnFormats | Node;
}

const textAt = (node: Node, keys: readonly string[]): string | undefined => {
  const value = node.find(keys)?.value;
  return typeof value === "string" ? value : undefined;
};

const nameOf = (document: Node, title: string): string => {
  const name = serviceNameOf(title);
  if (name !== "") return name;
  throw new GenerationError([
    diagnostic("unusable-name", document.find(["info", "title"]) ?? document, {
      message: "this title has no letters from a to z that could name a folder",
      hint: "name the service with --name",
    }),
  ]);
};

const unread = (absence: Absence): GenerationError => {
  const { reason: code, file } = absence;
  const { message, hint } =
    code === "unreadable-file"
      ? { message: `${file} cannot be read as UTF-8 text`, hint: "documents are YAML or JSON in UTF-8" }
      : explained(absence);
  return new GenerationError([{ code, message, origin: { file, pointer: "", line: 1, column: 1 }, excerpt: "", hint }]);
};

/** What a `services.yaml` that names only these documents would say; nothing when the first cannot be read. */
export const standaloneManifest = async (
  library: Library,
  documents: readonly string[],
  { name, formats }: StandaloneOptions,
  findings: Findings,
): Promise<readonly ServiceManifest[]> => {
  const [first = ""] = documents;
  const source = await library.obtain(first);
  if ("reason" in source) throw unread(source);
  if (library.isBroken(source.file)) return [];
  const document = new Node(source, isRemote(first) ? source.path : join(library.root, first), [], source.data);
  const stem = source.file.slice(source.file.lastIndexOf("/") + 1).replace(/\.[^.]*$/u, "");
  const written = textAt(document, ["info", "title"]);
  const called = name ?? nameOf(document, written ?? stem);
  const isOne = documents.length === 1;
  const description = isOne ? textAt(document, ["info", "description"]) : undefined;
  const node = document.standing({ documents: documents.map((file) => (isRemote(file) ? file : escapePath(file))) });
  return [
    {
      name: called,
      title: (isOne ? written : undefined) ?? called,
      version: textAt(document, ["info", "version"]) ?? "1",
      description,
      documents: node.get("documents")?.items() ?? [],
      prefixes: [],
      implicit: [],
      overrides: [],
      tolerances: [],
      names: [],
      formats: readFormats(
        formats instanceof Node || formats === undefined ? formats : node.standing(formats),
        findings,
      ),
      node,
    },
  ];
};
