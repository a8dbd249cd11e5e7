/** Writes a call as a request: path, query, headers and body by the operation's table of parameters. */

import type { Operation, Parameter } from "./contract.js";
import { concrete, declaredAs } from "./encode.js";
import { isFile, partsOf } from "./forms.js";
import { writeForm } from "./multipart.js";
import { segmentPattern } from "./segment.js";
import { isSpread, keyOfMember, memberOfKey, membersOf, writeText } from "./styles.js";

/** What a caller gave, before its types are narrowed by an operation. */
export interface LooseRequest {
  readonly params?: object | undefined;
  readonly query?: object | undefined;
  readonly headers?: object | undefined;
  /** The media type of the body, where the operation takes several. */
  readonly contentType?: string | undefined;
  /** The media type that is asked for, where the operation answers in several. */
  readonly accept?: string | undefined;
  readonly body?: unknown;
}

export type OutgoingBody = string | Uint8Array | Blob | ReadableStream<Uint8Array> | undefined;

/** A call before credentials are added. */
export interface Written {
  /** Path and query. */
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: OutgoingBody;
}

/**
 * The body is written as `contentType`, where the operation takes it, else as the first type of the document.
 * Throws a TypeError, which names the parameter, where a value cannot be written.
 */
export const writeCall = (operation: Operation, request: LooseRequest, contentType: string | null): Written => {
  const named = (part: Parameter["in"]) => operation.parameters.filter((parameter) => parameter.in === part);
  const path = operation.path
    .split("/")
    .map((segment) => pathSegment(operation, named("path"), segment, request.params))
    .join("/");
  const query = named("query").flatMap((parameter) => queryPairs(operation, parameter, request.query));
  const headers: Record<string, string> = {};
  for (const [name, text] of pairsOf(operation, named("header"), request.headers)) headers[name.toLowerCase()] = text;
  if (request.accept !== undefined) headers["accept"] = request.accept;
  const cookies = pairsOf(operation, named("cookie"), request.headers).map(([name, text]) =>
    cookie(operation, name, text),
  );
  if (cookies.length > 0) headers["cookie"] = cookies.join("; ");
  const body = writeBody(operation, request, headers, contentType);
  return { target: query.length === 0 ? path : `${path}?${query.join("&")}`, headers, body };
};

const memberOf = (values: object | undefined, name: string): unknown =>
  values !== undefined && Object.hasOwn(values, name) ? Reflect.get(values, name) : undefined;

const pathSegment = (
  operation: Operation,
  parameters: readonly Parameter[],
  template: string,
  values: object | undefined,
): string => {
  const texts: string[] = [];
  const segment = template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const text = pathText(operation, parameters, name, memberOf(values, name));
    texts.push(text);
    return text;
  });
  // Escaped or not, a segment of dots is resolved away before it is sent.
  if (texts.length > 0 && (segment === "." || segment === ".."))
    throw new TypeError(`${operation.id} cannot send ${segment} as ${template.slice(1, -1)} of its path`);
  if (segment === texts[0] || texts.length === 0) return segment;
  const read = segmentPattern(template).read(segment);
  if (read?.every((text, index) => text === texts[index]) === true) return segment;
  throw new TypeError(
    `${operation.id} cannot send ${segment} as ${template} of its path: it would be read differently`,
  );
};

const pathText = (operation: Operation, parameters: readonly Parameter[], name: string, value: unknown): string => {
  const parameter = parameters.find((candidate) => candidate.name === name);
  const [text] = parameter === undefined ? [] : textsOf(operation, parameter, value);
  if (text === undefined || text === "") throw new TypeError(`${operation.id} needs a value for ${name} of its path`);
  const escaped = encodeURIComponent(text);
  return isPlain(parameter) ? escaped : escaped.replaceAll(/%(?:2C|3B|3D)/g, decodeURIComponent);
};

/** One text without marks; what a style puts around and between values has to stay as it is. */
const isPlain = (parameter: Parameter | undefined): boolean =>
  parameter?.style === undefined && parameter?.type !== "array" && parameter?.type !== "object";

