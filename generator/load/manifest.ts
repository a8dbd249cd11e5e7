/**
 * `services.yaml`, read strictly: every key is known, every value has its shape, and everything keeps its place so
 * that an entry nobody needs can be pointed at.
 */

import { defects, isDefect } from "../model/defects.js";
import type { Findings, Tolerance } from "./findings.js";
import { keysOf } from "./locate.js";
import type { Node } from "./node.js";
import { isPattern } from "./pattern.js";
import { Shape } from "./shape.js";

/** Values of a prefix variable: `%NAME%` or `{NAME}` in base paths and paths. */
export interface Prefix {
  readonly name: string;
  readonly values: readonly string[];
  readonly node: Node;
}

/** A response in words of `services.yaml`: `{ description, schema }`. */
export interface ResponseManifest {
  readonly status: string;
  readonly description: string | undefined;
  /** A file, or `FILE#/pointer`. */
  readonly schema: Node | undefined;
  readonly node: Node;
}

type OverrideTarget =
  | { readonly kind: "operation"; readonly nodes: readonly Node[] }
  | { readonly kind: "document"; readonly nodes: readonly Node[] }
  | { readonly kind: "schema"; readonly nodes: readonly Node[] };

export interface OverrideManifest {
  readonly target: OverrideTarget;
  readonly node: Node;
}

/** A name that `services.yaml` fixes: of the schema at `FILE` or `FILE#/pointer`, or of the operation there. */
export interface PinnedName {
  readonly target: string;
  readonly name: string;
  readonly node: Node;
}

/** Formats of a project's own, as programs and files of options say them: what a text of each matches, and words. */
export type OwnFormats = Readonly<Record<string, { readonly pattern: string; readonly description?: string }>>;

/** A format of the project's own. */
export interface NamedFormat {
  readonly name: string;
  /** What a text of this format matches. */
  readonly pattern: string;
  /** Told of each schema that has the format and no words of its own. */
  readonly description: string | undefined;
  readonly node: Node;
}

export interface ServiceManifest {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly documents: readonly Node[];
  readonly prefixes: readonly Prefix[];
  readonly implicit: readonly ResponseManifest[];
  readonly overrides: readonly OverrideManifest[];
  readonly tolerances: readonly Tolerance[];
  readonly names: readonly PinnedName[];
  readonly formats: readonly NamedFormat[];
  readonly node: Node;
}

const serviceKeys = [
  "title",
  "version",
  "description",
  "documents",
  "prefixes",
  "implicit",
  "override",
  "tolerate",
  "names",
  "formats",
];
const operationChanges = ["auth", "consumes", "produces", "body", "response"] as const;
const schemaChanges = ["optional", "required", "merge", "or"] as const;
const targets = ["operation", "operations", "document", "documents", "schema", "schemas"] as const;

class ManifestReader {
  private readonly findings: Findings;
  private readonly shape: Shape;

  constructor(findings: Findings) {
    this.findings = findings;
    this.shape = new Shape(findings);
  }

  services(root: Node): readonly ServiceManifest[] {
    if (this.shape.map(root) === undefined) return [];
    this.known(root, ["services"]);
    const services = this.shape.map(this.shape.need(root, "services"));
    if (services !== undefined && services.entries().length === 0) {
      this.findings.error("wrong-shape", services, {
        message: "`services` names no service",
        hint: "add one: its name, and under it `documents`",
      });
    }
    return (services?.entries() ?? []).flatMap(([name, node]) => this.service(name, node) ?? []);
  }

  private known(node: Node, keys: readonly string[]): void {
    for (const [key, inner] of node.entries()) {
      if (keys.includes(key)) continue;
      this.findings.error("wrong-shape", inner, {
        message: `\`${key}\` is no key of ${node.source.file.split("/").at(-1)} here`,
        hint: `known are ${keys.join(", ")}`,
        part: "key",
      });
    }
  }

