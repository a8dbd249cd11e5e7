/** Reads the body of a request: which encoding it has, and what it says. */

import type { Body, Encoding } from "./contract.js";
import type { RepeatedKey } from "./decode.js";
import { parsePairs, pick, queryPairs, Refusal } from "./decode.js";
import type { RawRequest } from "./policy.js";
import { settle } from "./styles.js";

export interface BodyRules {
  readonly repeated: RepeatedKey;
  readonly maxDepth: number;
}

const formType = "application/x-www-form-urlencoded";
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The media type alone, in lower case. */
export const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/**
 * The encoding of a body. Clients name media types carelessly, so an operation that knows only JSON reads JSON
 * whatever the type says, and one that knows forms as well looks at the first character where the type is
 * strange.
 */
const encodingOf = (body: Body, mediaType: string, bytes: Uint8Array): Encoding | undefined => {
  const exact = body.content[mediaType];
  if (exact !== undefined && Object.hasOwn(body.content, mediaType)) return exact;
  const encodings = new Set(Object.values(body.content));
  if (encodings.size === 1 && encodings.has("json")) return "json";
  const ranged = Object.keys(body.content).find((range) => covers(range, mediaType));
  if (ranged !== undefined) return body.content[ranged];
  if (encodings.has("json") && (mediaType.endsWith("+json") || startsObject(bytes))) return "json";
  if (encodings.has("form")) return "form";
  return mediaType === "" ? Object.values(body.content)[0] : undefined;
};

const covers = (range: string, mediaType: string): boolean => {
  if (mediaType === "") return false;
  return range === "*/*" || (range.endsWith("/*") && mediaType.startsWith(range.slice(0, -1)));
};

const startsObject = (bytes: Uint8Array): boolean => {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b;
};

/** Decodes a body that was read. A form answers a promise only where it is multipart. */
export const decodeBody = (
  body: Body,
  request: RawRequest,
  bytes: Uint8Array | undefined,
  rules: BodyRules,
): unknown | Refusal | Promise<unknown | Refusal> => {
  const knowsForms = body.fields !== undefined;
  if (bytes === undefined || bytes.length === 0) {
    if (knowsForms) return fromQuery(body, request, rules);
    return body.required ? new Refusal(emptyProblem(body)) : undefined;
  }
  const contentType = request.header("content-type");
  const mediaType = mediaTypeOf(contentType);
  const encoding = encodingOf(body, mediaType, bytes);
  switch (encoding) {
    case "json": {
      const value = decodeJson(bytes, rules.maxDepth);
      return value === null && knowsForms ? fromQuery(body, request, rules) : value;
    }
    case "form":
      return decodeForm(body, request, bytes, rules);
    case "multipart":
      return decodeMultipart(body, bytes, contentType ?? formType, rules);
    case "text":
      return textOf(bytes) ?? new Refusal({ kind: "malformed", in: "body" });
    case "bytes":
      return bytes;
    case "stream":
      return new Blob([new Uint8Array(bytes)]).stream();
    case undefined:
      return new Refusal({ kind: "unsupported-media-type", accepts: Object.keys(body.content) });
  }
};

const emptyProblem = (body: Body) => {
  const knowsJson = Object.values(body.content).includes("json");
  return knowsJson ? ({ kind: "not-json" } as const) : ({ kind: "missing", in: "body", name: "body" } as const);
};

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
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
const decodeForm = (body: Body, request: RawRequest, bytes: Uint8Array, rules: BodyRules): unknown | Refusal => {
  const text = textOf(bytes);
  const inBody = text === undefined ? undefined : parsePairs(text.trim());
  const inQuery = queryPairs(request.target);
  if (inBody === undefined || inQuery === undefined) return new Refusal({ kind: "malformed", in: "body" });
  return pick(body.fields ?? [], (name) => inBody.get(name) ?? inQuery.get(name) ?? [], "body", rules.repeated);
};

const fromQuery = (body: Body, request: RawRequest, rules: BodyRules): unknown | Refusal => {
  const inQuery = queryPairs(request.target);
  const says = inQuery === undefined || body.fields?.some((field) => inQuery.has(field.name));
  return body.required || says ? decodeForm(body, request, new Uint8Array(), rules) : undefined;
};

/** Multipart forms are read by the platform; files arrive as `File`. */
const decodeMultipart = async (
  body: Body,
  bytes: Uint8Array,
  contentType: string,
  rules: BodyRules,
): Promise<unknown | Refusal> => {
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } })
    .formData()
    .catch(() => undefined);
  if (form === undefined) return new Refusal({ kind: "malformed", in: "body" });
  const table = body.fields ?? [];
  const texts = table.filter((field) => field.type !== "file");
  const values = pick(
    texts,
    (name) => form.getAll(name).filter((entry) => typeof entry === "string"),
    "body",
    rules.repeated,
  );
  if (values instanceof Refusal) return values;
  const files: Record<string, unknown> = {};
  for (const { name, required } of table.filter((field) => field.type === "file")) {
    const file = form.getAll(name).find((entry) => typeof entry !== "string");
    if (file !== undefined) files[name] = file;
    else if (required) return new Refusal({ kind: "missing", in: "body", name });
  }
  return { ...values, ...files };
};
