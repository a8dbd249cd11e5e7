/** A homeserver at a fixed address, for servers in processes of their own: it takes notices of bindings, or does not. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Behaviour = "answers" | "hangs" | "is down";

export interface ListeningHomeserver {
  readonly url: string;
  /** How often it was asked. */
  readonly requests: number;
  /** The notices that it answered, oldest first. */
  readonly taken: readonly unknown[];
  behave(how: Behaviour): void;
  /** Resolves once it was asked so often. */
  asked(times: number, withinMs: number): Promise<void>;
  close(): Promise<void>;
}

export const listeningHomeserver = async (): Promise<ListeningHomeserver> => {
  let behaviour: Behaviour = "answers";
  let requests = 0;
  const taken: unknown[] = [];
  const waiting = new Set<() => void>();

  const respond = (body: string, response: ServerResponse): void => {
    if (behaviour === "is down") response.destroy();
    else if (behaviour === "answers") {
      taken.push(JSON.parse(body));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    }
    requests += 1;
    for (const look of waiting) look();
  };

  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => respond(body, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server that listens on an address has an AddressInfo; only pipes have a string.
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    taken,
    behave: (how) => {
      behaviour = how;
    },
    asked: (times, withinMs) =>
      new Promise((resolve, reject) => {
        const patience = setTimeout(() => reject(new Error(`asked ${requests} times, not ${times}`)), withinMs);
        const look = (): void => {
          if (requests < times) return;
          clearTimeout(patience);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
