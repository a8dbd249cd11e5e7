/** The front end for Swagger 2.0. */

import type { Node } from "../load/node.js";
import { memberOf } from "../member.js";
import { isRecord } from "../record.js";
import { byStatus, Commons, type FoundOperation, mediaTypeOf, methods, type Surroundings } from "./documents.js";
import type { ExampleModel, MediaModel, OperationModel, ResponseModel } from "./model.js";
import { responseName } from "./names.js";
import { Swagger2Parameters } from "./swagger2-parameters.js";

const documentKeys = [
  "swagger",
  "info",
  "host",
  "basePath",
  "schemes",
  "consumes",
  "produces",
  "paths",
  "definitions",
  "parameters",
  "responses",
  "securityDefinitions",
  "security",
  "tags",
  "externalDocs",
];
const operationKeys = [
  "tags",
  "summary",
  "description",
  "externalDocs",
  "operationId",
  "consumes",
  "produces",
  "parameters",
  "responses",
  "schemes",
  "deprecated",
  "security",
];
const pathKeys = [...Object.keys(methods).filter((method) => method !== "trace"), "parameters", "$ref"];

class Swagger2 {
  private readonly around: Surroundings;
  private readonly commons: Commons;
  private readonly parameters: Swagger2Parameters;

  constructor(around: Surroundings) {
    this.around = around;
    this.commons = new Commons(around);
    this.parameters = new Swagger2Parameters(around, this.commons);
  }

  operations(): readonly FoundOperation[] {
    const { document, security } = this.around;
    const { shape } = this.commons;
    this.commons.known(document, "a Swagger 2.0 document", documentKeys);
    const defined = security.define(document.get("securityDefinitions"), this.around.dialect);
    const base = shape.text(document.get("basePath")) ?? "";
    const paths = shape.map(shape.need(document, "paths"));
    return (paths?.entries() ?? [])
      .filter(([key]) => !key.startsWith("x-"))
      .flatMap(([key, node]) => this.path(key, node, base, defined));
  }

  private path(key: string, node: Node, base: string, defined: ReadonlySet<string>): readonly FoundOperation[] {
    const { references, paths } = this.around;
    const item = references.settled(node);
    if (item === undefined || this.commons.shape.map(item) === undefined) return [];
    this.commons.known(item, "a path", pathKeys);
    const shared = this.commons.shape.list(item.get("parameters"));
    const mounts = paths.mount(base, key, node);
    return item.entries().flatMap(([name, operation]) => {
      const method = memberOf(methods, name);
      if (method === undefined || method === "TRACE" || this.commons.shape.map(operation) === undefined) return [];
      this.commons.known(operation, "an operation", operationKeys);
      const id = this.commons.idOf(operation, method, key.trim());
      const settled = this.commons.inherited(this.settled(operation.get("parameters")), this.resolved(shared));
      const responses = this.responses(operation, id);
      const body = this.parameters.body(settled, this.mediaTypes(operation, "consumes"), id, operation);
      const outer = this.parameters.outside(settled);
      const requirement = this.around.security.requirement(
        operation.get("security") ?? this.around.document.get("security"),
        defined,
      );
      const routes = mounts.flatMap((mounted) => this.commons.routes(mounted, settled));
      return routes.map((mounted): FoundOperation => {
        const model: OperationModel = {
          id: id + mounted.suffix,
          method,
          path: mounted.path,
          ...this.commons.prose(operation),
          ...this.commons.keptOf(operation, item),
          ...requirement,
          parameters: this.commons.pathParameters(outer, mounted, operation),
          ...(body === undefined ? {} : { body }),
          responses,
          rateLimited: responses.some(({ status }) => status === "429"),
          origin: operation.origin("key"),
        };
        return { operation: model, node: operation };
      });
    });
  }

  private settled(node: Node | undefined): readonly Node[] {
    return this.resolved(this.commons.shape.list(node));
  }

  private resolved(nodes: readonly Node[]): readonly Node[] {
    return nodes.flatMap((node) => {
      const settled = this.around.references.settled(node);
      return settled !== undefined && this.commons.shape.map(settled) !== undefined ? [settled] : [];
    });
  }

  /** The operation's own media types, else the document's, else JSON. */
  private mediaTypes(operation: Node, key: "consumes" | "produces"): readonly string[] {
    const named = this.commons.shape.texts(operation.get(key) ?? this.around.document.get(key)).map(mediaTypeOf);
    return named.length === 0 ? ["application/json"] : [...new Set(named)];
  }

  private responses(operation: Node, id: string): readonly ResponseModel[] {
    const named = this.commons.statuses(operation);
    const success = named.find(([, status]) => status.startsWith("2"))?.[1];
    const produces = this.mediaTypes(operation, "produces");
    return named
      .flatMap(([node, status]) => {
        const settled = this.around.references.settled(node);
        if (settled === undefined || this.commons.shape.map(settled) === undefined) return [];
        return this.response(status, settled, produces, responseName(id, status === success ? undefined : status));
      })
      .sort(byStatus);
  }

  private response(status: string, node: Node, produces: readonly string[], name: string): ResponseModel {
    this.commons.known(node, "a response", ["description", "schema", "headers", "examples", "$ref"]);
    return {
      status,
      description: this.commons.shape.text(node.get("description")) ?? "",
      headers: this.parameters.headers(node.get("headers")),
      content: this.content(node, produces, name),
      ...this.commons.kept(node),
      origin: node.origin("key"),
    };
  }

  private content(node: Node, produces: readonly string[], name: string): readonly MediaModel[] {
    const examples = this.examples(node.get("examples"));
    const schemaNode = node.get("schema") ?? this.lifted(node.get("examples"));
    const schema = schemaNode && this.around.schemas.body(name, schemaNode, this.around.dialect);
    const mediaTypes = schema === undefined ? [...examples.keys()] : produces;
    return mediaTypes.map((mediaType) => ({
      mediaType,
      ...(schema === undefined ? {} : { schema }),
      examples: examples.get(mediaType) ?? [],
    }));
  }

  private examples(node: Node | undefined): ReadonlyMap<string, readonly ExampleModel[]> {
    const entries = this.commons.shape.map(node)?.entries() ?? [];
    return new Map(
      entries
        .filter(([key]) => key !== "schema")
        .map(([key, example]) => [mediaTypeOf(key), [this.commons.example(example, mediaTypeOf(key))]]),
    );
  }

  private lifted(examples: Node | undefined): Node | undefined {
    const schema = examples?.get("schema");
    if (schema === undefined || !isRecord(schema.value)) return undefined;
    this.around.findings.defect("schema-under-examples", schema, {
      message: "this schema stands inside `examples`, where it describes nothing",
      hint: "move it one level up, beside `examples`",
      part: "key",
    });
    return schema;
  }
}

/** Reads every operation of a Swagger 2.0 document. */
export const readSwagger2 = (around: Surroundings): readonly FoundOperation[] => new Swagger2(around).operations();
