/** Bodies that a document asks for, in each of its media types: JSON and forms by their schemas, files as bytes. */

import type { MediaModel, Schema } from "../model/model.js";
import type { Encoding, Operation } from "../seam/contract.js";
import type { Choices } from "../values/choices.js";
import type { Schemas } from "../values/joined.js";
import { fittingValue } from "../values/value.js";

/** One way to send a body. */
export interface Media {
  /** As it is sent: of a range, one type in it. */
  readonly mediaType: string;
  readonly encoding: Encoding;
  /** What a value before {@link sendable} fits; absent where it is bytes. */
  readonly schema: Schema | undefined;
}

const concrete = (mediaType: string): string =>
  mediaType === "*/*" ? "application/octet-stream" : mediaType.replace("/*", "/x-fuzz");

const isRaw = (encoding: Encoding): boolean => encoding === "bytes" || encoding === "stream";

/** The media types of an operation's body; JSON first, which is the plainest. */
export function mediaOf(content: readonly MediaModel[], data: Operation): readonly Media[] {
  const all = content.map(({ mediaType, schema }): Media => {
    const encoding = data.body?.content[mediaType] ?? "bytes";
    return { mediaType: concrete(mediaType), encoding, schema: isRaw(encoding) ? undefined : (schema ?? {}) };
  });
  const isJson = ({ encoding }: Media): boolean => encoding === "json";
  return [...all.filter(isJson), ...all.filter((media) => !isJson(media))];
}

/** Bytes that are no text: short ones, and where the choices say so many. */
function someBytes(choices: Choices): Uint8Array<ArrayBuffer> {
  const length = [4, 1, 300, 70_000][choices.below(4)] ?? 4;
  const step = choices.below(251) + 7;
  return Uint8Array.from({ length }, (_, index) => (index * step + 0xfe) & 0xff);
}

/** The value of a body, by choices. */
export const bodyValue = ({ schema }: Media, schemas: Schemas, choices: Choices): unknown =>
  schema === undefined ? someBytes(choices) : fittingValue(schema, schemas, choices);

/** A value as the client takes it: in forms of several parts, text stands for a file until it is sent. */
export function sendable(value: unknown, { encoding }: Media, data: Operation): unknown {
  if (encoding !== "multipart" || typeof value !== "object" || value === null) return value;
  const files = new Set(fileFields(data));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, files.has(name) ? asFiles(inner, name) : inner]),
  );
}

const fileFields = ({ body }: Operation): readonly string[] =>
  (body?.fields ?? [])
    .filter((field) => field.type === "file" || String(field.items) === "file")
    .map(({ name }) => name);

function asFiles(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => asFiles(item, name));
  return typeof value === "string" ? new File([value], `${name.replaceAll(/[^\w-]/gu, "_")}.bin`) : value;
}
