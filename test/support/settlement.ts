/** Where a homeserver of the test network is, and how its name leads there. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestNetwork } from "./test-network.js";

/** How its name leads to it. */
export type FoundBy =
  /** The port in its name. */
  | "port"
  /** The usual port, 8448. */
  | "name"
  /** Delegation to a name with a port. */
  | "well-known"
  /** Delegation to a name with SRV records. */
  | "well-known and srv"
  | "srv"
  /** The SRV records of before Matrix 1.8. */
  | "old srv";

export interface Settled {
  /** Where it is: not the host of its well-known file. */
  readonly address: string;
  /** What its well-known file says. */
  readonly delegated?: string;
}

/** Puts the server where its name leads, and says so where discovery asks. */
export const settle = async (
  network: TestNetwork,
  name: string,
  foundBy: FoundBy,
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Settled> => {
  const [host = "", port] = name.split(":");
  const listen = async (at: string, number: number, certificateName: string): Promise<Settled> => {
    const address = await network.listen({ port: number, certificateFor: [certificateName], respond });
    network.dns.set(at, { addresses: [address] });
    return { address };
  };
  const serve = async (service: string, of: string): Promise<Settled> => {
    network.dns.set(`${service}.${of}`, { services: [{ target: `box.${host}`, port: 4443 }] });
    return listen(`box.${host}`, 4443, of);
  };
  switch (foundBy) {
    case "port":
      return listen(host, Number(port), host);
    case "name":
      return listen(host, 8448, host);
    case "srv":
      return serve("_matrix-fed._tcp", host);
    case "old srv":
      return serve("_matrix._tcp", host);
    case "well-known":
      await listen(host, 443, host);
      return { ...(await listen(`matrix.${host}`, 8443, `matrix.${host}`)), delegated: `matrix.${host}:8443` };
    case "well-known and srv":
      await listen(host, 443, host);
      return { ...(await serve("_matrix-fed._tcp", `matrix.${host}`)), delegated: `matrix.${host}` };
  }
};
