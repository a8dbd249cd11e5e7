/** An address on loopback behind which an identity server can be put later, and that can misbehave in its place. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Server } from "../../generated/seam/server.js";
import { writeAnswer } from "../../runtime/http/node-answer.js";
import { NodeRequest } from "../../runtime/http/node-request.js";

/** An answer in the identity server's place. */
export interface Misbehaviour {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface IdentityRelay {
  readonly url: string;
  /** Who answers what is not answered otherwise. */
  serve(server: Pick<Server, "answer">): void;
  /** Looks at the path of each request first; undefined lets it through. */
  intercept: ((path: string) => Misbehaviour | "hang-up" | undefined) | undefined;
  close(): Promise<void>;
}

export const identityRelay = async (): Promise<IdentityRelay> => {
  // Each request comes from an address of its own: limits by address are for those who ask without a relay.
  let asked = 0;
  let served: Pick<Server, "answer"> | undefined;
  const relay: { intercept: IdentityRelay["intercept"] } = { intercept: undefined };
  const http = createServer((message, response) => {
    const target = message.url ?? "/";
    const instead = relay.intercept?.(target);
    if (instead === "hang-up" || served === undefined) {
      response.destroy();
      return;
    }
    if (instead !== undefined) {
      response.writeHead(instead.status, { "content-type": "application/json", ...instead.headers }).end(instead.body);
      return;
    }
    asked += 1;
    const raw = new NodeRequest(message, response, target, () => `198.18.${(asked >> 8) % 256}.${asked % 256}`);
    void Promise.resolve(served.answer(raw)).then((answer) => writeAnswer(response, answer));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  // A TCP server that listens on an address has an AddressInfo; only pipes have a string.
  const { port } = http.address() as AddressInfo;
  return Object.assign(relay, {
    url: `http://127.0.0.1:${port}`,
    serve: (server: Pick<Server, "answer">) => {
      served = server;
    },
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  });
};
