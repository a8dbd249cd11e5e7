/** Reads an `openapi.json` of ours back into what a comparison looks at. */

/** JSON as it was parsed, looked at with care. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface ParameterView {
  readonly required: boolean;
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
  readonly route: string;
  readonly access: "none" | "optional" | "required";
  /** The schemes with what they mean. */
  readonly schemes: string;
  readonly deprecated: boolean;
  /** By place and name: `query sid`. */
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

export const objectAt = (value: Json | undefined, key: string): JsonObject => {
  const inner = isObject(value) ? value[key] : undefined;
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

function parameterView(parameter: JsonObject): ParameterView {
  const content = objectAt(parameter, "content");
  const document = objectAt(content, "application/json");
  const written = only(parameter, "style", "explode", "x-separator", "allowEmptyValue", "allowReserved");
  return {
    required: parameter["required"] === true,
    schema: parameter["schema"] ?? document["schema"] ?? true,
    words: only(parameter, "description", "deprecated"),
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
    headers: new Map(Object.keys(headers).map((header) => [header, parameterView(objectAt(headers, header))])),
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

function schemesOf(document: JsonObject, operation: JsonObject): string {
  const known = objectAt(objectAt(document, "components"), "securitySchemes");
  const alternatives = listAt(operation, "security").map((requirement) =>
    isObject(requirement) ? Object.keys(requirement).map((scheme) => ({ [scheme]: known[scheme] ?? null })) : [],
  );
  return JSON.stringify(alternatives);
}

const extensions = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key.startsWith("x-")));

function operationView(document: JsonObject, route: string, operation: JsonObject): OperationView {
  const body = operation["requestBody"];
  const responses = objectAt(operation, "responses");
  return {
    id: textAt(operation, "operationId"),
    route,
    access: accessOf(operation),
    schemes: schemesOf(document, operation),
    deprecated: operation["deprecated"] === true,
    parameters: new Map(
      listAt(operation, "parameters")
        .filter(isObject)
        .map((parameter) => [`${textAt(parameter, "in")} ${textAt(parameter, "name")}`, parameterView(parameter)]),
    ),
    body: isObject(body) ? bodyView(body) : undefined,
    responses: new Map(
      Object.keys(responses).map((status) => [status, responseView(document, objectAt(responses, status))]),
    ),
    words: { ...only(operation, "summary", "description", "tags"), ...extensions(operation) },
  };
}

const methods = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);

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
    return found.map(([method, operation]) => operationView(root, `${method.toUpperCase()} ${path}`, operation));
  });
  return {
    operations: new Map(operations.map((operation) => [operation.id, operation])),
    schemas: objectAt(objectAt(root, "components"), "schemas"),
  };
}
