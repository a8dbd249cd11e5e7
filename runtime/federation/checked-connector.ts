/** Connections that go to the very address that was checked, and to no other. */

import { isIP, type Socket } from "node:net";
import type { buildConnector } from "undici";
import type { Destinations } from "./destinations.js";
import { OutgoingError } from "./outgoing-error.js";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface ConnectorOptions {
  readonly destinations: Destinations;
  /** Every address of a host name, which the operator listed or a stranger chose. */
  readonly resolve: (hostname: string, isListed: boolean) => Promise<readonly string[]>;
  /** For all addresses of a host together. */
  readonly timeoutMs: number;
  /** Where a connection to an address that passed really goes: tests stand in for ports that not everyone may open. */
  readonly dial?: ((checked: Endpoint) => Endpoint) | undefined;
}

/** Whoever names more addresses is not tried on. */
const maxAddresses = 8;

/** The addresses a host stands for, each of them checked. */
const checkedAddresses = async (
  host: string,
  { destinations, resolve }: ConnectorOptions,
): Promise<readonly string[]> => {
  const isListed = destinations.isListed(host);
  const addresses = isIP(host) === 0 ? await resolve(host, isListed) : [host];
  if (addresses.length === 0) throw new OutgoingError("failed", `${host} has no address`);
  // One bad address is enough: a name that resolves to public and private ones is not an honest one.
  if (!isListed && !addresses.every((address) => destinations.mayConnectTo(address))) {
    throw new OutgoingError("refused-destination", `${host} is not a destination this server connects to`);
  }
  return addresses.slice(0, maxAddresses);
};

/** An address that swallows everything leaves time for the next one: the library's own timers tick by the second. */
const connectTo = (
  connect: buildConnector.connector,
  options: buildConnector.Options,
  timeoutMs: number,
): Promise<Socket> =>
  new Promise((settle, fail) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      fail(new OutgoingError("timeout", "nobody shook hands in time"));
    }, timeoutMs);
    connect(options, (error, socket) => {
      clearTimeout(timer);
      if (error !== null) fail(error);
      else if (isLate) socket.destroy();
      else settle(socket);
    });
  });

const portOf = ({ port, protocol }: buildConnector.Options): number =>
  port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);

/**
 * A connector that resolves and checks by itself, so that nothing between the check and the connection resolves anew.
 * A hook of the library's own would not be asked about addresses, only about names.
 */
export const checkedConnector = (
  connect: buildConnector.connector,
  options: ConnectorOptions,
): buildConnector.connector => {
  const { timeoutMs, dial = (checked) => checked } = options;
  const connectChecked = async (target: buildConnector.Options) => {
    const host = target.hostname.replace(/^\[|\]$/g, "");
    // The certificate is checked against the name that was asked for, not against the address.
    const servername = target.servername || (isIP(host) === 0 ? host : undefined);
    const addresses = await checkedAddresses(host, options);
    const deadline = AbortSignal.timeout(timeoutMs);
    let failure: unknown;
    for (const checked of addresses) {
      // Whoever names dead addresses is not tried on when nobody waits any more.
      if (deadline.aborted) break;
      const { address, port } = dial({ address: checked, port: portOf(target) });
      const place = { ...target, hostname: address, port: String(port) };
      try {
        return await connectTo(connect, { ...place, ...(servername ? { servername } : {}) }, timeoutMs / 3);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
  return (target, callback) => {
    connectChecked(target).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
};
