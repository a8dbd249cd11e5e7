/** Sends calls: credentials, timeouts, and the waits that a service asks for. */

import type { AccessToken, CallOptions, ClientOptions, ClientService } from "./client.js";
import type { Operation, SecurityScheme } from "./contract.js";
import { type LooseReceived, readAnswer } from "./incoming.js";
import { type LooseRequest, type Written, writeCall } from "./outgoing.js";

/** One attempt took longer than `timeoutMs`. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
  readonly operation: string;

  constructor(operation: string, milliseconds: number) {
    super(`${operation} was not answered within ${milliseconds} ms`);
    this.operation = operation;
  }
}

/** No answer came: the service cannot be reached, or hung up. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly operation: string;

  constructor(operation: string, origin: string, cause: unknown) {
    super(`${operation} got no answer from ${origin}`, { cause });
    this.operation = operation;
  }
}

export type Send = (id: string, request: LooseRequest, call: CallOptions) => Promise<LooseReceived>;

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

export const createSender = (service: ClientService, options: ClientOptions): Send => {
  const target = targetOf(options.baseUrl);
  const fetcher = options.fetch ?? ((request: Request) => fetch(request));

  const attempt = async (operation: Operation, written: Written, call: CallOptions): Promise<LooseReceived> => {
    const credentials = await credentialsFor(service, operation, options, call);
    const sent = withCredentials(written, credentials);
    const signed = await options.authorize?.({
      operation: operation.id,
      method: operation.method,
      target: target.base + sent.target,
      body: sent.body,
    });
    const headers = new Headers({ ...options.headers, ...call.headers, ...sent.headers, ...signed });
    const timeoutMs = call.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs;
    const limits = timeLimit(operation.id, timeoutMs, [options.signal, call.signal]);
    try {
      const response = await fetcher(prepared(operation, target, sent, headers, limits.signal));
      const known = options.responses ?? service.responses;
      const checks = known && (known[operation.id] ?? {});
      const maxBytes = options.maxAnswerBytes ?? defaultAnswerBytes;
      const received = await readAnswer(operation, response, { maxBytes, checks });
      return abortable(received, [options.signal, call.signal]);
    } catch (error) {
      if (limits.signal.aborted) throw limits.signal.reason;
      if (error instanceof Unsendable) throw error;
      // What fetch throws says nothing but "fetch failed", or names the URL, which may hold a token.
      if (error instanceof TypeError) throw new Unreachable(operation.id, target.origin, causeOf(error));
      throw error;
    } finally {
      limits.end();
    }
  };

  return async (id, request, call) => {
    const operation = service.operations[id];
    if (operation === undefined) throw new TypeError(`there is no operation ${id}`);
    const contentType = new Headers({ ...options.headers, ...call.headers }).get("content-type");
    const written = writeCall(operation, request, contentType);
    const retries = written.body instanceof ReadableStream ? 0 : (call.retries ?? options.retries ?? defaultRetries);
    for (let count = 0; ; count++) {
      const received = await attempt(operation, written, call);
      const delay = count < retries && mayRepeat(operation, received.status) ? delayOf(received, count) : undefined;
      if (delay === undefined || delay > (options.maxRetryDelayMs ?? defaultRetryDelayMs)) return received;
      await pause(delay, [options.signal, call.signal]);
    }
  };
};

const targetOf = (baseUrl: string | URL): Target => {
  const url = new URL(baseUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TypeError("baseUrl must begin with http: or https:");
  return { origin: url.origin, base: url.pathname.replace(/\/+$/, "") };
};

/** A stream goes on after its call was answered, and so does the caller's right to end it. */
const abortable = (received: LooseReceived, signals: readonly (AbortSignal | undefined)[]): LooseReceived => {
  const { body } = received;
  if (!(body instanceof ReadableStream)) return received;
  const reader = body.getReader();
  let release = (): void => undefined;
  const stream = new ReadableStream(
    {
      start: (controller) => {
        release = following(signals, (reason) => {
          controller.error(reason);
          void reader.cancel(reason).catch(() => undefined);
        });
      },
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        release();
        controller.close();
      },
      cancel: (reason) => {
        release();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { ...received, body: stream };
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
    throw new Unsendable(
      `${id} cannot be sent: no ${method} ${body === undefined ? "" : "with a body "}can be made here`,
    );
  }
};

const requestOf = (
  operation: Operation,
  target: Target,
  sent: Written,
  headers: Headers,
  signal: AbortSignal,
): Request => {
  const { body } = sent;
  const init: RequestInit & { duplex?: "half" } = { method: operation.method, headers, signal, redirect: "manual" };
  if (body !== undefined) init.body = body instanceof Uint8Array ? new Uint8Array(body) : body;
  if (body instanceof ReadableStream) init.duplex = "half";
  return new Request(`${target.origin}${target.base}${sent.target}`, init);
};

const causeOf = (error: TypeError): unknown => {
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? cause : undefined;
};

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
}

