/**
 * Files and references. The resolver of swagger-parser walks from an entry document to every file it reaches; reading
 * and parsing are ours, so that each file is read once, positions survive, nothing outside the root is touched, and a
 * file that only an example mentions may be absent.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import SwaggerParser from "@apidevtools/swagger-parser";
import { type Document, LineCounter, parseDocument } from "yaml";
import type { Diagnostic } from "../errors.js";
import { DataError, dataOf } from "./data.js";
import { excerptOf, keysOf, type Located, locateOffset } from "./locate.js";
import { Node } from "./node.js";

/** A file that was read and parsed. */
export interface SourceFile extends Located {
  /** With symbolic links followed: the identity of everything in the file. */
  readonly path: string;
  readonly sha256: string;
  readonly data: unknown;
}

/** Why a file has no content. Matters only once something needs it. */
export interface Absence {
  readonly reason: "missing-file" | "unreadable-file" | "outside-root" | "remote-reference";
  /** What the reference came to, relative to the root where it is inside. */
  readonly file: string;
}

type Followed =
  | { readonly found: Node }
  | { readonly absent: Absence }
  | { readonly dangling: { readonly file: string; readonly pointer: string } };

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

const describe = (root: string, path: string): string => relative(root, path).split(sep).join("/");

const inside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

/** Undoes the escaping of swagger-parser's paths; a malformed escape stands for itself. */
const unescaped = (url: string): string => {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
};

const isRemote = (reference: string): boolean => /^[a-z][a-z0-9+.-]+:|^\/\//iu.test(reference);

/** Given to swagger-parser for a file that is not there: it accepts no empty document. */
const standIn = { "x-absent": true };

/** Once the structure is lost, all that follows is an echo of the first error; a repeated key loses nothing. */
const tellingErrors = ({ errors }: Document): Document["errors"] => {
  const lost = errors.findIndex(({ code }) => code !== "DUPLICATE_KEY");
  return lost < 0 ? errors : errors.slice(0, lost + 1);
};

/** All files of one run. */
export class Library {
  readonly root: string;
  readonly problems: Diagnostic[] = [];
  private readonly byPath = new Map<string, SourceFile | Absence>();
  private readonly reached = new Set<string>();

  constructor(root: string) {
    this.root = realpathSync(root);
  }

  /** Reads and parses a file, once; `path` is absolute. */
  read(path: string): SourceFile | Absence {
    const known = this.byPath.get(path);
    if (known !== undefined) return known;
    const file = this.load(path);
    this.byPath.set(path, file);
    return file;
  }

  /** Reads `services.yaml`, which alone may lie outside the root. */
  readManifest(path: string): SourceFile | Absence {
    const file = inside(this.root, path) ? describe(this.root, path) : (path.split(sep).at(-1) ?? path);
    try {
      return this.parse(path, file, readFileSync(path));
    } catch {
      return { reason: existsSync(path) ? "unreadable-file" : "missing-file", file };
    }
  }

  /** Reads every file that an entry document reaches; answers them all, the document too. */
  async resolve(document: Node): Promise<readonly SourceFile[]> {
    return this.noteReached(await SwaggerParser.resolve(document.path, this.parserOptions()));
  }

  /** The same for references that stand in no document, relative to the file of a node. */
  async resolveFrom(node: Node, references: readonly unknown[]): Promise<readonly SourceFile[]> {
    const carrier = {
      openapi: "3.1.0" as const,
      info: { title: "references", version: "1" },
      paths: {},
      "x-references": references,
    };
    return this.noteReached(await SwaggerParser.resolve(node.path, carrier, this.parserOptions()));
  }

  private parserOptions(): SwaggerParser.Options {
    return {
      resolve: {
        http: false,
        file: { order: 1, canRead: true, read: ({ url }: { url: string }) => url },
      },
      parse: {
        json: false,
        text: false,
        binary: false,
        yaml: { order: 1, canParse: true, parse: ({ url }: { url: string }) => this.contentOf(url) },
      },
    };
  }

  private noteReached(refs: { paths(): string[] }): readonly SourceFile[] {
    return refs.paths().flatMap((url) => {
      const path = unescaped(url);
      this.reached.add(path);
      const source = isRemote(url) ? undefined : this.byPath.get(path);
      return source === undefined || "reason" in source ? [] : [source];
    });
  }

  /** Follows a reference from the file that holds it. */
  follow(reference: string, from: Node): Followed {
    const hash = reference.indexOf("#");
    const target = hash < 0 ? reference : reference.slice(0, hash);
    const pointer = hash < 0 ? "" : unescaped(reference.slice(hash + 1));
    const file = target === "" ? { source: from.source, path: from.path } : this.open(target, from);
    if ("reason" in file) return { absent: file };
    const keys = keysOf(pointer);
    const found = keys && new Node(file.source, file.path, [], file.source.data).find(keys);
    return found === undefined ? { dangling: { file: file.source.file, pointer } } : { found };
  }

  private open(target: string, from: Node): { readonly source: SourceFile; readonly path: string } | Absence {
    if (isRemote(target)) return { reason: "remote-reference", file: target };
    const path = resolve(dirname(from.path), unescaped(target));
    const source = this.reached.has(path) ? this.read(path) : undefined;
    if (source === undefined) return { reason: "missing-file", file: describe(this.root, path) };
    return "reason" in source ? source : { source, path };
  }

  private contentOf(url: string): unknown {
    if (isRemote(url)) return standIn;
    const source = this.read(unescaped(url));
    if ("reason" in source) return standIn;
    const { data } = source;
    const empty = typeof data !== "object" || data === null || Object.keys(data).length === 0;
    return empty ? standIn : data;
  }

  private load(path: string): SourceFile | Absence {
    let real: string;
    let bytes: Uint8Array;
    try {
      real = realpathSync(path);
    } catch {
      const reason = inside(this.root, path) ? "missing-file" : "outside-root";
      return { reason, file: describe(this.root, path) };
    }
    if (!inside(this.root, real)) return { reason: "outside-root", file: describe(this.root, path) };
    const twin = path === real ? undefined : this.read(real);
    if (twin !== undefined) return twin;
    try {
      bytes = readFileSync(real);
      return this.parse(real, describe(this.root, real), bytes);
    } catch {
      return { reason: "unreadable-file", file: describe(this.root, real) };
    }
  }

  /** Parses text; a file that is not YAML is reported and holds nothing. */
  parse(path: string, file: string, bytes: Uint8Array): SourceFile {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, keepSourceTokens: false });
    const located: Located = { file, text, document, lines };
    for (const { message, pos } of tellingErrors(document)) {
      const hint = "correct the YAML; indentation, quotes and brackets around this place are the usual causes";
      this.syntaxProblem(located, pos[0], message.replace(/\s+/gu, " ").replace(/[.:]$/u, ""), hint);
    }
    const data = document.errors.length > 0 ? null : this.dataOf(located, document);
    return { ...located, path, sha256: sha256(bytes), data };
  }

  private dataOf(located: Located, document: Document): unknown {
    try {
      return dataOf(document);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.syntaxProblem(located, error.offset, error.message, error.hint);
      return null;
    }
  }

  private syntaxProblem(located: Located, offset: number, message: string, hint: string): void {
    const origin = locateOffset(located, offset);
    this.problems.push({ code: "yaml-syntax", message, origin, excerpt: excerptOf(located, origin), hint });
  }

  /** Whether a file could not be parsed; what it lacks is then no news. */
  isBroken(file: string): boolean {
    return this.problems.some(({ code, origin }) => code === "yaml-syntax" && origin.file === file);
  }
}
