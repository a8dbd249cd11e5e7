/** Documents without a `services.yaml`: one service, called after its title. */

import { join } from "node:path";
import { escapePath } from "tinyglobby";
import { GenerationError } from "../errors.js";
import { serviceNameOf } from "../model/names.js";
import { diagnostic } from "./findings.js";
import type { ServiceManifest } from "./manifest.js";
import { Node } from "./node.js";
import type { Library } from "./read.js";

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

/** What a `services.yaml` that names only these documents would say; nothing when the first cannot be read. */
export const standaloneManifest = (
  library: Library,
  documents: readonly string[],
  name: string | undefined,
): readonly ServiceManifest[] => {
  const [first = ""] = documents;
  const path = join(library.root, first);
  const source = library.read(path);
  if ("reason" in source) {
    const origin = { file: first, pointer: "", line: 1, column: 1 };
    const message = `${first} cannot be read as UTF-8 text`;
    throw new GenerationError([
      { code: source.reason, message, origin, excerpt: "", hint: "documents are YAML or JSON in UTF-8" },
    ]);
  }
  if (library.isBroken(source.file)) return [];
  const document = new Node(source, path, [], source.data);
  const stem = first.slice(first.lastIndexOf("/") + 1).replace(/\.[^.]*$/u, "");
  const written = textAt(document, ["info", "title"]);
  const called = name ?? nameOf(document, written ?? stem);
  const isOne = documents.length === 1;
  const description = isOne ? textAt(document, ["info", "description"]) : undefined;
  const node = document.standing({ documents: documents.map((file) => escapePath(file)) });
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
      node,
    },
  ];
};
