/** Sends calls: interceptors around them, attempts, and the waits that a service asks for. */

import type { CallerService, CallOptions, ClientOptions, HeaderRecord } from "./client-options.js";
import type { Operation } from "./contract.js";
import { credentialsFor, withCredentials } from "./credentials.js";
import { type LooseReceived, readAnswer } from "./incoming.js";
import { limited, limitsOf, pause } from "./limits.js";
import { type LooseRequest, type Written, writeCall } from "./outgoing.js";

/** No answer came: the service cannot be reached, or hung up. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly operation: string;

  constructor(operation: string, origin: string, cause: unknown) {
    super(`${operation} got no answer from ${origin}`, { cause });
    this.operation = operation;
  }
}

export type Send = (operation: Operation, request: LooseRequest, call: CallOptions) => Promise<LooseReceived>;

/** A call as it leaves. */
type Sendable = Omit<Written, "headers"> & { readonly headers: Headers };

interface Target {
  readonly origin: string;
  /** What every path stands below, without a slash at its end. */
  readonly base: string;
}

const defaultTimeoutMs = 30_000;
const defaultRetries = 2;
const defaultRetryDelayMs = 30_000;
const defaultAnswerBytes = 16 * 1_048_576;
/** Waited after a refusal that gives no hint, doubled for every further one. */
const firstDelayMs = 500;

const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]);

export const createSender = (service: CallerService, options: ClientOptions): Send => {
  const target = targetOf(options.baseUrl);
  const fetcher = options.fetch ?? ((request: Request) => fetch(request));

  const attempt = async (operation: Operation, written: Written, call: CallOptions): Promise<LooseReceived> => {
    const { id } = operation;
    const sent = await signed(operation, written, call);
    const limits = limitsOf(id, call.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs, [options.signal, call.signal]);
    const faultOf = (error: unknown): unknown => {
      if (limits.signal.aborted) return limits.signal.reason;
      // What fetch throws says nothing but "fetch failed", or names the URL, which may hold a token.
      const isOfFetch = error instanceof TypeError && !(error instanceof Unsendable);
      return isOfFetch ? new Unreachable(id, target.origin, causeOf(error)) : error;
    };
    try {
      limits.signal.throwIfAborted();
      // Not every platform tells who fills a stream that nobody reads it any more.
      const body = isStream(sent.body) ? limited(sent.body, { ...limits, end: () => undefined }, faultOf) : sent.body;
      const response = await fetcher(prepared(operation, target, { ...sent, body }, limits.signal));
      const known = options.responses ?? service.responses;
      const received = await readAnswer(operation, response, {
        maxBytes: options.maxAnswerBytes ?? defaultAnswerBytes,
        checks: known && (known[id] ?? {}),
      });
      if (isStream(received.body)) {
        limits.timeless();
        return { ...received, body: limited(received.body, limits, faultOf) };
      }
      limits.end();
      // Who refused a stream before its end does not want the rest.
      if (received.status >= 400 && isStream(sent.body)) limits.abort(new Error(`${id} was refused`));
      return received;
    } catch (error) {
      limits.end();
      const fault = faultOf(error);
      limits.abort(fault);
      discard(sent.body, fault);
      throw fault;
    }
  };

  const signed = async (operation: Operation, written: Written, call: CallOptions): Promise<Sendable> => {
    try {
      const sent = withCredentials(written, await credentialsFor(service, operation, options, call));
      const more = await options.authorize?.({
        operation: operation.id,
        method: operation.method,
        target: target.base + sent.target,
        body: sent.body,
      });
      return { ...sent, headers: headersOf(options.headers, call.headers, sent.headers, more) };
    } catch (error) {
      discard(written.body, error);
      throw error;
    }
  };

  const consumed = new WeakSet<ReadableStream>();

  const send: Send = async (operation, request, call) => {
    const contentType = headersOf(options.headers, call.headers).get("content-type");
    const written = writeCall(operation, request, contentType);
    const { body } = written;
    if (isStream(body)) {
      if (consumed.has(body)) throw new TypeError(`${operation.id} cannot be sent again: its body is a stream`);
      consumed.add(body);
    }
    const retries = isStream(body) ? 0 : (call.retries ?? options.retries ?? defaultRetries);
    for (let count = 0; ; count++) {
      const received = await attempt(operation, written, call);
      const delay = count < retries && mayRepeat(operation, received.status) ? delayOf(received, count) : undefined;
      if (delay === undefined || delay > (options.maxRetryDelayMs ?? defaultRetryDelayMs)) return received;
      discard(received.body, undefined);
      await pause(delay, [options.signal, call.signal]);
    }
  };

  return intercepted(send, options.intercept ?? []);
};