const noCredentials: Credentials = { headers: {}, query: "" };

const credentialsFor = async (
  service: ClientService,
  operation: Operation,
  options: ClientOptions,
  call: CallOptions,
): Promise<Credentials> => {
  const accessToken = operation.auth === "none" ? undefined : (call.accessToken ?? options.accessToken);
  const token = await resolved(accessToken);
  if (token === undefined) return noCredentials;
  const scheme = options.accessTokenIn === "scheme" ? firstScheme(service, operation) : undefined;
  if (scheme?.type === "apiKey" && scheme.in === "query")
    return { headers: {}, query: `${encodeURIComponent(scheme.name)}=${encodeURIComponent(token)}` };
  // What the platform throws about a header that cannot be sent repeats the header.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new TypeError(`${operation.id} cannot send this access token in a header`);
  if (scheme?.type !== "apiKey") return { headers: { authorization: `Bearer ${token}` }, query: "" };
  if (scheme.in === "cookie") return { headers: { cookie: `${scheme.name}=${token}` }, query: "" };
  const bearer = scheme.name.toLowerCase() === "authorization" ? `Bearer ${token}` : token;
  return { headers: { [scheme.name.toLowerCase()]: bearer }, query: "" };
};

const resolved = async (accessToken: AccessToken | undefined): Promise<string | undefined> =>
  typeof accessToken === "function" ? await accessToken() : accessToken;

const firstScheme = (service: ClientService, operation: Operation): SecurityScheme | undefined => {
  const name = operation.security.flat()[0];
  return name === undefined ? undefined : service.securitySchemes[name];
};

const withCredentials = (written: Written, { headers, query }: Credentials): Written => {
  const joined = query === "" ? "" : `${written.target.includes("?") ? "&" : "?"}${query}`;
  return { target: written.target + joined, headers: { ...written.headers, ...headers }, body: written.body };
};

/** A signal that ends with any of the given ones or after a time, and a way to let go of all of them. */
const timeLimit = (operation: string, milliseconds: number, signals: readonly (AbortSignal | undefined)[]) => {
  const controller = new AbortController();
  const timer =
    milliseconds > 0
      ? setTimeout(() => controller.abort(new TimedOut(operation, milliseconds)), milliseconds)
      : undefined;
  const release = following(signals, (reason) => controller.abort(reason));
  const end = () => {
    clearTimeout(timer);
    release();
  };
  return { signal: controller.signal, end };
};

/** Calls back when the first signal is aborted, at once if one is; answers how to stop listening. */
const following = (signals: readonly (AbortSignal | undefined)[], aborted: (reason: unknown) => void): (() => void) => {
  const listeners: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    const listener = () => aborted(signal.reason);
    if (signal.aborted) listener();
    signal.addEventListener("abort", listener);
    listeners.push(() => signal.removeEventListener("abort", listener));
  }
  return () => {
    for (const remove of listeners) remove();
  };
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

const pause = async (milliseconds: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> => {
  const controller = new AbortController();
  const release = following(signals, (reason) => controller.abort(reason));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      if (controller.signal.aborted) reject(controller.signal.reason);
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
      timer = setTimeout(resolve, milliseconds);
    });
  } finally {
    clearTimeout(timer);
    release();
  }
};
