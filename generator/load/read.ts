/**
 * Files and references. The resolver of swagger-parser walks from an entry document to every file it reaches; reading
 * and parsing are ours, so that each file is read once, positions survive, nothing outside the root is touched, and a
 * file that only an example mentions may be absent.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import SwaggerParser from "@apidevtools/swagger-parser";
import { type Document, LineCounter, parseDocument } from "yaml";
import type { Diagnostic } from "../errors.js";
import { DataError, dataOf } from "./data.js";
import { excerptOf, keysOf, type Located, locateOffset } from "./locate.js";
import { Node } from "./node.js";
import { placeOf, plainUrl, unescaped } from "./place.js";
import { type Fetched, isRemote, Remote, type RemoteLimits, shownUrl } from "./remote.js";
import { Resources } from "./resources.js";
import type { SourceFile } from "./source-file.js";

/** Why a file has no content. Matters only once something needs it. */
export interface Absence {
  readonly reason: "missing-file" | "unreadable-file" | "outside-root" | "remote-reference" | "unfetched";
  /** What the reference came to, relative to the root where it is inside. */
  readonly file: string;
  /** Why it could not be fetched. */
  readonly why?: string;
}

/** A file that exists, and a place in it that does not, or a name in it that stands for several. */
export interface Dangling {
  readonly file: string;
  readonly pointer: string;
  readonly count: number;
}

type Followed = { readonly found: Node } | { readonly absent: Absence } | { readonly dangling: Dangling };

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

const describe = (root: string, path: string): string => relative(root, path).split(sep).join("/");

const inside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

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
  private readonly remote: Remote | undefined;
  private readonly resources = new Resources();

  /** `remote`: other machines may be asked. */
  constructor(root: string, remote?: Partial<RemoteLimits>) {
    this.root = realpathSync(root);
    this.remote = remote === undefined ? undefined : new Remote(remote);
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

  /** An entry document: a file, relative to the root, or a URL. */
  async obtain(document: string): Promise<SourceFile | Absence> {
    return isRemote(document) ? this.fetch(document, undefined) : this.read(resolve(this.root, document));
  }

  /** Reads every file that an entry document reaches; answers them all, the document too. */
  async resolve(document: Node): Promise<readonly SourceFile[]> {
    const found = new Set<SourceFile>();
    await SwaggerParser.resolve(document.path, this.parserOptions(found));
    return [...found];
  }

  /** The same for references that stand in no document, relative to the file of a node. */
  async resolveFrom(node: Node, references: readonly unknown[]): Promise<readonly SourceFile[]> {
    const carrier = {
      openapi: "3.1.0" as const,
      info: { title: "references", version: "1" },
      paths: {},
      "x-references": references,
    };
    const found = new Set<SourceFile>();
    await SwaggerParser.resolve(node.path, carrier, this.parserOptions(found));
    return [...found];
  }

  private parserOptions(found: Set<SourceFile>): SwaggerParser.Options {
    const parse = ({ url, baseUrl }: { url: string; baseUrl?: string }): unknown =>
      isRemote(url) ? this.remoteContent(url, baseUrl, found) : this.contentOf(unescaped(url), found);
    return {
      resolve: {
        http: false,
        file: { order: 1, canRead: true, read: ({ url }: { url: string }) => url },
      },
      parse: {
        json: false,
        text: false,
        binary: false,
        yaml: { order: 1, canParse: true, parse },
      },
    };
  }

  /** Follows a reference from the place that holds it. */
  follow(reference: string, from: Node): Followed {
    const hash = reference.indexOf("#");
    const target = hash < 0 ? reference : reference.slice(0, hash);
    const pointer = hash < 0 ? "" : unescaped(reference.slice(hash + 1));
    const resource =
      target === "" ? this.resources.around(from) : (this.resources.named(target, from) ?? this.open(target, from));
    if ("reason" in resource) return { absent: resource };
    const keys = keysOf(pointer);
    const found = keys === undefined ? this.resources.anchored(resource, pointer) : this.pointed(resource, keys);
    const [first, ...others] = found;
    if (first !== undefined && others.length === 0) return { found: first };
    return { dangling: { file: resource.source.file, pointer, count: found.length } };
  }

  /** In a schema with an `$id`, pointers begin there; many a document means its own root even so. */
  private pointed(resource: Node, keys: readonly string[]): readonly Node[] {
    const found = resource.find(keys) ?? resource.root().find(keys);
    return found === undefined ? [] : [found];
  }

  private open(target: string, from: Node): Node | Absence {
    const path = placeOf(target, from.path);
    if (path === undefined || (isRemote(path) && this.remote === undefined))
      return { reason: "remote-reference", file: shownUrl(path ?? target) };
    const source = this.reached.has(path) ? this.read(path) : undefined;
    if (source === undefined) return { reason: "missing-file", file: describe(this.root, path) };
    if ("reason" in source) return source;
    return new Node(source, isRemote(path) ? source.path : path, [], source.data);
  }

  private contentOf(path: string, found: Set<SourceFile>): unknown {
    this.reached.add(path);
    const source = this.read(path);
    if ("reason" in source) return standIn;
    found.add(source);
    this.resources.add(source);
    const { data } = source;
    const empty = typeof data !== "object" || data === null || Object.keys(data).length === 0;
    return empty ? standIn : data;
  }

  /** What was redirected says where it stands, so that what it refers to is looked for beside that. */
  private async remoteContent(url: string, base: string | undefined, found: Set<SourceFile>): Promise<unknown> {
    const path = plainUrl(new URL(url));
    const source = await this.fetch(path, base !== undefined && isRemote(base) ? base : undefined);
    this.reached.add(path);
    if ("reason" in source || source.path === path) return this.contentOf(path, found);
    return { $ref: source.path };
  }

  private async fetch(url: string, referrer: string | undefined): Promise<SourceFile | Absence> {
    const [path, file] = [plainUrl(new URL(url)), shownUrl(url)];
    const known = this.byPath.get(path);
    if (known !== undefined) return known;
    const fetched = (await this.remote?.fetch(path, referrer)) ?? { failure: undefined };
    // Who asked for the same meanwhile has got as far.
    const source = this.byPath.get(path) ?? this.fetched(file, fetched);
    this.byPath.set(path, source);
    return source;
  }

  private fetched(file: string, fetched: Fetched | { readonly failure: undefined }): SourceFile | Absence {
    if (!("failure" in fetched)) {
      const known = this.byPath.get(fetched.url);
      if (known !== undefined) return known;
      const source = this.textOf(fetched.url, shownUrl(fetched.url), fetched.bytes);
      this.byPath.set(fetched.url, source);
      return source;
    }
    const { failure } = fetched;
    return failure === undefined ? { reason: "remote-reference", file } : { reason: "unfetched", file, why: failure };
  }

  private load(path: string): SourceFile | Absence {
    let real: string;
    if (isRemote(path)) return { reason: "remote-reference", file: shownUrl(path) };
    try {
      real = realpathSync(path);
    } catch {
      const reason = inside(this.root, path) ? "missing-file" : "outside-root";
      return { reason, file: describe(this.root, path) };
    }
    if (!inside(this.root, real)) return { reason: "outside-root", file: describe(this.root, path) };
    const twin = path === real ? undefined : this.read(real);
    if (twin !== undefined) return twin;
    return this.textOf(real, describe(this.root, real), undefined);
  }

  private textOf(path: string, file: string, bytes: Uint8Array | undefined): SourceFile | Absence {
    try {
      return this.parse(path, file, bytes ?? readFileSync(path));
    } catch {
      return { reason: "unreadable-file", file };
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
