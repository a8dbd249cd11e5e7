/**
 * Serves over node's `http`, or as middleware of Express and its kind. Node's own types are told here in as few words
 * as are needed, so that generated code compiles without them.
 */

import type { RawAnswer, RawRequest } from "./policy.js";
import { TooLarge } from "./policy.js";
import type { Server } from "./server.js";

/** What is used of node's `IncomingMessage`. */
export interface NodeMessage {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly readableEnded: boolean;
  pause(): unknown;
  resume(): unknown;
  readonly socket: { readonly remoteAddress?: string | undefined };
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  once(event: "end" | "error" | "close", listener: () => void): unknown;
}

/** What is used of node's `ServerResponse`. */
export interface NodeReply {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  shouldKeepAlive: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: Uint8Array): boolean;
  end(chunk?: string | Uint8Array): unknown;
  destroy(): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
}

/** What `http.createServer` takes, and `app.use` of Express. */
export type NodeListener = (message: NodeMessage, reply: NodeReply, next?: () => void) => void;

/**
 * A listener that answers every request by `server`. With a `next`, as middleware has it, requests for paths that no
 * operation has are left to the middleware behind. It reads the body itself: parsers of bodies belong behind it.
 */
export const toNodeListener =
  (server: Pick<Server, "answer" | "serves">): NodeListener =>
  (message, reply, next) => {
    const request = rawRequestOf(message, reply);
    if (next !== undefined && !server.serves(request.target)) {
      next();
      return;
    }
    // `answer` never rejects; what is left to fail is the connection.
    Promise.resolve(server.answer(request))
      .then((answer) => writeAnswer(reply, answer, message.method === "HEAD"))
      .catch(() => reply.destroy());
  };

const rawRequestOf = (message: NodeMessage, reply: NodeReply): RawRequest => {
  const controller = new AbortController();
  reply.once("close", () => {
    if (!reply.writableFinished) controller.abort();
  });
  return {
    method: message.method ?? "",
    target: message.url ?? "/",
    signal: controller.signal,
    remoteAddress: message.socket.remoteAddress,
    header: (name) => {
      // The headers of node are a plain object, which also seems to have a `constructor`.
      const value = Object.hasOwn(message.headers, name) ? message.headers[name] : undefined;
      return typeof value === "object" ? value.join(", ") : value;
    },
    body: (limit) => readBody(message, limit),
    stream: (limit) => streamBody(message, reply, limit),
  };
};

const hasBody = (message: NodeMessage, limit: number): boolean => {
  const length = message.headers["content-length"];
  if (message.headers["transfer-encoding"] === undefined && (length === undefined || length === "0")) return false;
  if (Number(length ?? 0) > limit) throw new TooLarge(limit);
  if (message.readableEnded)
    throw new Error("the body was read before: put this listener in front of whatever parses bodies");
  return true;
};

const bufferedBytes = 65_536;

/**
 * The body of a request as it comes, with the sender held back as long as nobody reads. What is left of it when the
 * request was answered is let go, and so is what exceeds the limit. Undefined where there is none.
 */
export const streamBody = (
  message: NodeMessage,
  reply: Pick<NodeReply, "once">,
  limit: number,
  cutShort: () => Error = () => new Error("the request ended early"),
): ReadableStream<Uint8Array> | undefined => {
  if (!hasBody(message, limit)) return undefined;
  let size = 0;
  let isOpen = true;
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const end = (error?: Error): void => {
      if (!isOpen) return;
      isOpen = false;
      if (error === undefined) controller.close();
      else controller.error(error);
      message.resume();
    };
    message.on("data", (chunk) => {
      if (!isOpen) return;
      size += chunk.length;
      if (size > limit) return end(new TooLarge(limit));
      controller.enqueue(chunk);
      if ((controller.desiredSize ?? 0) <= 0) message.pause();
    });
    message.once("end", () => end());
    message.once("error", () => end(cutShort()));
    message.once("close", () => end(cutShort()));
    reply.once("close", () => end(cutShort()));
    message.pause();
  };
  const cancel = (): void => {
    isOpen = false;
    message.resume();
  };
  const pull = (): void => void message.resume();
  return new ReadableStream({ start, pull, cancel }, new ByteLengthQueuingStrategy({ highWaterMark: bufferedBytes }));
};

const readBody = (message: NodeMessage, limit: number): Promise<Uint8Array> | undefined => {
  if (!hasBody(message, limit)) return undefined;
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    message.on("data", (chunk) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(new TooLarge(limit));
    });
    message.once("end", () => resolve(joined(chunks, size)));
    const cut = () => reject(new Error("the request ended early"));
    message.once("error", cut);
    message.once("close", cut);
  });
};

const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
};

const writeAnswer = async (reply: NodeReply, { status, headers, body }: RawAnswer, isHead: boolean): Promise<void> => {
  if (reply.destroyed) {
    if (body instanceof ReadableStream) await body.cancel();
    return;
  }
  // The rest of a body that is too large is not worth reading.
  if (status === 413) reply.shouldKeepAlive = false;
  if (body instanceof ReadableStream) {
    reply.writeHead(status, headers);
    await pour(body, reply);
    return;
  }
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const hasNoLength = body === undefined && (isHead || status === 204 || status === 304);
  reply.writeHead(status, hasNoLength ? headers : { ...headers, "content-length": String(bytes?.byteLength ?? 0) });
  reply.end(bytes);
};

/** As fast as the other end reads; when that is gone, the stream is told. */
const pour = async (stream: ReadableStream<Uint8Array>, reply: NodeReply): Promise<void> => {
  const reader = stream.getReader();
  let wake = (): void => undefined;
  reply.once("close", () => {
    wake();
    reader.cancel().catch(() => undefined);
  });
  while (!reply.destroyed) {
    const { done, value } = await reader.read();
    if (done) break;
    if (reply.destroyed || reply.write(value)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
      reply.once("drain", resolve);
    });
  }
  reply.end();
};
