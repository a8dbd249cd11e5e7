/** Reads the body of a request: which media type it has, and what it says. */

import type { Body, Encoding, Parameter } from "./contract.js";
import type { RepeatedKey } from "./decode.js";
import { parsePairs, pick, queryPairs, Refusal } from "./decode.js";
import { covers, decodeMultipart } from "./forms.js";
import { textOf } from "./multipart.js";
import type { RawRequest } from "./policy.js";
import { settle } from "./styles.js";

export interface BodyRules {
  readonly repeated: RepeatedKey;
  readonly maxDepth: number;
}

/** A body and which of several media types it has. */
export class TypedBody {
  /** As it is declared, which may be a range. */
  readonly key: string;
  readonly contentType: string;
  readonly value: unknown;

  constructor(key: string, contentType: string, value: unknown) {
    this.key = key;
    this.contentType = contentType;
    this.value = value;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The media type alone, in lower case. */
export const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** Whether a body has one media type and no other, so that nobody has to be told which. */
export const isOneType = (content: object): boolean => {
  const [only = "", ...others] = Object.keys(content);
  return others.length === 0 && !only.includes("*");
};

export const isBytes = (encoding: Encoding | undefined): boolean => encoding === "bytes" || encoding === "stream";

/** Every type is one of bytes. */
const anyBytes = "application/octet-stream";

/**
 * The key under which a body's media type is declared. Clients name media types carelessly, so an operation that knows
 * only JSON reads JSON whatever the type says, one that knows forms as well looks at the first character where the type
 * is strange, and one that takes any bytes takes them whatever they are called.
 */
const declaredKey = (body: Body, mediaType: string, bytes: Uint8Array | undefined): string | undefined => {
  if (Object.hasOwn(body.content, mediaType)) return mediaType;
  const keys = Object.keys(body.content);
  const keyOf = (encoding: Encoding) => keys.find((key) => body.content[key] === encoding);
  const json = keyOf("json");
  if (json !== undefined && keys.every((key) => body.content[key] === "json")) return json;
  const ranged = keys.find((range) => covers(range, mediaType));
  if (ranged !== undefined) return ranged;
  if (json !== undefined && (mediaType.endsWith("+json") || (bytes !== undefined && startsObject(bytes)))) return json;
  return keyOf("form") ?? (mediaType === "" ? keys[0] : keys.find((key) => key === anyBytes));
};

const startsObject = (bytes: Uint8Array): boolean => {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b;
};

/** What a handler is told of a media type: the one that was sent where a range is declared, else the declared one. */
const told = (body: Body, key: string, mediaType: string, value: unknown): unknown => {
  if (value === undefined || value instanceof Refusal || isOneType(body.content)) return value;
  return new TypedBody(key, key.includes("*") ? mediaType || anyBytes : key, value);
};

/**
 * A body of bytes, handed over before its end; undefined where what was sent is, by its type, nothing of the kind. An
 * empty body that names a type is one of no bytes.
 */
export const streamBody = (body: Body, request: RawRequest, limit: number): unknown | Promise<unknown> => {
  const mediaType = mediaTypeOf(request.header("content-type"));
  const key = declaredKey(body, mediaType, undefined);
  if (key === undefined || !isBytes(body.content[key])) return undefined;
  if (request.stream === undefined) return streamWhole(body, key, mediaType, request.body(limit));
  const stream = request.stream(limit);
  if (stream !== undefined) return told(body, key, mediaType, stream);
  return emptyBytes(body, key, mediaType);
};

const streamWhole = async (
  body: Body,
  key: string,
  mediaType: string,
  read: ReturnType<RawRequest["body"]>,
): Promise<unknown> => {
  const bytes = await read;
  return bytes === undefined
    ? emptyBytes(body, key, mediaType)
    : told(body, key, mediaType, new Blob([new Uint8Array(bytes)]).stream());
};

const emptyBytes = (body: Body, key: string, mediaType: string): unknown => {
  if (mediaType !== "") return told(body, key, mediaType, new Blob([]).stream());
  return body.required ? new Refusal({ kind: "missing", in: "body", name: "body" }) : told(body, key, "", undefined);
};

/** Decodes a body that was read: its value, or that with its type where there are several. */
export const decodeBody = (
  body: Body,
  request: RawRequest,
  bytes: Uint8Array | undefined,
  rules: BodyRules,
): unknown | Refusal => {
  const form = formKey(body);
  if (bytes === undefined || bytes.length === 0) {
    if (form !== undefined) return told(body, form, "", fromQuery(body, request, rules));
    return body.required ? new Refusal(emptyProblem(body)) : undefined;
  }
  const contentType = request.header("content-type") ?? "";
  const mediaType = mediaTypeOf(contentType);
  const key = declaredKey(body, mediaType, bytes);
  if (key === undefined) return new Refusal({ kind: "unsupported-media-type", accepts: Object.keys(body.content) });
  switch (body.content[key]) {
    case "json": {
      const value = decodeJson(bytes, rules.maxDepth);
      if (value === null && form !== undefined) return told(body, form, "", fromQuery(body, request, rules));
      return told(body, key, mediaType, value);
    }
    case "form":
      return told(body, key, mediaType, decodeForm(fieldsOf(body, key), request, bytes, rules));
    case "multipart":
      return told(body, key, mediaType, decodeMultipart(fieldsOf(body, key), bytes, contentType, rules.repeated));
    case "text":
      return told(body, key, mediaType, textOf(bytes) ?? new Refusal({ kind: "malformed", in: "body" }));
    default:
      return told(body, key, mediaType, new Blob([new Uint8Array(bytes)]).stream());
  }
};

/** The form of a body whose fields may also stand in the query. */
const formKey = (body: Body): string | undefined =>
  body.fields === undefined ? undefined : Object.keys(body.content).find((key) => body.content[key] === "form");

const fieldsOf = (body: Body, key: string): readonly Parameter[] => body.fieldsOf?.[key] ?? body.fields ?? [];

const emptyProblem = (body: Body) => {
  const knowsJson = Object.values(body.content).includes("json");
  return knowsJson ? ({ kind: "not-json" } as const) : ({ kind: "missing", in: "body", name: "body" } as const);
};

const decodeJson = (bytes: Uint8Array, maxDepth: number): unknown | Refusal => {
  try {
    const value = settle(JSON.parse(utf8.decode(bytes)), maxDepth);
    return value === undefined ? new Refusal({ kind: "too-deep" }) : value;
  } catch {
    return new Refusal({ kind: "not-json" });
  }
};

/** Old clients put fields of a form into the query, and send no body or one that says nothing. */
const decodeForm = (
  fields: readonly Parameter[],
  request: RawRequest,
  bytes: Uint8Array,
  rules: BodyRules,
): unknown | Refusal => {
  const text = textOf(bytes);
  const inBody = text === undefined ? undefined : parsePairs(text.trim());
  const inQuery = queryPairs(request.target);
  if (inBody === undefined || inQuery === undefined) return new Refusal({ kind: "malformed", in: "body" });
  return pick(fields, (name) => inBody.get(name) ?? inQuery.get(name) ?? [], "body", rules.repeated);
};

const fromQuery = (body: Body, request: RawRequest, rules: BodyRules): unknown | Refusal => {
  const fields = fieldsOf(body, formKey(body) ?? "");
  const inQuery = queryPairs(request.target);
  const says = inQuery === undefined || fields.some((field) => inQuery.has(field.name));
  return body.required || says ? decodeForm(fields, request, new Uint8Array(), rules) : undefined;
};
