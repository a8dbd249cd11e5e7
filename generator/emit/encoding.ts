import type { MediaModel } from "../model/model.js";
import type { Encoding } from "../seam/contract.js";

/** How a body of this media type is read and written. */
export function encodingOf(mediaType: string): Encoding {
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return "json";
  if (mediaType === "application/x-www-form-urlencoded") return "form";
  if (mediaType === "multipart/form-data") return "multipart";
  if (mediaType === "text/event-stream") return "stream";
  return mediaType.startsWith("text/") ? "text" : "bytes";
}

export function encodings(content: readonly MediaModel[]): Record<string, Encoding> {
  return Object.fromEntries(content.map(({ mediaType }) => [mediaType, encodingOf(mediaType)]));
}
