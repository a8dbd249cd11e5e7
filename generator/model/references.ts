/** Follows references where the format means them as references; a reference in an example is data. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import type { Absence, Dangling, Library } from "../load/read.js";
import { isRecord } from "../record.js";

const absences: Readonly<Record<Absence["reason"], (file: string, why?: string) => { message: string; hint: string }>> =
  {
    "missing-file": (file) => ({
      message: `there is no file ${file}`,
      hint: "references are relative to the file that holds them; correct the path or add the file",
    }),
    "unreadable-file": (file) => ({
      message: `${file} cannot be read`,
      hint: "make it a file of UTF-8 text that this user may read",
    }),
    "outside-root": (file) => ({
      message: `${file} lies outside the folder of services.yaml`,
      hint: "keep all documents under one folder, or move services.yaml up",
    }),
    "remote-reference": (file) => ({
      message: `${file} is on another machine; nothing is fetched`,
      hint: "keep a copy of the file beside the documents and refer to that, or allow it with --allow-remote",
    }),
    unfetched: (file, why = "is not there") => ({
      message: `${file} ${why}`,
      hint: "correct the URL, or keep a copy of the file beside the documents and refer to that",
    }),
  };

/** Why a file has no content, and what to do about it. */
export const explained = ({ reason, file, why }: Absence): { message: string; hint: string } =>
  absences[reason](file, why);

const dangling = ({ file, pointer, count }: Dangling): { message: string; hint: string } => {
  if (count > 1) {
    const message = `${file} has ${count} schemas with the $anchor ${pointer}`;
    return { message, hint: "give each of them a name of its own" };
  }
  const isPointer = pointer === "" || pointer.startsWith("/");
  return {
    message: isPointer ? `${file} has nothing at ${pointer}` : `${file} has no schema with the $anchor ${pointer}`,
    hint: isPointer
      ? "correct the part after #, a JSON pointer into that file"
      : "correct the part after #: a JSON pointer, which begins with /, or the $anchor of a schema",
  };
};

/** How far a chain of references may lead before it counts as a circle. */
const longestChain = 50;

export const hasReference = (node: Node): boolean => isRecord(node.value) && typeof node.value["$ref"] === "string";

export class References {
  readonly library: Library;
  private readonly findings: Findings;

  constructor(library: Library, findings: Findings) {
    this.library = library;
    this.findings = findings;
  }

  /** Where a text that names a place leads; reports when it leads nowhere. */
  follow(node: Node): Node | undefined {
    const reference = String(node.value);
    const followed = this.library.follow(reference, node);
    if ("found" in followed) return followed.found;
    if ("absent" in followed) this.findings.error(followed.absent.reason, node, explained(followed.absent));
    else if (!this.library.isBroken(followed.dangling.file)) {
      this.findings.error("dangling-reference", node, dangling(followed.dangling));
    }
    return undefined;
  }

  /** The target of an object's `$ref`. */
  target(node: Node): Node | undefined {
    const reference = node.get("$ref");
    return reference === undefined ? undefined : this.follow(reference);
  }

  /**
   * The object itself, or what its reference leads to: for parameters, responses and the like, whose references have
   * no siblings. Texts beside a reference of OpenAPI 3.1 are allowed; callers read them from the outer object.
   */
  settled(node: Node): Node | undefined {
    let current: Node | undefined = node;
    for (let hop = 0; hop < longestChain; hop += 1) {
      if (current === undefined) return undefined;
      if (!hasReference(current)) return this.plain(current);
      this.refuseSiblings(current);
      current = this.target(current);
    }
    this.findings.error("circular-reference", node, {
      message: "this reference leads back to itself",
      hint: "let one of the references in the circle be a value",
    });
    return undefined;
  }

  /** What is no reference may not look like one. */
  private plain(node: Node): Node | undefined {
    const reference = node.get("$ref");
    if (reference === undefined) return node;
    this.findings.error("wrong-shape", reference, {
      message: "`$ref` must be a text",
      hint: "name a file, or a place in one after #",
    });
    return undefined;
  }

  private refuseSiblings(node: Node): void {
    for (const [key, inner] of node.entries()) {
      if (key === "$ref" || key === "description" || key === "summary" || key.startsWith("x-")) continue;
      this.findings.error("unsupported", inner, {
        message: `\`${key}\` beside a $ref has no meaning here`,
        hint: "move it to the referenced object",
        part: "key",
      });
    }
  }
}
