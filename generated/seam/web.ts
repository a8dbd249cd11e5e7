/** Between the web's `Request` and `Response` and the plain data that the server works on. */

import type { RawAnswer, RawRequest } from "./policy.js";
import { TooLarge } from "./policy.js";

/** A web request as plain data. Its body is read once, when asked for. */
export const rawRequestOf = (request: Request): RawRequest => ({
  method: request.method,
  target: targetOf(request.url),
  header: (name) => request.headers.get(name) ?? undefined,
  body: (limit) => readBody(request, limit),
  signal: request.signal,
});

/** Path and query of an absolute URL, as they stand. */
const targetOf = (url: string): string => {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("#");
  return start === -1 ? "/" : url.slice(start, end === -1 ? undefined : end);
};

const readBody = async (request: Request, limit: number): Promise<Uint8Array | undefined> => {
  if (request.body === null) return undefined;
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw new TooLarge(limit);
  const bytes = await readBounded(request.body, limit);
  if (bytes === undefined) throw new TooLarge(limit);
  return bytes;
};

/** Everything a stream says; undefined, and the stream cancelled, once it says more than `limit` bytes. */
export const readBounded = async (
  stream: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
};

const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** An answer as a web response. */
export const responseOf = (answer: RawAnswer): Response => {
  const { status, body } = answer;
  const headers = { ...answer.headers };
  if (body === undefined || bodiless.has(status)) return new Response(null, { status, headers });
  return new Response(typeof body === "string" || body instanceof ReadableStream ? body : new Uint8Array(body), {
    status,
    headers,
  });
};
