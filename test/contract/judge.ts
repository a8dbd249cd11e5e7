/** What every answer must be, whatever was asked: declared by the document, shaped as declared, open to web clients. */

import type { Operation, ResponseChecks } from "../../generated/seam/contract.js";

/** An answer as it left the server. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The parsed body of a JSON answer. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly errcode: string | undefined;
}

const cors: Readonly<Record<string, RegExp>> = {
  "access-control-allow-origin": /^\*$/,
  "access-control-allow-methods": /^GET, POST, PUT, DELETE, OPTIONS$/,
  "access-control-allow-headers": /\bAuthorization\b/,
};

/** Without a document: what holds for unknown paths, too. */
export const commonFaults = (method: string, { status, headers, text, body }: Answered): string[] => {
  const faults: string[] = [];
  if (status === 500) faults.push("the server failed");
  for (const [name, wanted] of Object.entries(cors)) {
    if (!wanted.test(headers[name] ?? "")) faults.push(`${name} is ${headers[name]}`);
  }
  if (text !== "" && headers["content-type"] === undefined) faults.push("the body has no content type");
  if (method === "HEAD" && text !== "") faults.push("HEAD is answered with a body");
  if (method !== "HEAD" && status >= 400 && text === "") faults.push("the error says nothing");
  if (text !== "" && status >= 400 && isJson(headers)) faults.push(...errorFaults(status, body));
  if (status === 405 && !/OPTIONS/.test(headers["allow"] ?? "")) faults.push("405 does not tell the methods");
  if (status === 429 && !/^[1-9]\d*$/.test(headers["retry-after"] ?? "")) faults.push("429 without Retry-After");
  return faults;
};

const errorFaults = (status: number, body: Answered["body"]): string[] => {
  // Interactive authentication tells what is left to do; there need not be an error in it.
  if (status === 401 && Array.isArray(body["flows"]) && body["errcode"] === undefined) return [];
  const faults: string[] = [];
  if (!/^M_[A-Z_]+$/.test(String(body["errcode"]))) faults.push(`the errcode is ${String(body["errcode"])}`);
  if (typeof body["error"] !== "string" || body["error"] === "") faults.push("there are no words for the error");
  if (status === 429 && !Number.isInteger(body["retry_after_ms"])) faults.push("429 without retry_after_ms");
  return faults;
};

const isJson = (headers: Answered["headers"]): boolean => headers["content-type"] === "application/json";

/** The key of a declared or implicit response that an answer fits, or why it fits none. */
export const fittingStatus = (
  operation: Operation,
  checks: ResponseChecks,
  answered: Answered,
): { readonly key: string } | { readonly faults: readonly string[] } => {
  const { status } = answered;
  const known = { ...operation.implicit, ...operation.responses };
  const keys = [String(status), `${Math.floor(status / 100)}XX`, "default"].filter((key) => Object.hasOwn(known, key));
  if (keys.length === 0) return { faults: [`${operation.id} does not declare ${status}`] };
  const faults: string[] = [];
  for (const key of keys) {
    const found = bodyFaults(known[key]?.content ?? {}, checks[key], answered);
    if (found.length === 0) return { key };
    faults.push(...found.map((fault) => `${key}: ${fault}`));
  }
  return { faults };
};

const bodyFaults = (
  content: Readonly<Record<string, string>>,
  check: ResponseChecks[string] | undefined,
  { headers, text, body }: Answered,
): string[] => {
  // Where the document says nothing about the body, the common rules above are all there is.
  if (Object.keys(content).length === 0) return [];
  const mediaType = (headers["content-type"] ?? "").split(";")[0] ?? "";
  if (!Object.hasOwn(content, mediaType)) return [`the content type is ${mediaType || "absent"}`];
  const violation = check?.(content[mediaType] === "json" ? body : text);
  return violation === undefined ? [] : [`${violation.path || "the body"} ${violation.message}`];
};
