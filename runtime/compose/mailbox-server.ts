/** The listener that shows the development mailbox. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Mailbox } from "../delivery/mailbox.js";
import { mailboxPages } from "../delivery/mailbox-pages.js";
import { type Address, type Listener, listening } from "./listener.js";

/** Serves the pages at the root of a listener of its own. */
export const mailboxServer = (mailbox: Mailbox, address: Address): Listener => {
  const pages = mailboxPages(mailbox, "");
  const show = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    const { pathname } = new URL(request.url ?? "/", "http://mailbox");
    const { status, headers, body } = await pages(pathname);
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
  };
  const server = createServer((request, response) => {
    show(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  return listening("mailbox", address, {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(address.port, address.host, () => resolve(server.address()));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
};
