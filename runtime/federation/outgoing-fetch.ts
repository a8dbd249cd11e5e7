import { createSecureContext } from "node:tls";
import type { Agent } from "undici";
import { checkedConnector, type Endpoint } from "./checked-connector.js";
import type { Destinations } from "./destinations.js";
import { dns } from "./dns.js";
import { OutgoingError } from "./outgoing-error.js";

export interface OutgoingFetchOptions {
  readonly destinations: Destinations;
  /** For the whole exchange, from connecting to the answer's last byte. */
  readonly timeoutMs: number;
  /** The largest answer that is read; a longer one is cut off and fails. */
  readonly maxAnswerBytes: number;
  /** Every address of a host name, which the operator listed or a stranger chose; {@link dns} when absent. */
  readonly resolve?: ((hostname: string, isListed: boolean) => Promise<readonly string[]>) | undefined;
  /** Certificates, as PEM, that other servers' certificates must lead to, in place of those that come with node. */
  readonly certificateAuthorities?: string | readonly string[] | undefined;
  /** False takes any certificate, and with it anybody's word for who they are. */
  readonly verifyCertificates?: boolean | undefined;
  /** Where a connection to an address that passed the check really goes; for tests. */
  readonly dial?: ((checked: Endpoint) => Endpoint) | undefined;
}

/**
 * A `fetch` for calling servers whose names strangers may choose. A `Host` header says whose certificate is wanted
 * where that is not the host of the URL.
 */
export interface OutgoingFetch {
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/** To one server at a time: who asks us a thousand times does not make a thousand of us. */
const maxConnections = 16;

/** The library is loaded with the first request that leaves: starting need not wait for it. */
const agentFor = async (options: OutgoingFetchOptions): Promise<Agent> => {
  const { Agent, buildConnector } = await import("undici");
  const { timeoutMs, certificateAuthorities: ca, verifyCertificates = true } = options;
  const connect = buildConnector({
    timeout: timeoutMs,
    rejectUnauthorized: verifyCertificates,
    // Made once: reading a hundred certificates for every connection would take longer than connecting.
    ...(ca === undefined ? {} : { secureContext: createSecureContext({ ca: [ca].flat() }) }),
  });
  return new Agent({
    connect: checkedConnector(connect, { ...options, resolve: options.resolve ?? dns().addresses }),
    connections: maxConnections,
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

/** Node's word for what went wrong, such as ECONNREFUSED. Messages may hold what was asked, with its tokens. */
const codeOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[A-Z][A-Z0-9_]+$/.test(code) ? ` (${code})` : "";
};

const asOutgoingError = (error: unknown, deadline: AbortSignal): OutgoingError => {
  if (error instanceof OutgoingError) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof OutgoingError) return cause;
  // The library's own timers may be the first to tell.
  const isLate = error instanceof Error && "code" in error && /^UND_ERR_\w+_TIMEOUT$/.test(String(error.code));
  if (deadline.aborted || isLate)
    return new OutgoingError("timeout", "the other server did not answer in time", { cause: error });
  return new OutgoingError("failed", `the other server could not be asked${codeOf(error)}`, { cause: error });
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
      const deadline = AbortSignal.timeout(options.timeoutMs);
      try {
        // Names of servers, such as 1.2.3.4.5, are not all hosts of URLs.
        const request = new Request(input, init);
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
