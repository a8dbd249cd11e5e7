/** What both dialects share: the surroundings of a front end, and the parts of documents that are alike. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { Shape } from "../load/shape.js";
import type { Examples } from "./examples.js";
import type { Dialect } from "./keywords.js";
import type { Linked } from "./linked-operations.js";
import type { ExampleModel, Kept, MediaModel, Method, OperationModel, ParameterModel, Trigger } from "./model.js";
import { operationIdOf, pascalCase } from "./names.js";
import { nearest } from "./nearest.js";
import { type Mounted, type Paths, parametersIn } from "./paths.js";
import type { Pins } from "./pins.js";
import type { References } from "./references.js";
import type { Schemas } from "./schemas.js";
import type { Security } from "./security.js";
import { refuseUnusable } from "./unusable.js";

/** What a front end needs to read one entry document. */
export interface Surroundings {
  readonly document: Node;
  readonly dialect: Dialect;
  readonly references: References;
  readonly schemas: Schemas;
  readonly security: Security;
  readonly paths: Paths;
  readonly findings: Findings;
  /** The operations that links name, of all documents of the service. */
  readonly linked: Linked[];
}

/** An operation, and the entry document it came from. */
export interface FoundOperation {
  readonly operation: OperationModel;
  readonly node: Node;
  /** Set where the service is the one that sends the request. */
  readonly trigger?: Trigger;
}

export const methods: Readonly<Record<string, Method>> = {
  get: "GET",
  put: "PUT",
  post: "POST",
  delete: "DELETE",
  options: "OPTIONS",
  head: "HEAD",
  patch: "PATCH",
  trace: "TRACE",
};

/** "200", "4XX" or "default"; undefined for anything else. */
export const statusOf = (key: string): string | undefined => {
  if (key === "default") return key;
  const status = key.toUpperCase();
  return /^[1-5](\d\d|XX)$/u.test(status) ? status : undefined;
};

/** Exact statuses ascend, each range follows its hundred, "default" comes last. */
export const byStatus = (a: { readonly status: string }, b: { readonly status: string }): number => {
  const rank = (status: string): string => (status === "default" ? "9" : status.replaceAll("X", "~"));
  return rank(a.status) < rank(b.status) ? -1 : 1;
};

export const mediaTypeOf = (text: string): string => (text.split(";")[0] ?? "").trim().toLowerCase();

export const isJson = (mediaType: string): boolean => /^application\/(.+\+)?json$/u.test(mediaType);

/** Reads the parts that look alike in both dialects. */
export class Commons {
  readonly shape: Shape;
  private readonly examples: Examples;
  private readonly pins: Pins;
  private readonly findings: Findings;
  /** The names of parameters that do not say where they stand. */
  private readonly unplaced = new Set<string>();

  constructor({ findings, schemas }: Pick<Surroundings, "findings" | "schemas">) {
    this.findings = findings;
    this.examples = schemas.examples;
    this.pins = schemas.pins;
    this.shape = new Shape(findings);
  }

  /** Where a parameter stands. One that does not say so may be the very one that a path needs. */
  placeIn<Place extends string>(node: Node, places: readonly Place[]): Place | undefined {
    const place = this.shape.choice(this.shape.need(node, "in"), places);
    if (place === undefined) this.unplaced.add(String(node.get("name")?.value));
    return place;
  }

  /** Reports keys that the format does not have at this place. */
  known(node: Node, what: string, keys: readonly string[]): void {
    for (const [key, inner] of node.entries()) {
      if (keys.includes(key) || key.startsWith("x-")) continue;
      const meant = nearest(
        key,
        keys.filter((name) => node.get(name) === undefined),
      );
      this.findings.defect("unknown-keyword", inner, {
        message: `\`${key}\` is no key of ${what}`,
        hint: meant === undefined ? "correct its spelling or remove it" : `did you mean \`${meant}\`?`,
        part: "key",
      });
    }
  }

  refuse(node: Node | undefined, message: string, hint: string): void {
    if (node !== undefined) this.findings.error("unsupported", node, { message, hint, part: "key" });
  }

  extensions(node: Node): OperationModel["extensions"] {
    const extensions = node.entries().filter(([key]) => key.startsWith("x-"));
    return Object.fromEntries(extensions.map(([key, { value }]) => [key, value]));
  }

