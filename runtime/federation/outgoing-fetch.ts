import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import type { Agent, buildConnector } from "undici";
import type { Destinations } from "./destinations.js";

/** Why a request to another server brought no answer. */
export class OutgoingError extends Error {
  override readonly name = "OutgoingError";
  readonly reason: "refused-destination" | "too-large" | "timeout" | "failed";

  constructor(reason: OutgoingError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface OutgoingFetchOptions {
  readonly destinations: Destinations;
  /** For the whole exchange, from connecting to the answer's last byte. */
  readonly timeoutMs: number;
  /** The largest answer that is read; a longer one is cut off and fails. */
  readonly maxAnswerBytes: number;
  /** Every address of a host name. The system's resolver unless a test stands in for it. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** Certificates, as PEM, that other servers' certificates must lead to, in place of those that come with node. */
  readonly certificateAuthorities?: string;
}

/** A `fetch` for calling servers whose names strangers may choose. */
export interface OutgoingFetch {
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

const systemResolver = async (hostname: string): Promise<readonly string[]> =>
  (await lookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);

/** The addresses a host stands for, each of them checked; the connection is made to one of exactly these. */
const checkedAddresses = async (
  hostname: string,
  { destinations, resolve = systemResolver }: OutgoingFetchOptions,
): Promise<readonly string[]> => {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (destinations.isListed(host)) return isIP(host) === 0 ? resolve(host) : [host];
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  // One bad address is enough: a name that resolves to public and private ones is not an honest one.
  const refused = addresses.find((address) => !destinations.mayConnectTo(address));
  if (refused !== undefined || addresses.length === 0) {
    throw new OutgoingError("refused-destination", `${hostname} is not a destination this server connects to`);
  }
  return addresses;
};

const connectTo = (connect: buildConnector.connector, options: buildConnector.Options): Promise<Socket> =>
  new Promise((settle, fail) => {
    connect(options, (error, socket) => {
      if (socket) settle(socket);
      else fail(error ?? new Error("the connection failed"));
    });
  });

/** A connector that resolves and checks by itself, so that nothing between the check and the connection resolves anew. */
const checkedConnector = (
  connect: buildConnector.connector,
  options: OutgoingFetchOptions,
): buildConnector.connector => {
  const connectChecked = async (target: buildConnector.Options) => {
    const host = target.hostname.replace(/^\[|\]$/g, "");
    // The certificate is checked against the name that was asked for, not against the address.
    const servername = target.servername || (isIP(host) === 0 ? host : undefined);
    const addresses = await checkedAddresses(host, options);
    const deadline = AbortSignal.timeout(options.timeoutMs);
    let failure: unknown;
    for (const address of addresses) {
      // Whoever names a thousand dead addresses is not tried on when nobody waits any more.
      if (deadline.aborted) break;
      try {
        return await connectTo(connect, { ...target, hostname: address, ...(servername ? { servername } : {}) });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
  return (target, callback) => {
    connectChecked(target).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
};

/** The library is loaded with the first request that leaves: starting need not wait for it. */
const agentFor = async (options: OutgoingFetchOptions): Promise<Agent> => {
  const { Agent, buildConnector } = await import("undici");
  const { timeoutMs, certificateAuthorities: ca } = options;
  const connect = buildConnector({ timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) });
  return new Agent({
    connect: checkedConnector(connect, options),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: 16_384,
    keepAliveTimeout: 10_000,
  });
};

const readLimited = async (body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop destroys the stream, and with it the connection that still delivers.
    if (size > maxBytes) throw new OutgoingError("too-large", `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
};

const withoutBody = new Set([204, 205, 304]);

const asOutgoingError = (error: unknown, deadline: AbortSignal): OutgoingError => {
  if (error instanceof OutgoingError) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof OutgoingError) return cause;
  if (deadline.aborted)
    return new OutgoingError("timeout", "the other server did not answer in time", { cause: error });
  return new OutgoingError("failed", "the other server could not be asked", { cause: error });
};

/**
 * Time, size and destination are limited, and redirects are answers like any other: nothing here follows them.
 *
 * @throws OutgoingError when there is no whole answer.
 */
export const outgoingFetch = (options: OutgoingFetchOptions): OutgoingFetch => {
  let agent: Promise<Agent> | undefined;
  const opened = (): Promise<Agent> => {
    agent ??= agentFor(options);
    return agent;
  };
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const deadline = AbortSignal.timeout(options.timeoutMs);
      try {
        const url = new URL(request.url);
        const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
        const answer = await (await opened()).request({
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: request.method as "GET", // undici's union of methods; it checks the text itself
          headers: Object.fromEntries(request.headers),
          body,
          signal: AbortSignal.any([deadline, request.signal]),
        });
        const bytes = await readLimited(answer.body, options.maxAnswerBytes);
        const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
          value === undefined ? [] : [value].flat().map((text): [string, string] => [name, text]),
        );
        return new Response(withoutBody.has(answer.statusCode) ? null : bytes, { status: answer.statusCode, headers });
      } catch (error) {
        throw asOutgoingError(error, deadline);
      }
    },
    close: async () => (await agent)?.close(),
  };
};
