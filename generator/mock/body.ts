/** A value as the body of an answer: JSON is left to the seam, the rest is written here. */

import type { Encoding } from "../seam/contract.js";

export interface MockBody {
  readonly body: unknown;
  /** Of a range, one type in it; of parts, with what stands between them. */
  readonly contentType: string;
}

const textOf = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : (JSON.stringify(value) ?? "");

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One type of a range. */
const concrete = (mediaType: string): string =>
  mediaType === "*/*" ? "application/octet-stream" : mediaType.replace("/*", "/x-mock");

/** Events: of a list one for each, and text that is written as events as it is. */
function eventsOf(value: unknown): string {
  if (typeof value === "string" && /^(?:data|event|id|retry|):/mu.test(value)) return `${value.trimEnd()}\n\n`;
  return [value ?? ""]
    .flat()
    .map((one) => `${textOf(one).replaceAll(/^/gmu, "data: ")}\n\n`)
    .join("");
}

const boundary = "threepid-mock-5d0c71e2";

/** Parts: of an object one for each member, and of anything else a single one. */
function partsOf(value: unknown, isForm: boolean): string {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [["body", value] as const];
  const parts = members.map(([name, inner]) => {
    const type = typeof inner === "object" ? "application/json" : "text/plain";
    const named = `Content-Disposition: form-data; name="${name.replaceAll(/["\r\n]/gu, encodeURIComponent)}"\r\n`;
    return `--${boundary}\r\n${isForm ? named : ""}Content-Type: ${type}\r\n\r\n${textOf(inner)}\r\n`;
  });
  return `${parts.join("")}--${boundary}--\r\n`;
}

export function bodyOf(value: unknown, mediaType: string, encoding: Encoding): MockBody {
  if (mediaType.startsWith("multipart/")) {
    const text = partsOf(value, mediaType === "multipart/form-data");
    return { body: bytes(text), contentType: `${mediaType}; boundary=${boundary}` };
  }
  const contentType = concrete(mediaType);
  if (encoding === "stream") return { body: bytes(eventsOf(value)), contentType };
  if (encoding === "bytes") return { body: bytes(textOf(value)), contentType };
  if (encoding === "text") return { body: textOf(value), contentType };
  return { body: value === undefined ? {} : value, contentType };
}