  /** What only `openapi.json` keeps: extensions, and the keys named here. */
  kept(node: Node | undefined, ...keys: readonly string[]): { readonly kept?: Kept } {
    const kept = (node?.entries() ?? []).filter(([key]) => key.startsWith("x-") || keys.includes(key));
    return kept.length === 0 ? {} : { kept: Object.fromEntries(kept.map(([key, { value }]) => [key, value])) };
  }

  /** What is kept of an operation and of what it stands in. */
  keptOf(operation: Node, item: Node | undefined): Pick<OperationModel, "kept" | "responsesKept" | "pathKept"> {
    const { kept: responsesKept } = this.kept(operation.get("responses"));
    const { kept: pathKept } = this.kept(item, "summary", "description");
    const docs = this.externalDocs(operation);
    return {
      ...(docs === undefined ? {} : { kept: { externalDocs: docs } }),
      ...(responsesKept === undefined ? {} : { responsesKept }),
      ...(pathKept === undefined ? {} : { pathKept }),
    };
  }

  /** Documentation elsewhere, of whatever holds it. */
  externalDocs(holder: Node): unknown {
    const docs = this.shape.map(holder.get("externalDocs"));
    if (docs === undefined) return undefined;
    this.known(docs, "external documentation", ["url", "description"]);
    this.shape.text(this.shape.need(docs, "url"));
    return docs.value;
  }

  /** `example` and `examples` of a parameter, a header or a body in OpenAPI 3; one that stands elsewhere stays there. */
  examplesOf(holder: Node, references: References, mediaType = ""): readonly ExampleModel[] {
    const single = holder.get("example");
    const several = this.shape.map(holder.get("examples"));
    if (single !== undefined && several !== undefined) {
      this.findings.error("wrong-shape", single, {
        message: "there is `example` or `examples`, not both",
        hint: "move it under `examples`, with a name and `value`",
        part: "key",
      });
    }
    const named = (several?.entries() ?? []).flatMap(([, entry]): readonly ExampleModel[] => {
      const example = this.shape.map(references.settled(entry));
      if (example === undefined) return [];
      this.known(example, "an example", ["summary", "description", "value", "externalValue"]);
      const [value, elsewhere] = [example.get("value"), example.get("externalValue")];
      this.shape.text(elsewhere);
      if (value !== undefined && elsewhere !== undefined) {
        this.findings.error("wrong-shape", elsewhere, {
          message: "an example has `value` or `externalValue`, not both",
          hint: "remove one of them",
          part: "key",
        });
      }
      const kept = this.kept(example, "summary", "description", "externalValue");
      if (value === undefined) return elsewhere === undefined ? [] : [{ ...kept, origin: elsewhere.origin() }];
      return [this.examples.keeping(this.example(value, mediaType), kept)];
    });
    return [...(single === undefined ? [] : [this.example(single, mediaType)]), ...named];
  }

  /** Summary, description, deprecation, tags and extensions. */
  prose(node: Node): Pick<OperationModel, "summary" | "description" | "deprecated" | "tags" | "extensions"> {
    const summary = this.shape.text(node.get("summary"));
    const description = this.shape.text(node.get("description"));
    return {
      ...(summary === undefined ? {} : { summary }),
      ...(description === undefined ? {} : { description }),
      deprecated: this.shape.flag(node.get("deprecated")) ?? false,
      tags: this.shape.texts(node.get("tags")),
      extensions: this.extensions(node),
    };
  }

  /** The id that services.yaml or the document gives, or one made from method and path. */
  idOf(node: Node, method: string, path: string): string {
    const id = this.pins.nameOf(node) ?? this.shape.text(node.get("operationId"));
    return id === undefined || id.trim() === "" ? operationIdOf(method, path) : id;
  }

  /** An operation's own parameters before those of its path, each once. */
  inherited(own: readonly Node[], path: readonly Node[]): readonly Node[] {
    const inherited = this.once(path).filter(
      (node) => !own.some((other) => parameterKey(other) === parameterKey(node)),
    );
    return [...this.once(own), ...inherited];
  }

  /** Reports a parameter that stands twice in one list, and one that nothing could hold. */
  private once(nodes: readonly Node[]): readonly Node[] {
    const known = new Set<string>();
    return nodes.filter((node) => {
      const name = node.get("name");
      const what = node.get("in")?.value === "header" ? "a header" : "a parameter";
      if (name !== undefined) refuseUnusable(String(name.value), what, name, this.findings);
      const isFirst = !known.has(parameterKey(node));
      known.add(parameterKey(node));
      // Several bodies are several parameters, and reported as such.
      if (isFirst || node.get("in")?.value === "body") return true;
      this.findings.error("repeated", name ?? node, {
        message: `the ${String(node.get("in")?.value)} parameter ${String(name?.value)} stands here twice`,
        hint: "remove one of them",
      });
      return false;
    });
  }

