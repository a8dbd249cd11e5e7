/** What is fuzzed in tests: servers that do what they are told, and places where none is. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export type Listener = (message: IncomingMessage, reply: ServerResponse) => void;

/** Listens until the test is over. */
export async function listening(listener: Listener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
  return `http://127.0.0.1:${port}`;
}

/** Where somebody listened, and nobody does. */
export async function nobodyAt(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

export const asJson = (reply: ServerResponse, status: number, body: string): void => {
  reply.writeHead(status, { "content-type": "application/json" }).end(body);
};
