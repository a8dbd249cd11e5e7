/** The front end for OpenAPI 3.0 and 3.1. */

import type { Node } from "../load/node.js";
import { byStatus, Commons, type FoundOperation, methods, type Surroundings } from "./documents.js";
import type { OperationModel, ResponseModel } from "./model.js";
import { responseName } from "./names.js";
import { Openapi3Bodies } from "./openapi3-bodies.js";
import { Openapi3Parameters } from "./openapi3-parameters.js";

const documentKeys = ["openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"];
const pathKeys = [...Object.keys(methods), "$ref", "summary", "description", "servers", "parameters"];
const operationKeys = [
  "tags",
  "summary",
  "description",
  "externalDocs",
  "operationId",
  "parameters",
  "requestBody",
  "responses",
  "deprecated",
  "security",
  "servers",
];

/** What a document may hold besides, and why it is refused. */
const refused: Readonly<Record<string, string>> = {
  webhooks: "webhooks are requests that the server makes; nothing is generated for them",
  callbacks: "callbacks are requests that the server makes; nothing is generated for them",
  links: "links between operations have no counterpart in the generated code",
  jsonSchemaDialect: "schemas are read as JSON Schema 2020-12 in the dialect of OpenAPI 3.1 only",
};

class Openapi3 {
  private readonly around: Surroundings;
  private readonly commons: Commons;
  private readonly parameters: Openapi3Parameters;
  private readonly bodies: Openapi3Bodies;

  constructor(around: Surroundings) {
    this.around = around;
    this.commons = new Commons(around);
    this.parameters = new Openapi3Parameters(around, this.commons);
    this.bodies = new Openapi3Bodies(around, this.commons);
  }

  operations(): readonly FoundOperation[] {
    const { document, security } = this.around;
    const { shape } = this.commons;
    this.known(document, "an OpenAPI 3 document", documentKeys);
    const defined = security.define(document.get("components")?.get("securitySchemes"));
    const paths = shape.map(shape.need(document, "paths"));
    return (paths?.entries() ?? [])
      .filter(([key]) => !key.startsWith("x-"))
      .flatMap(([key, node]) => this.path(key, node, defined));
  }

  private known(node: Node, what: string, keys: readonly string[]): void {
    for (const [key, why] of Object.entries(refused)) this.commons.refuse(node.get(key), why, `remove \`${key}\``);
    this.commons.known(node, what, [...keys, ...Object.keys(refused)]);
  }

  private path(key: string, node: Node, defined: ReadonlySet<string>): readonly FoundOperation[] {
    const item = this.around.references.settled(node);
    if (item === undefined || this.commons.shape.map(item) === undefined) return [];
    this.known(item, "a path", pathKeys);
    const shared = this.settled(item.get("parameters"));
    return item.entries().flatMap(([name, operation]) => {
      const method = methods[name];
      if (method === undefined || this.commons.shape.map(operation) === undefined) return [];
      this.known(operation, "an operation", operationKeys);
      const id = this.commons.idOf(operation, method, key.trim());
      const parameters = this.parameters.read(
        this.commons.inherited(this.settled(operation.get("parameters")), shared),
      );
      const body = this.bodies.request(operation.get("requestBody"), id);
      const responses = this.responses(operation, id);
      const security = operation.get("security") ?? this.around.document.get("security");
      const requirement = this.around.security.requirement(security, defined);
      return this.around.paths.mount(this.base(operation, item), key, node).map((mounted): FoundOperation => {
        const model: OperationModel = {
          id: id + mounted.suffix,
          method,
          path: mounted.path,
          ...this.commons.prose(operation),
          ...requirement,
          parameters: this.commons.pathParameters(parameters, mounted, operation),
          ...(body === undefined ? {} : { body }),
          responses,
          rateLimited: responses.some(({ status }) => status === "429"),
          origin: operation.origin("key"),
        };
        return { operation: model, node: operation };
      });
    });
  }

  /** The path of the nearest `servers`: hosts are placeholders, and all servers must agree on the path. */
  private base(operation: Node, item: Node): string {
    const holder = [operation, item, this.around.document].find((node) => node.get("servers") !== undefined);
    const servers = this.commons.shape.list(holder?.get("servers"));
    const [first, ...others] = servers.map((server) => this.serverPath(server));
    for (const [index, other] of others.entries()) {
      if (other === first) continue;
      this.around.findings.error("unsupported", servers[index + 1] ?? operation, {
        message: `this server's path ${other} is not the first server's, ${first}`,
        hint: "let all servers share one path, or give the path variable several values in services.yaml: prefixes",
      });
    }
    return first ?? "";
  }

  private serverPath(server: Node): string {
    const url = this.commons.shape.text(this.commons.shape.need(server, "url")) ?? "";
    const filled = url.replaceAll(/\{([^{}]+)\}/gu, (placeholder: string, name: string) => {
      const value = server.get("variables")?.get(name)?.get("default")?.value;
      return this.around.paths.isPrefix(name) || value === undefined ? placeholder : String(value);
    });
    return filled.replace(/^[^/{]*:\/\/[^/{]*/u, "");
  }

  private settled(node: Node | undefined): readonly Node[] {
    return this.commons.shape.list(node).flatMap((one) => {
      const settled = this.around.references.settled(one);
      return settled !== undefined && this.commons.shape.map(settled) !== undefined ? [settled] : [];
    });
  }

  private responses(operation: Node, id: string): readonly ResponseModel[] {
    const named = this.commons.statuses(operation);
    const success = named.find(([, status]) => status.startsWith("2"))?.[1];
    return named
      .flatMap(([node, status]) => {
        const settled = this.around.references.settled(node);
        if (settled === undefined || this.commons.shape.map(settled) === undefined) return [];
        this.known(settled, "a response", ["description", "headers", "content", "$ref", "summary"]);
        const text = node.get("description") ?? settled.get("description");
        return {
          status,
          description: this.commons.shape.text(text) ?? "",
          headers: this.parameters.headers(settled.get("headers")),
          content: this.bodies.content(
            settled.get("content"),
            responseName(id, status === success ? undefined : status),
          ),
          origin: settled.origin("key"),
        };
      })
      .sort(byStatus);
  }
}

/** Reads every operation of an OpenAPI 3.0 or 3.1 document. */
export const readOpenapi3 = (around: Surroundings): readonly FoundOperation[] => new Openapi3(around).operations();
