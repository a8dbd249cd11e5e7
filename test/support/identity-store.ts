/** A directory of users as an operator may have one, behind the REST contract of identity stores. Misbehaves on demand. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestIdentityStore {
  readonly url: string;
  /** User IDs by `address medium`. */
  readonly users: Map<string, string>;
  /** What it was asked, oldest first. */
  readonly asked: { readonly path: string; readonly authorization: string | undefined; readonly body: unknown }[];
  /** Answers in place of itself while set. */
  instead: ((response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

interface LookupBody {
  readonly lookup: readonly { readonly medium: string; readonly address: string }[];
}

interface HashesBody {
  readonly pepper: string;
  readonly hashes: readonly string[];
}

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
};

export const testIdentityStore = async (): Promise<TestIdentityStore> => {
  const users = new Map<string, string>();
  const asked: TestIdentityStore["asked"] = [];

  const lookup = ({ lookup: threepids }: LookupBody) =>
    threepids.flatMap(({ medium, address }) => {
      const mxid = users.get(`${address} ${medium}`);
      return mxid === undefined ? [] : [{ medium, address, mxid }];
    });

  const lookupHashes = ({ pepper, hashes }: HashesBody) =>
    [...users].flatMap(([text, mxid]) => {
      const hash = createHash("sha256").update(`${text} ${pepper}`).digest("base64url");
      return hashes.includes(hash) ? [{ hash, mxid }] : [];
    });

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const path = request.url ?? "";
    asked.push({ path, authorization: request.headers.authorization, body });
    if (store.instead !== undefined) return store.instead(response);
    const found = path === "/directory/lookup" ? lookup(body as LookupBody) : lookupHashes(body as HashesBody); // the contract
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ users: found }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port

  const store: TestIdentityStore = {
    url: `http://127.0.0.1:${port}/directory`,
    users,
    asked,
    instead: undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return store;
};
