/** A listener for pages that are no part of the protocol. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Address, type Listener, listening, nodeListener } from "./listener.js";

/** Answers the page at a path. */
export type Pages = (path: string) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}>;

/** @param section of the configuration that says where it listens, for people whose port is taken. */
export const pageServer = (section: string, address: Address, pages: Pages): Listener => {
  const show = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    const { pathname } = new URL(request.url ?? "/", "http://page");
    const { status, headers, body } = await pages(pathname);
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
  };
  const server = createServer((request, response) => {
    show(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  return listening(
    section,
    address,
    nodeListener(server, address, () => server.closeAllConnections()),
  );
};
