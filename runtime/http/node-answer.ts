/** Writes an answer through node's HTTP server. */

import { type OutgoingHttpHeader, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import type { RawAnswer } from "../../generated/seam/server.js";
import { protocolError } from "../protocol/errors.js";
import { errorAnswer } from "./errors.js";
import { corsHeaders } from "./headers.js";

/** Writes and ends the answer. A stream is written as it comes; when it breaks, so does the connection. */
export const writeAnswer = (response: ServerResponse, { status, headers, body }: RawAnswer): void => {
  if (response.destroyed) return;
  // The rest of a body that is too large is not worth reading.
  if (status === 413) response.shouldKeepAlive = false;
  if (body instanceof ReadableStream) {
    response.writeHead(status, headers);
    // The web's and node's types for one and the same class do not know each other.
    pipeline(Readable.fromWeb(body as NodeStream<Uint8Array>), response).catch(() => response.destroy());
    return;
  }
  if (body === undefined) {
    const hasNoLength = status === 204 || status === 304 || response.req.method === "HEAD";
    response.writeHead(status, hasNoLength ? headers : withLength(headers, 0));
    response.end();
    return;
  }
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  response.writeHead(status, withLength(headers, length));
  response.end(body);
};

/** Names and values in turn: made and read sooner than an object, which costs the smallest answers a tenth of their rate. */
const withLength = (headers: RawAnswer["headers"], length: number): OutgoingHttpHeader[] => {
  const list: OutgoingHttpHeader[] = [];
  for (const [name, value] of Object.entries(headers)) if (name !== "content-length") list.push(name, value);
  list.push("content-length", length);
  return list;
};

/** In place of an answer that is none HTTP can carry: a header with a line break, for example. */
export const writeFailure = (response: ServerResponse): void => {
  if (response.headersSent) response.destroy();
  else writeAnswer(response, errorAnswer(protocolError("M_UNKNOWN")));
};

/** What is being answered on a connection: node keeps it under this name, and tells it by no other. */
const answering = (socket: Socket): unknown => Reflect.get(socket, "_httpMessage");

/** Ends a connection unless more is to be answered on it: what was sent behind an answered request still is. */
export const letGo = (socket: Socket): void => {
  if (!(answering(socket) instanceof ServerResponse)) socket.destroySoon();
};

const phrases: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/** An answer is half written: anything added would be taken for a part of it. */
const isAnswering = (socket: Socket): boolean => {
  const response = answering(socket);
  return response instanceof ServerResponse && response.headersSent;
};

/** What is said to bytes that are no request: there is nothing to route, so it is written to the socket itself. */
export const refuseConnection = (error: Error, socket: Socket): void => {
  const code = "code" in error ? error.code : undefined;
  if (code === "ECONNRESET" || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const status = code === "HPE_HEADER_OVERFLOW" ? 431 : code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const answer = errorAnswer(protocolError("M_UNKNOWN", { status, error: "This is no request that can be read." }));
  const body = String(answer.body);
  const headers = {
    ...corsHeaders,
    ...answer.headers,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${phrases[status] ?? ""}\r\n${lines.join("")}\r\n${body}`, () => socket.destroy());
};