  /** The paths of an operation: a parameter at the end that may be absent makes a second one, without it. */
  routes(mounted: Mounted, parameters: readonly Node[]): readonly Mounted[] {
    const [, before, name = ""] = /^(.*)\/\{([^{}]+)\}$/u.exec(mounted.path) ?? [];
    const isOptional = parameters.some(
      (node) =>
        node.get("in")?.value === "path" && node.get("name")?.value === name && node.get("required")?.value === false,
    );
    if (before === undefined || !isOptional) return [mounted];
    const suffix = `${mounted.suffix}Without${pascalCase(name)}`;
    return [mounted, { path: before === "" ? "/" : before, suffix, without: name }];
  }

  /** Agrees path and path parameters: order, requirement, completeness. */
  pathParameters(parameters: readonly ParameterModel[], mounted: Mounted, node: Node): readonly ParameterModel[] {
    const names = parametersIn(mounted.path);
    const surplus = parameters.filter((one) => one.in === "path" && !names.includes(one.name));
    for (const { name } of surplus.filter((one) => one.name !== mounted.without)) {
      this.findings.error("path-parameter", node, {
        message: `the path parameter ${name} does not stand in ${mounted.path}`,
        hint: `write {${name}} into the path, or remove the parameter`,
        part: "key",
      });
    }
    const inPath = names.map((name) => {
      const declared = parameters.find((one) => one.in === "path" && one.name === name);
      if (declared !== undefined) return declared;
      if (!this.unplaced.has(name))
        this.findings.defect("undeclared-path-parameter", node, {
          message: `{${name}} in ${mounted.path} is not declared as a parameter`,
          hint: "declare it: in: path, required: true, type: string",
          part: "key",
        });
      return {
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
        deprecated: false,
        origin: node.origin("key"),
      } as const;
    });
    return [...inPath, ...parameters.filter((one) => one.in !== "path")];
  }

  /** An operation's responses with their statuses, in ascending order. */
  statuses(operation: Node): readonly (readonly [Node, string])[] {
    const entries = this.shape.map(this.shape.need(operation, "responses"))?.entries() ?? [];
    const known = new Set<string>();
    return entries
      .filter(([key]) => !key.startsWith("x-"))
      .flatMap(([key, node]) => {
        const status = statusOf(key);
        if (status !== undefined && !known.has(status)) {
          known.add(status);
          return [[node, status] as const];
        }
        if (status !== undefined) {
          this.findings.error("repeated", node, {
            message: `the status ${status} stands here twice`,
            hint: "remove one of them; 4xx and 4XX are the same range",
            part: "key",
          });
          return [];
        }
        this.findings.error("wrong-shape", node, {
          message: `\`${key}\` is no status: a number from 100 to 599, a range such as 4XX, or default`,
          hint: "write the status as the protocol has it",
          part: "key",
        });
        return [];
      })
      .sort(([, a], [, b]) => byStatus({ status: a }, { status: b }));
  }

  /** Marks a path parameter as required, whatever the document says. */
  isRequired(node: Node, place: string | undefined): boolean {
    const flag = node.get("required");
    const required = this.shape.flag(flag) ?? false;
    if (place !== "path" || required) return required;
    this.findings.defect("optional-path-parameter", flag ?? node, {
      message: `the path parameter ${String(node.get("name")?.value)} must be required`,
      hint: "set required: true; a path without the parameter is another path",
    });
    return true;
  }

  /** An example of a body; text that holds JSON is a defect. */
  example(node: Node, mediaType: string): ExampleModel {
    const value = this.examples.valueOf(node);
    if (typeof value !== "string" || !isJson(mediaType)) return this.examples.ofBody(node, value);
    const parsed = parsedJson(value);
    if (parsed === undefined) return this.examples.ofBody(node, value);
    this.findings.defect("example-as-text", node, {
      message: "this example of a JSON body is a text that holds JSON",
      hint: "write the example as YAML or JSON values instead of a text",
    });
    return this.examples.ofBody(node, parsed);
  }
}

const parameterKey = (node: Node): string => `${String(node.get("in")?.value)} ${String(node.get("name")?.value)}`;

const parsedJson = (text: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The one media type of text that stands for a schema-less answer. */
export const textBody = (mediaType: string): MediaModel => ({ mediaType, schema: { type: "string" }, examples: [] });
