/** The front end for OpenAPI 3.0 and 3.1. */

import type { Node } from "../load/node.js";
import { memberOf } from "../member.js";
import { byStatus, Commons, type FoundOperation, methods, type Surroundings } from "./documents.js";
import type { Method, OperationModel, ResponseModel, Trigger } from "./model.js";
import { responseName } from "./names.js";
import { Openapi3Bodies } from "./openapi3-bodies.js";
import { Openapi3Links } from "./openapi3-links.js";
import { Openapi3Parameters } from "./openapi3-parameters.js";
import { parametersIn } from "./paths.js";
import { labelOf } from "./webhook-label.js";

const documentKeys = ["openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"];
/** Since 3.1. */
const newKeys = ["webhooks", "jsonSchemaDialect"];

/** What 3.1 means where it says nothing, and the JSON Schema that it stands on. */
const dialects = /^https:\/\/(?:spec\.openapis\.org\/oas\/3\.1\/dialect\/|json-schema\.org\/draft\/2020-12\/schema)/u;

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
  "callbacks",
];

/** What an operation says wherever it stands: everything but its id, its path and who may call it. */
type Said = Omit<OperationModel, "id" | "path" | "auth" | "security">;

class Openapi3 {
  private readonly around: Surroundings;
  private readonly commons: Commons;
  private readonly parameters: Openapi3Parameters;
  private readonly bodies: Openapi3Bodies;
  private readonly links: Openapi3Links;
  /** The path items of webhooks and callbacks that are being read, each inside the one before. */
  private readonly open = new Set<string>();
  /** Which operations promise a callback that several of them refer to. */
  private readonly promised = new Map<string, string[]>();

  constructor(around: Surroundings) {
    this.around = around;
    this.commons = new Commons(around);
    this.parameters = new Openapi3Parameters(around, this.commons);
    this.bodies = new Openapi3Bodies(around, this.commons);
    this.links = new Openapi3Links(around, this.commons);
  }

  operations(): readonly FoundOperation[] {
    const { document, security, dialect } = this.around;
    const { shape } = this.commons;
    const isNew = dialect === "openapi-3.1";
    this.commons.known(document, "an OpenAPI 3 document", isNew ? [...documentKeys, ...newKeys] : documentKeys);
    this.dialect(document.get("jsonSchemaDialect"));
    const defined = security.define(document.get("components")?.get("securitySchemes"), dialect);
    const webhooks = isNew ? document.get("webhooks") : undefined;
    const paths = shape.map(webhooks === undefined ? shape.need(document, "paths") : document.get("paths"));
    return [
      ...(paths?.entries() ?? [])
        .filter(([key]) => !key.startsWith("x-"))
        .flatMap(([key, node]) => this.path(key, node, defined)),
      ...(shape.map(webhooks)?.entries() ?? []).flatMap(([name, node]) =>
        this.sent(node, { kind: "webhook", name }, labelOf(name), defined),
      ),
    ];
  }

  private dialect(node: Node | undefined): void {
    const dialect = this.commons.shape.text(node);
    if (dialect === undefined || dialects.test(dialect)) return;
    this.commons.refuse(
      node,
      `schemas are read as JSON Schema 2020-12, not as ${dialect}`,
      "remove `jsonSchemaDialect`, and write the schemas in the words of 2020-12",
    );
  }

  private path(key: string, node: Node, defined: ReadonlySet<string>): readonly FoundOperation[] {
    const item = this.item(node);
    return this.methodsOf(item).flatMap(([method, operation]) => {
      const id = this.commons.idOf(operation, method, key.trim());
      const said = this.said(operation, item, method, id);
      const security = operation.get("security") ?? this.around.document.get("security");
      const requirement = this.around.security.requirement(security, defined);
      const mounts = this.around.paths.mount(this.base(operation, item), key, node);
      const routes = mounts.flatMap((one) => this.commons.routes(one, this.parameterNodes(operation, item)));
      const own = routes.map((mounted): FoundOperation => {
        const parameters = this.commons.pathParameters(said.parameters, mounted, operation);
        const model = { ...said, id: id + mounted.suffix, path: mounted.path, ...requirement, parameters };
        return { operation: model, node: operation };
      });
      const ids = own.map((one) => one.operation.id);
      return [...own, ...this.callbacks(operation, ids, defined)];
    });
  }

  /** What an operation promises to send; several operations of one description promise the same. */
  private callbacks(operation: Node, ids: readonly string[], defined: ReadonlySet<string>): readonly FoundOperation[] {
    const { shape } = this.commons;
    return (shape.map(operation.get("callbacks"))?.entries() ?? []).flatMap(([name, entry]) => {
      const callback = shape.map(this.around.references.settled(entry));
      return (callback?.entries() ?? [])
        .filter(([expression]) => !expression.startsWith("x-"))
        .flatMap(([expression, node]) => {
          const key = `${name} ${node.identity}`;
          const known = this.open.has(node.identity) ? undefined : this.promised.get(key);
          if (known !== undefined) {
            known.push(...ids);
            return [];
          }
          const operations = [...ids];
          this.promised.set(key, operations);
          const trigger: Trigger = {
            ...({ kind: "callback", name, expression, operations } as const),
            ...this.commons.kept(callback),
          };
          return this.sent(node, trigger, labelOf(`${ids[0] ?? ""}/${name}`, expression), defined);
        });
    });
  }