/** The same, with interceptors around it, the first one outermost. */
const intercepted = (send: Send, interceptors: NonNullable<ClientOptions["intercept"]>): Send =>
  interceptors.reduceRight<Send>(
    (next, interceptor) => async (operation, request, call) =>
      interceptor({ operation, request, options: call, isRepeatable: !isStream(request.body) }, async (more = {}) =>
        next(operation, request, withOptions(call, more)),
      ),
    send,
  );

const withOptions = (call: CallOptions, more: CallOptions): CallOptions => ({
  ...call,
  ...more,
  headers: Object.fromEntries(headersOf(call.headers, more.headers)),
});

/** Later ones go before earlier ones, however their names are written. */
const headersOf = (...records: readonly (HeaderRecord | undefined)[]): Headers => {
  const headers = new Headers();
  for (const record of records) for (const [name, text] of Object.entries(record ?? {})) headers.set(name, text);
  return headers;
};

const isStream = (body: unknown): body is ReadableStream<Uint8Array> => body instanceof ReadableStream;

/** Tells whoever fills a stream that nobody reads it any more. */
const discard = (body: unknown, reason: unknown): void => {
  if (isStream(body) && !body.locked) void body.cancel(reason).catch(() => undefined);
};

const targetOf = (baseUrl: string | URL): Target => {
  const url = new URL(baseUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TypeError("baseUrl must begin with http: or https:");
  return { origin: url.origin, base: url.pathname.replace(/\/+$/, "") };
};

/** Told apart from what `fetch` throws: nothing was sent, and nobody was asked. */
class Unsendable extends TypeError {
  override readonly name = "TypeError";
}

const prepared = (...parts: Parameters<typeof requestOf>): Request => {
  try {
    return requestOf(...parts);
  } catch {
    // The platform's own words may repeat the URL or a header, which hold credentials.
    const [{ id, method }, , { body }] = parts;
    const what = body === undefined ? method : `${method} with a ${isStream(body) ? "stream" : "body"}`;
    throw new Unsendable(`${id} cannot be sent: no ${what} can be made here`);
  }
};

const requestOf = (operation: Operation, target: Target, sent: Sendable, signal: AbortSignal): Request => {
  const { body, headers } = sent;
  if (isStream(body) && !sendsStreams()) throw new TypeError("streams cannot be sent here");
  const init: RequestInit & { duplex?: "half" } = { method: operation.method, headers, signal, redirect: "manual" };
  if (body !== undefined) init.body = body instanceof Uint8Array ? new Uint8Array(body) : body;
  if (body instanceof ReadableStream) init.duplex = "half";
  return new Request(`${target.origin}${target.base}${sent.target}`, init);
};

/** Browsers that cannot send a stream make the text "[object ReadableStream]" of it, and give it the type of a text. */
const sendsStreams = (): boolean => {
  const init: RequestInit & { duplex: "half" } = { method: "POST", body: new ReadableStream(), duplex: "half" };
  return !new Request("http://localhost", init).headers.has("content-type");
};

const causeOf = (error: TypeError): unknown => {
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? cause : undefined;
};

const mayRepeat = (operation: Operation, status: number): boolean =>
  status === 429 || (status === 503 && idempotent.has(operation.method));

/** How long to wait: what the service asks for, the longer of both hints, else ever longer. */
const delayOf = ({ headers, body }: LooseReceived, count: number): number => {
  const hints = [headerDelay(headers.get("retry-after")), bodyDelay(body)].filter((hint) => hint !== undefined);
  return hints.length > 0 ? Math.max(...hints) : firstDelayMs * 2 ** count;
};

const headerDelay = (text: string | null): number | undefined => {
  if (text === null) return undefined;
  const milliseconds = /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
};

const bodyDelay = (body: unknown): number | undefined => {
  const hint = typeof body === "object" && body !== null && "retry_after_ms" in body ? body.retry_after_ms : undefined;
  return typeof hint === "number" && Number.isFinite(hint) && hint >= 0 ? hint : undefined;
};
