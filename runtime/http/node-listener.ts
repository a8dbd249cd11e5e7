/** Listens on a port by node's own HTTP server, closes in order, and says whom a request came from. */

import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import proxyAddr from "@fastify/proxy-addr";
import type { RawAnswer, Server } from "../../generated/seam/server.js";
import type { Logger } from "../ports/logger.js";
import { noteUnsent } from "./failure.js";
import { letGo, refuseConnection, writeAnswer, writeFailure } from "./node-answer.js";
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
  /** Told of answers that could not be sent, and of connections that could not be taken. Default: nobody is. */
  readonly log?: Logger;
}

export interface HttpListener {
  /**
   * Resolves once requests are answered. Rejects with node's error when the port cannot be had, and after closing; asked
   * again it tells the same.
   */
  listen(): Promise<AddressInfo | string | null>;
  /** Takes no more requests, waits for the running ones, then cuts them off. At any time, and as often as anybody likes. */
  close(): Promise<void>;
}

/** Serves a server's answers over HTTP/1.1. */
export const httpListener = (server: Pick<Server, "answer">, options: HttpOptions): HttpListener => {
  const addressOf = clientOf(options.trustProxy);
  const failed = (error: unknown): void => options.log && noteUnsent(options.log, error);
  const opened: NodeServer[] = [];
  let listening: Promise<AddressInfo | string | null> | undefined;
  let closing: Promise<void> | undefined;

  const write = (response: ServerResponse, answer: RawAnswer): void => {
    // Whoever was being answered when the server began to close is let go afterwards.
    if (closing !== undefined) response.once("finish", () => setImmediate(letGo, response.req.socket));
    try {
      writeAnswer(response, answer);
    } catch (error) {
      failed(error);
      writeFailure(response);
    }
  };

  const serve = (message: IncomingMessage, response: ServerResponse): void => {
    const answer = server.answer(new NodeRequest(message, response, message.url ?? "", () => addressOf(message)));
    if (isAnswer(answer)) write(response, answer);
    else void answer.then((settled) => write(response, settled));
  };

  const requestTimeout = options.requestTimeoutMs ?? 30_000;
  const limits = {
    requestTimeout,
    headersTimeout: Math.min(options.headersTimeoutMs ?? 10_000, requestTimeout || Number.POSITIVE_INFINITY),
    connectionsCheckingInterval: options.checkIntervalMs ?? 2_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 65_000,
    maxHeaderSize: options.maxHeaderBytes ?? 16_384,
  };
  const open = async (host: string, port: number): Promise<AddressInfo | string | null> => {
    const one = createServer(limits, serve).on("clientError", refuseConnection);
    one.setTimeout(options.stallTimeoutMs ?? 180_000).listen(port, host);
    await once(one, "listening");
    // A connection that cannot be taken, since too many files are open, ends no other.
    one.on("error", failed);
    opened.push(one);
    return one.address();
  };

  const listen = async (): Promise<AddressInfo | string | null> => {
    if (closing !== undefined) throw new Error("the listener is closed");
    const [host = options.host, ...others] = await addressesOf(options.host);
    const bound = await open(host, options.port);
    // A machine may lack the other kind of address.
    for (const other of others) await open(other, portOf(bound)).catch(() => undefined);
    return bound;
  };

  const close = async (): Promise<void> => {
    await listening?.catch(() => undefined);
    await Promise.all(opened.map((it) => end(it, options.closeTimeoutMs ?? 10_000)));
  };

  return {
    listen: () => (listening ??= listen()),
    close: () => (closing ??= close()),
  };
};

const isAnswer = (answer: RawAnswer | Promise<RawAnswer>): answer is RawAnswer => "status" in answer;

/** The address that a request came from: the last one that no trusted proxy named itself by. */
const clientOf = (trustProxy: HttpOptions["trustProxy"]): ((message: IncomingMessage) => string | undefined) => {
  if (trustProxy === undefined || trustProxy === false) return ({ socket }) => socket.remoteAddress;
  const trusted = trustProxy === true ? () => true : proxyAddr.compile([...trustProxy]);
  return (message) => proxyAddr(message, trusted);
};

/** This machine's own name stands for its addresses of both kinds. */
const addressesOf = async (host: string): Promise<readonly string[]> =>
  host === "localhost" ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];

const portOf = (bound: AddressInfo | string | null): number =>
  typeof bound === "object" && bound !== null ? bound.port : 0;

/** Idle connections go at once, running requests have this long (ms). */
const end = (server: NodeServer, patienceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const patience = setTimeout(() => server.closeAllConnections(), patienceMs);
    server.close(() => {
      clearTimeout(patience);
      resolve();
    });
  });
