import type { MediaModel } from "../model/model.js";
import type { Encoding } from "../seam/contract.js";
import { isBinary } from "./schema-view.js";

/** How a body of this media type is read and written. A body that is one binary value is bytes whatever its type. */
export function encodingOf({ mediaType, schema }: Pick<MediaModel, "mediaType" | "schema">): Encoding {
  if (mediaType === "text/event-stream") return "stream";
  if (schema !== undefined && isBinary(schema)) return "bytes";
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return "json";
  if (mediaType === "application/x-www-form-urlencoded") return "form";
  if (mediaType === "multipart/form-data") return "multipart";
  return mediaType.startsWith("text/") ? "text" : "bytes";
}

/** The same for an answer: no handler writes forms, so they are bytes as well. */
export function answerEncodingOf(media: Pick<MediaModel, "mediaType" | "schema">): Encoding {
  const encoding = encodingOf(media);
  return encoding === "form" || encoding === "multipart" ? "bytes" : encoding;
}

export function encodings(content: readonly MediaModel[], encodes = encodingOf): Record<string, Encoding> {
  return Object.fromEntries(content.map((media) => [media.mediaType, encodes(media)]));
}
