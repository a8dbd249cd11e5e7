/**
 * Listens on a port. Fastify keeps the connections and closes them in order; it routes, parses and answers nothing,
 * so that none of its own errors reaches the wire.
 */

import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import type { RawAnswer, Server } from "../../generated/seam/server.js";
import { refuseConnection, writeAnswer } from "./node-answer.js";
import { NodeRequest } from "./node-request.js";

export interface HttpOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /**
   * Whose `X-Forwarded-For` is believed: addresses or networks of the proxies in front, or everyone's.
   * Default: nobody's.
   */
  readonly trustProxy?: boolean | readonly string[];
  /** How long a whole request, body included, may take to arrive. Milliseconds; default 30,000. */
  readonly requestTimeoutMs?: number;
  /** How long its head may take. Milliseconds; default 10,000. */
  readonly headersTimeoutMs?: number;
  /** How often slow connections are looked for. Milliseconds; default 2,000. */
  readonly checkIntervalMs?: number;
  /** How long an idle connection is kept. Milliseconds; default 65,000, longer than proxies usually keep theirs. */
  readonly keepAliveTimeoutMs?: number;
  /** How long a connection may stand still while it is answered. Milliseconds; default 180,000. */
  readonly stallTimeoutMs?: number;
  /** How long running requests may still take when the server closes. Milliseconds; default 10,000. */
  readonly closeTimeoutMs?: number;
  /** Default: 16 KiB. */
  readonly maxHeaderBytes?: number;
}

export interface HttpListener {
  /** Resolves once requests are answered. Rejects with node's error when the port cannot be had. */
  listen(): Promise<AddressInfo | string | null>;
  /** Takes no more requests, waits for the running ones, then cuts them off. */
  close(): Promise<void>;
}

/** Serves a server's answers over HTTP/1.1. */
export const httpListener = (server: Pick<Server, "answer">, options: HttpOptions): HttpListener => {
  const app = fastify({
    logger: false,
    trustProxy: trusted(options.trustProxy),
    // There is one route; the target is read by the server itself, as it was sent.
    rewriteUrl: () => "/",
    return503OnClosing: false,
    forceCloseConnections: "idle",
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 65_000,
    connectionTimeout: options.stallTimeoutMs ?? 180_000,
    clientErrorHandler: refuseConnection,
    http: {
      headersTimeout: options.headersTimeoutMs ?? 10_000,
      connectionsCheckingInterval: options.checkIntervalMs ?? 2_000,
      maxHeaderSize: options.maxHeaderBytes ?? 16_384,
    },
  });

  // Before Fastify looks at content types and bodies, the answer is out of its hands.
  app.addHook("onRequest", (request, reply) => {
    reply.hijack();
    const raw = new NodeRequest(request.raw, reply.raw, request.originalUrl, () => request.ip);
    const answer = server.answer(raw);
    if (isAnswer(answer)) writeAnswer(reply.raw, answer);
    else void answer.then((settled) => writeAnswer(reply.raw, settled));
  });
  app.all("/", (_request, reply) => reply.hijack());
  // Methods that Fastify has no name for end here, after the hook above.
  app.setNotFoundHandler((_request, reply) => reply.hijack());

  return {
    listen: async () => {
      await app.listen({ host: options.host, port: options.port });
      return app.server.address();
    },
    close: async () => {
      const patience = setTimeout(() => app.server.closeAllConnections(), options.closeTimeoutMs ?? 10_000);
      await app.close().finally(() => clearTimeout(patience));
    },
  };
};

const isAnswer = (answer: RawAnswer | Promise<RawAnswer>): answer is RawAnswer => "status" in answer;

const trusted = (trustProxy: HttpOptions["trustProxy"]): boolean | string[] =>
  typeof trustProxy === "object" ? [...trustProxy] : (trustProxy ?? false);
