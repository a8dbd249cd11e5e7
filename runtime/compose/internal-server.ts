/** The listener of the internal API. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { errorAnswer } from "../http/errors.js";
import type { InternalApi } from "../identity/internal-api.js";
import type { Logger } from "../ports/logger.js";
import { ProtocolError, protocolError } from "../protocol/errors.js";
import { type Address, type Listener, listening, nodeListener } from "./listener.js";

/** One association. */
const maxBodyBytes = 16_384;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBodyBytes) throw protocolError("M_TOO_LARGE");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
};

export const internalServer = (api: InternalApi, address: Address, log: Logger): Listener => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { method = "", headers, url = "" } = request;
      const [path = ""] = url.split("?", 1);
      const { host, authorization, "content-type": contentType } = headers;
      const answer = await api({ method, path, host, authorization, contentType, body: await bodyOf(request) });
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        log.error("a request to the internal API failed", { error: error instanceof Error ? error.name : "" });
      }
      const { status, headers, body } = errorAnswer(
        error instanceof ProtocolError ? error : protocolError("M_UNKNOWN"),
      );
      if (!response.headersSent) response.writeHead(status, { ...headers, connection: "close" });
      response.end(body);
    }
  };
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => void handle(request, response));
  return listening(
    "identity.internal",
    address,
    nodeListener(server, address, () => server.closeIdleConnections()),
  );
};
