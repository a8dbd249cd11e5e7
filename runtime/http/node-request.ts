/** A request of node's HTTP server as the plain data that the seam works on. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { streamBody } from "../../generated/seam/node.js";
import { type RawRequest, TooLarge } from "../../generated/seam/server.js";
import { protocolError } from "../protocol/errors.js";

export class NodeRequest implements RawRequest {
  readonly method: string;
  readonly target: string;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #addressOf: () => string | undefined;
  #controller: AbortController | undefined;

  constructor(message: IncomingMessage, response: ServerResponse, target: string, addressOf: () => string | undefined) {
    this.method = message.method ?? "";
    this.target = target;
    this.#message = message;
    this.#response = response;
    this.#addressOf = addressOf;
  }

  get remoteAddress(): string | undefined {
    return this.#addressOf();
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      const gone = () => {
        if (!this.#response.writableFinished) controller.abort();
      };
      if (this.#response.closed) gone();
      else this.#response.once("close", gone);
      this.#controller = controller;
    }
    return this.#controller.signal;
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return typeof value === "object" ? value.join(", ") : value;
  }

  body(limit: number): Promise<Uint8Array | undefined> | undefined {
    const { headers } = this.#message;
    const length = headers["content-length"];
    if (headers["transfer-encoding"] === undefined && (length === undefined || length === "0")) return undefined;
    if (Number(length ?? 0) > limit) throw new TooLarge(limit);
    return readMessage(this.#message, limit);
  }

  stream(limit: number): ReadableStream<Uint8Array> | undefined {
    return streamBody(this.#message, this.#response, limit, endedEarly);
  }
}

/** Nobody is left to read this answer; it only must not count as a failure of ours. */
const endedEarly = (): Error => protocolError("M_UNKNOWN", { status: 400, error: "The request ended early." });

const readMessage = (message: IncomingMessage, limit: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    message.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      reject(new TooLarge(limit));
    });
    message.once("end", () => {
      const [only] = chunks;
      resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size));
    });
    const cut = () => {
      // Every request closes in the end; what is made of it costs something only where it came too early.
      if (message.readableEnded) return;
      reject(endedEarly());
    };
    message.once("error", cut);
    message.once("close", cut);
  });
