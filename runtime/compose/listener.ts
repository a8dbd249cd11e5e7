/** Things that listen on a port, and what to say when they cannot. */

import { variableOf } from "../config/options.js";
import type { HttpListener } from "../http/node-listener.js";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  /** Resolves to the base URL, once requests are answered. Throws a {@link ListenError}. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** A port cannot be had. The message says which option to change. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export const listening = (section: string, address: Address, server: HttpListener): Listener => ({
  listen: async () => {
    try {
      const bound = await server.listen();
      // Only a pipe has a name for an address, and no option leads to one.
      return urlOf(typeof bound === "object" && bound !== null ? bound.port : address.port, address.host);
    } catch (error) {
      throw explain(section, address, error);
    }
  },
  close: server.close,
});

type Named<Name, Value> = readonly (readonly [name: Name, value: Value])[];

/** All of them; answers their base URLs. What keeps several from it is told at once, not one at each start. */
export const listenAll = async <Name>(listeners: Named<Name, Listener>): Promise<Named<Name, string>> => {
  const settled = await Promise.allSettled(
    listeners.map(async ([name, listener]) => [name, await listener.listen()] as const),
  );
  const failures: unknown[] = settled.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
  const [first] = failures;
  if (first === undefined) return settled.flatMap((it) => (it.status === "fulfilled" ? [it.value] : []));
  const refused = failures.filter((it) => it instanceof ListenError);
  if (refused.length < 2) throw first;
  throw new ListenError(refused.map(({ message }) => message).join("\n"), { cause: first });
};

/** Where a browser on this machine finds it: an address for everyone is no address to go to. */
const urlOf = (port: number, host: string): string => {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
};

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use by another program",
  EACCES: "may not be taken by this user",
  EADDRNOTAVAIL: "cannot be listened on, since this machine does not have that address",
  ENOTFOUND: "cannot be listened on, since that host name cannot be resolved",
};

const explain = (section: string, { host, port }: Address, error: unknown): ListenError => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = reasons[code] ?? `cannot be listened on (${error instanceof Error ? error.message : String(error)})`;
  const option = code === "EADDRNOTAVAIL" || code === "ENOTFOUND" ? "host" : "port";
  return new ListenError(
    `${section}: port ${port} on ${host} ${reason}; choose another with ${section}.listen.${option} or ${variableOf([...section.split("."), "listen", option])}`,
    { cause: error },
  );
};