  /** The requests of a webhook or callback. Who may send them is said by themselves: the document speaks of callers. */
  private sent(node: Node, trigger: Trigger, label: string, defined: ReadonlySet<string>): readonly FoundOperation[] {
    const item = this.item(node);
    if (item === undefined) return [];
    if (this.open.has(item.identity)) {
      this.around.findings.error("circular-reference", node, {
        message: "this callback leads back to itself",
        hint: "let the callback of a callback be another one",
        part: "key",
      });
      return [];
    }
    const own = [node.identity, item.identity];
    for (const identity of own) this.open.add(identity);
    const found = this.methodsOf(item).flatMap(([method, operation]) => {
      const id = this.commons.idOf(operation, method, label);
      const said = this.said(operation, item, method, id);
      const requirement = this.around.security.requirement(operation.get("security"), defined);
      // What an expression becomes is a text that only the request itself tells.
      const told = parametersIn(label).filter((name) => !said.parameters.some((one) => one.name === name));
      const texts = told.map((name) => ({
        ...({ name, in: "path", required: true, deprecated: false } as const),
        schema: { type: "string" } as const,
        origin: operation.origin("key"),
      }));
      const parameters = this.commons.pathParameters(
        [...texts, ...said.parameters],
        { path: label, suffix: "" },
        operation,
      );
      const one = { operation: { ...said, id, path: label, ...requirement, parameters }, node: operation, trigger };
      return [one, ...this.callbacks(operation, [id], defined)];
    });
    for (const identity of own) this.open.delete(identity);
    return found;
  }

  private item(node: Node): Node | undefined {
    const item = this.commons.shape.map(this.around.references.settled(node));
    if (item !== undefined) this.commons.known(item, "a path", pathKeys);
    return item;
  }

  private methodsOf(item: Node | undefined): readonly (readonly [Method, Node])[] {
    return (item?.entries() ?? []).flatMap(([name, operation]) => {
      const method = memberOf(methods, name);
      return method === undefined || this.commons.shape.map(operation) === undefined
        ? []
        : [[method, operation] as const];
    });
  }

  private parameterNodes(operation: Node, item: Node | undefined): readonly Node[] {
    return this.commons.inherited(this.settled(operation.get("parameters")), this.settled(item?.get("parameters")));
  }

  private said(operation: Node, item: Node | undefined, method: Method, id: string): Said {
    this.commons.known(operation, "an operation", operationKeys);
    const parameters = this.parameters.read(this.parameterNodes(operation, item));
    const body = this.bodies.request(operation.get("requestBody"), id);
    const responses = this.responses(operation, id);
    return {
      method,
      ...this.commons.prose(operation),
      ...this.commons.keptOf(operation, item),
      parameters,
      ...(body === undefined ? {} : { body }),
      responses,
      rateLimited: responses.some(({ status }) => status === "429"),
      origin: operation.origin("key"),
    };
  }

  /** The path of the nearest `servers`: hosts are placeholders, and all servers must agree on the path. */
  private base(operation: Node, item: Node | undefined): string {
    const holder = [operation, item, this.around.document].find((node) => node?.get("servers") !== undefined);
    const servers = this.commons.shape.list(holder?.get("servers"));
    const [first, ...others] = servers.map((server) => this.serverPath(server));
    for (const [index, other] of others.entries()) {
      if (other === first || other === undefined) continue;
      this.around.findings.error("unsupported", servers[index + 1] ?? operation, {
        message: `this server's path ${other} is not the first server's, ${first}`,
        hint: "let all servers share one path, or give the path variable several values in services.yaml: prefixes",
      });
    }
    return first ?? "";
  }

  private serverPath(server: Node): string | undefined {
    const url = this.commons.shape.text(this.commons.shape.need(server, "url"));
    if (url === undefined) return undefined;
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
        this.commons.known(settled, "a response", ["description", "headers", "content", "links"]);
        const text = node.get("description") ?? settled.get("description");
        return {
          status,
          description: this.commons.shape.text(text) ?? "",
          headers: this.parameters.headers(settled.get("headers")),
          content: this.bodies.content(
            settled.get("content"),
            responseName(id, status === success ? undefined : status),
          ),
          ...this.links.of(settled),
          origin: settled.origin("key"),
        };
      })
      .sort(byStatus);
  }
}

/** Reads every operation of an OpenAPI 3.0 or 3.1 document. */
export const readOpenapi3 = (around: Surroundings): readonly FoundOperation[] => new Openapi3(around).operations();