  private service(name: string, node: Node): ServiceManifest | undefined {
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u.test(name)) {
      this.findings.error("wrong-shape", node, {
        message: `\`${name}\` cannot be the name of a service: it names a folder`,
        hint: "use lower-case words joined by hyphens",
        part: "key",
      });
    }
    if (name === "seam") {
      this.findings.error("wrong-shape", node, {
        message: "a service cannot be called seam: the folder of this name holds what all generated code stands on",
        hint: "give the service another name",
        part: "key",
      });
    }
    if (this.shape.map(node) === undefined) return undefined;
    this.known(node, serviceKeys);
    const tolerate = this.shape.list(node.get("tolerate"));
    return {
      name,
      title: this.shape.text(node.get("title")) ?? name,
      version: this.shape.text(node.get("version")) ?? "1",
      description: this.shape.text(node.get("description")),
      documents: this.shape.oneOrMore(this.shape.need(node, "documents")),
      prefixes: this.prefixes(node.get("prefixes")),
      implicit: this.responses(node.get("implicit")),
      overrides: this.shape.list(node.get("override")).flatMap((entry) => this.override(entry) ?? []),
      tolerances: tolerate.flatMap((entry) => this.tolerance(entry) ?? []),
      names: (this.shape.map(node.get("names"))?.entries() ?? []).flatMap(([target, entry]) => {
        const pinned = this.shape.text(entry);
        return pinned === undefined ? [] : [{ target, name: pinned, node: entry }];
      }),
      formats: this.formats(node.get("formats")),
      node,
    };
  }

  formats(node: Node | undefined): readonly NamedFormat[] {
    return (this.shape.map(node)?.entries() ?? []).flatMap(([name, entry]) => this.format(name, entry) ?? []);
  }

  private format(name: string, node: Node): NamedFormat | undefined {
    if (this.shape.map(node) === undefined) return undefined;
    this.known(node, ["pattern", "description"]);
    const written = this.shape.need(node, "pattern");
    const pattern = this.shape.text(written);
    const description = this.shape.text(node.get("description"));
    if (pattern === undefined || written === undefined || !isPattern(pattern, written, this.findings)) return undefined;
    return { name, pattern, description, node };
  }

  private prefixes(node: Node | undefined): readonly Prefix[] {
    return (this.shape.map(node)?.entries() ?? []).map(([name, entry]) => ({
      name,
      values: this.shape.oneOrMore(entry).map(({ value }) => String(value)),
      node: entry,
    }));
  }

  responses(node: Node | undefined): readonly ResponseManifest[] {
    return (this.shape.map(node)?.entries() ?? []).flatMap(([status, entry]) => {
      if (this.shape.map(entry) === undefined) return [];
      this.known(entry, ["description", "schema"]);
      const schema = entry.get("schema");
      if (schema !== undefined) this.shape.text(schema);
      return {
        status: status.toUpperCase().replace("DEFAULT", "default"),
        description: this.shape.text(entry.get("description")),
        schema: typeof schema?.value === "string" ? schema : undefined,
        node: entry,
      };
    });
  }

  private override(node: Node): OverrideManifest | undefined {
    if (this.shape.map(node) === undefined) return undefined;
    const named = targets.filter((key) => node.get(key) !== undefined);
    const [target] = named;
    if (target === undefined || named.length > 1) {
      this.findings.error("wrong-shape", node, {
        message:
          named.length > 1 ? `an override has one target, not ${named.join(" and ")}` : "an override needs a target",
        hint: `name exactly one of ${targets.join(", ")}`,
      });
      return undefined;
    }
    this.reason(node);
    const kind = target.startsWith("schema") ? "schema" : target.startsWith("operation") ? "operation" : "document";
    const changes: readonly string[] = kind === "schema" ? schemaChanges : operationChanges;
    this.known(node, [target, "because", ...changes]);
    this.shape.map(kind === "schema" ? node.get("merge") : undefined);
    if (!changes.some((change) => node.get(change) !== undefined)) {
      this.findings.error("wrong-shape", node, {
        message: "an override needs a change",
        hint: `name at least one of ${changes.join(", ")}`,
      });
    }
    return { target: { kind, nodes: this.shape.oneOrMore(node.get(target)) }, node };
  }

  private tolerance(node: Node): Tolerance | undefined {
    if (this.shape.map(node) === undefined) return undefined;
    this.known(node, ["file", "pointer", "defect", "because"]);
    this.reason(node);
    const file = this.shape.text(this.shape.need(node, "file"));
    const pointer = this.shape.text(this.shape.need(node, "pointer"));
    const codes = Object.keys(defects).filter(isDefect);
    const defect = this.shape.choice(this.shape.need(node, "defect"), codes);
    if (pointer !== undefined && keysOf(pointer) === undefined) {
      this.findings.error("wrong-shape", node.get("pointer") ?? node, {
        message: "a JSON pointer is empty or begins with a slash",
        hint: "write for example /paths/~1x/get/responses/200",
      });
    }
    return file === undefined || pointer === undefined || defect === undefined
      ? undefined
      : { file, pointer, defect, node };
  }

  private reason(node: Node): void {
    this.shape.text(this.shape.need(node, "because"));
  }
}

/** The services of a manifest; what is wrong with it goes to the findings. */
export const readManifest = (root: Node, findings: Findings): readonly ServiceManifest[] =>
  new ManifestReader(findings).services(root);

/** Formats of a project's own, wherever they are named. */
export const readFormats = (node: Node | undefined, findings: Findings): readonly NamedFormat[] =>
  new ManifestReader(findings).formats(node);

/** The responses of an override. */
export const readResponses = (node: Node | undefined, findings: Findings): readonly ResponseManifest[] =>
  new ManifestReader(findings).responses(node);
