/** Reads an `openapi.json` of ours back into what a comparison looks at. */
import { memberOf } from "../member.js";

/** JSON as it was parsed, looked at with care. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface ParameterView {
  readonly name: string;
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly schema: Json;
  /** Everything that only describes. */
  readonly words: Json;
  /** How arrays are written. */
  readonly style: string;
}

export interface BodyView {
  readonly required: boolean;
  readonly content: ReadonlyMap<string, Json>;
  readonly words: Json;
}

export interface ResponseView {
  /** Answered by dispatch alone. */
  readonly implicit: boolean;
  readonly content: ReadonlyMap<string, Json>;
  readonly headers: ReadonlyMap<string, ParameterView>;
  readonly words: Json;
}

export interface OperationView {
  readonly id: string;
  /** Method and path; of what the service sends, its name and where it goes. */
  readonly route: string;
  /** A webhook or callback: the service is the caller. */
  readonly isSent: boolean;
  readonly access: "none" | "optional" | "required";
  /** The alternatives, each as what its schemes mean. */
  readonly schemes: readonly string[];
  readonly deprecated: boolean;
  /** By place and name: `query sid`; those of the path by their position. */
  readonly parameters: ReadonlyMap<string, ParameterView>;
  readonly body: BodyView | undefined;
  readonly responses: ReadonlyMap<string, ResponseView>;
  readonly words: Json;
}

export interface ApiView {
  readonly operations: ReadonlyMap<string, OperationView>;
  readonly schemas: JsonObject;
}

const none: JsonObject = {};

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same text for the same value, whatever the order of its keys. */
export function canonical(value: Json | undefined): string {
  return (
    JSON.stringify(value, (_key, inner: Json) =>
      isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
    ) ?? ""
  );
}

export const objectAt = (value: Json | undefined, key: string): JsonObject => {
  const inner = isObject(value) ? memberOf(value, key) : undefined;
  return isObject(inner) ? inner : none;
};

const listAt = (value: JsonObject, key: string): readonly Json[] => {
  const inner = value[key];
  return Array.isArray(inner) ? inner : [];
};

const textAt = (value: JsonObject, key: string): string => String(value[key] ?? "");

function only(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}

/** The schemas by media type, and the examples beside them. */
function contentView(content: JsonObject): ReadonlyMap<string, Json> {
  return new Map(Object.keys(content).map((mediaType) => [mediaType, objectAt(content, mediaType)["schema"] ?? true]));
}

function examplesOf(content: JsonObject): JsonObject {
  const given = Object.keys(content).map((mediaType) => [mediaType, objectAt(content, mediaType)["examples"]] as const);
  return Object.fromEntries(
    given.flatMap(([mediaType, examples]) => (examples === undefined ? [] : [[mediaType, examples]])),
  );
}

function parameterView(name: string, parameter: JsonObject): ParameterView {
  const content = objectAt(parameter, "content");
  const document = objectAt(content, "application/json");
  const written = only(parameter, "style", "explode", "x-separator", "allowEmptyValue", "allowReserved");
  return {
    name,
    required: parameter["required"] === true,
    deprecated: parameter["deprecated"] === true,
    schema: parameter["schema"] ?? document["schema"] ?? true,
    words: only(parameter, "description"),
    style: JSON.stringify([written, ...Object.keys(content)]),
  };
}

function bodyView(body: JsonObject): BodyView {
  const content = objectAt(body, "content");
  return {
    required: body["required"] === true,
    content: contentView(content),
    words: { ...only(body, "description"), examples: examplesOf(content) },
  };
}

function responseView(document: JsonObject, given: JsonObject): ResponseView {
  const reference = given["$ref"];
  const name = typeof reference === "string" ? reference.slice("#/components/responses/".length) : undefined;
  const response = name === undefined ? given : objectAt(objectAt(objectAt(document, "components"), "responses"), name);
  const headers = objectAt(response, "headers");
  const content = objectAt(response, "content");
  return {
    implicit: name !== undefined,
    content: contentView(content),
    headers: new Map(Object.keys(headers).map((header) => [header, parameterView(header, objectAt(headers, header))])),
    words: { ...only(response, "description"), examples: examplesOf(content) },
  };
}

function accessOf(operation: JsonObject): OperationView["access"] {
  const security = operation["security"];
  if (!Array.isArray(security)) return "required";
  if (security.length === 0) return "none";
  const optional = security.some((requirement: Json) => isObject(requirement) && Object.keys(requirement).length === 0);
  return optional ? "optional" : "required";
}