/** The text of a query for one parameter: as many pairs as its style wants. */
const queryPairs = (operation: Operation, parameter: Parameter, values: object | undefined): readonly string[] => {
  const value = memberOf(values, parameter.name);
  if (!isSpread(parameter)) {
    return textsOf(operation, parameter, value).map((text) => pair(parameter.name, text, parameter.reserved));
  }
  return membersOf(value).map(([name, text]) => {
    const key = keyOfMember(parameter, name);
    if (memberOfKey(parameter, key) === undefined || name === "__proto__")
      throw new TypeError(`${operation.id} cannot send ${name} as a member of ${parameter.name}: the key is taken`);
    return pair(key, text, parameter.reserved);
  });
};

/** A cookie's value is sent as it is, so it may hold nothing that ends it. */
const cookie = (operation: Operation, name: string, text: string): string => {
  if (/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(text)) return `${name}=${text}`;
  throw new TypeError(`${operation.id} cannot send this value of the cookie ${name}: it holds a space, comma or sign`);
};

const pair = (name: string, text: string, keepsReserved = false): string => {
  const value = encodeURIComponent(text);
  return `${encodeURIComponent(name)}=${keepsReserved ? value.replaceAll(reserved, decodeURIComponent) : value}`;
};

/** What URLs reserve and a query can hold: all but what ends a value or stands for another sign. */
const reserved = /%(?:21|24|27|28|29|2A|2C|2F|3A|3B|3D|3F|40)/g;

/** Every value of a table as text; one that repeats its key as several pairs. */
const pairsOf = (
  operation: Operation,
  parameters: readonly Parameter[],
  values: object | undefined,
): [name: string, text: string][] =>
  parameters.flatMap((parameter) =>
    textsOf(operation, parameter, memberOf(values, parameter.name)).map((text): [string, string] => [
      parameter.name,
      text,
    ]),
  );

const textsOf = (operation: Operation, parameter: Parameter, value: unknown): string[] => {
  if (value === undefined) return [];
  if (parameter.type === "json") return [JSON.stringify(value)];
  if (Array.isArray(value) && parameter.separator === "multi")
    return value.map((item) => (parameter.items === "json" ? JSON.stringify(item) : String(item)));
  const text = writeText(parameter, value);
  if (text === undefined)
    throw new TypeError(`${operation.id} cannot send a part of ${parameter.name}: it holds the separator or is empty`);
  return [text];
};

const writeBody = (
  operation: Operation,
  { body, contentType: given }: LooseRequest,
  headers: Record<string, string>,
  wanted: string | null,
): OutgoingBody => {
  if (operation.body === null || body === undefined) return undefined;
  const { content } = operation.body;
  const contentType = given ?? headers["content-type"] ?? wanted;
  const [first = "application/json"] = Object.keys(content);
  const named = contentType === null ? first : declaredAs(content, contentType);
  const key = Object.hasOwn(content, named) ? named : first;
  const written = encoded(operation, body, key);
  // A multipart body brings its own type, with the boundary in it.
  const own = content[key] === "multipart" && written instanceof Blob ? written.type : "";
  headers["content-type"] = own || (contentType ?? concrete(key));
  return written;
};

const encoded = (operation: Operation, body: unknown, key: string): OutgoingBody => {
  const fields = operation.body?.fieldsOf?.[key] ?? operation.body?.fields ?? [];
  switch (operation.body?.content[key]) {
    case "form":
      return pairsOf(operation, fields, Object(body))
        .map(([name, text]) => pair(name, text))
        .join("&");
    case "multipart":
      return writeForm(
        fields.flatMap((field) => {
          const value = memberOf(Object(body), field.name);
          return partsOf(field, value, isFile(field) ? [] : textsOf(operation, field, value));
        }),
      );
    case "text":
      return String(body);
    case "bytes":
    case "stream":
      if (body instanceof Uint8Array || body instanceof Blob || body instanceof ReadableStream) return body;
      return typeof body === "string" ? body : JSON.stringify(body);
    default:
      return JSON.stringify(body);
  }
};
