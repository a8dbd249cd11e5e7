/** Between the web's `Request` and `Response` and the plain data that the server works on. */

import type { RawAnswer, RawRequest } from "./policy.js";
import { TooLarge } from "./policy.js";

/** A web request as plain data. Its body is read once, when asked for. */
export const rawRequestOf = (request: Request): RawRequest => ({
  method: request.method,
  target: targetOf(request.url),
  header: (name) => request.headers.get(name) ?? undefined,
  body: (limit) => readBody(request, limit),
  stream: (limit) => streamBody(request, limit),
  signal: request.signal,
});

/** Path and query of an absolute URL, as they stand. */
const targetOf = (url: string): string => {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("#");
  return start === -1 ? "/" : url.slice(start, end === -1 ? undefined : end);
};

const bodyOf = (request: Request, limit: number): ReadableStream<Uint8Array> | undefined => {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw new TooLarge(limit);
  return request.body ?? undefined;
};

const streamBody = (request: Request, limit: number): ReadableStream<Uint8Array> | undefined => {
  const body = bodyOf(request, limit);
  return body && limited(body, limit);
};

/** The same stream, which ends in {@link TooLarge} where it says more than `limit` bytes. */
const limited = (stream: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> => {
  const reader = stream.getReader();
  let length = 0;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const { done, value } = await reader.read();
    if (done) return controller.close();
    length += value.length;
    if (length <= limit) return controller.enqueue(value);
    const error = new TooLarge(limit);
    controller.error(error);
    await reader.cancel(error).catch(() => undefined);
  };
  return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
};

const readBody = async (request: Request, limit: number): Promise<Uint8Array | undefined> => {
  const body = bodyOf(request, limit);
  if (body === undefined) return undefined;
  const bytes = await readBounded(body, limit);
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