/** A scheme in words, the same wherever it is called otherwise. */
function schemeWords(name: string, scheme: Json | undefined): string {
  const { type, in: place, name: key, scheme: way } = isObject(scheme) ? scheme : {};
  if (type === "apiKey") return `${String(key)} in the ${String(place)}`;
  return type === "http" && way !== "custom" ? `${String(way)} in the header` : name;
}

function schemesOf(document: JsonObject, operation: JsonObject): readonly string[] {
  const known = objectAt(objectAt(document, "components"), "securitySchemes");
  return listAt(operation, "security")
    .filter(isObject)
    .map((requirement) => Object.keys(requirement).map((scheme) => schemeWords(scheme, memberOf(known, scheme))))
    .filter((schemes) => schemes.length > 0)
    .map((schemes) => schemes.sort().join(" and "));
}

/** What tells a parameter from the others: for those of the path its position, for the rest its name. */
function parameterEntry(route: string, parameter: JsonObject): readonly [string, ParameterView] {
  const [place, name] = [textAt(parameter, "in"), textAt(parameter, "name")];
  const key = place === "path" ? route.slice(0, route.indexOf(`{${name}}`)).split("{").length : name;
  return [`${place} ${key}`, parameterView(`${place} ${name}`, parameter)];
}

const extensions = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key.startsWith("x-")));

const statusesOf = (responses: JsonObject): readonly string[] =>
  Object.keys(responses).filter((key) => !key.startsWith("x-"));

function operationView(document: JsonObject, route: string, operation: JsonObject, isSent = false): OperationView {
  const body = operation["requestBody"];
  const responses = objectAt(operation, "responses");
  return {
    id: textAt(operation, "operationId"),
    route,
    isSent,
    access: accessOf(operation),
    schemes: schemesOf(document, operation),
    deprecated: operation["deprecated"] === true,
    parameters: new Map(
      listAt(operation, "parameters")
        .filter(isObject)
        .map((parameter) => parameterEntry(route, parameter)),
    ),
    body: isObject(body) ? bodyView(body) : undefined,
    responses: new Map(
      statusesOf(responses).map((status) => [status, responseView(document, objectAt(responses, status))]),
    ),
    words: { ...only(operation, "summary", "description", "tags"), ...extensions(operation) },
  };
}

const methods = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);

/** The requests in path items that stand under names, and those that they promise in turn. */
function sentViews(document: JsonObject, items: JsonObject, what: string): readonly OperationView[] {
  const names = Object.keys(items).filter((name) => what === "webhook" || !name.startsWith("x-"));
  return names.flatMap((name) => {
    const item = objectAt(items, name);
    return Object.keys(item)
      .filter((key) => methods.has(key))
      .flatMap((method) => {
        const view = operationView(document, `${method.toUpperCase()} ${what} ${name}`, objectAt(item, method), true);
        return [view, ...callbackViews(document, view.id, objectAt(item, method))];
      });
  });
}

function callbackViews(document: JsonObject, id: string, operation: JsonObject): readonly OperationView[] {
  const callbacks = objectAt(operation, "callbacks");
  return Object.keys(callbacks).flatMap((name) =>
    sentViews(document, objectAt(callbacks, name), `callback ${name} of ${id} to`),
  );
}

/** The API that a document of ours describes. */
export function apiView(document: Json): ApiView {
  const root = isObject(document) ? document : none;
  const paths = objectAt(root, "paths");
  const operations = Object.keys(paths).flatMap((path) => {
    const item = objectAt(paths, path);
    const first = Object.keys(item).filter((key) => methods.has(key) && isObject(item[key]));
    const found = [
      ...first.map((method) => [method, objectAt(item, method)] as const),
      ...listAt(item, "x-alternatives")
        .filter(isObject)
        .map((operation) => [textAt(operation, "method"), operation] as const),
    ];
    return found.flatMap(([method, operation]) => {
      const view = operationView(root, `${method.toUpperCase()} ${path}`, operation);
      return [view, ...callbackViews(root, view.id, operation)];
    });
  });
  const all = [...operations, ...sentViews(root, objectAt(root, "webhooks"), "webhook")];
  return {
    operations: new Map(all.map((operation) => [operation.id, operation])),
    schemas: objectAt(objectAt(root, "components"), "schemas"),
  };
}
