/**
 * A small internet for tests: a name server, an authority, and hosts with addresses and ports of their own, although
 * everything listens on loopback at any free port. `dial` tells the servers under test where an address really is.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../../runtime/federation/checked-connector.js";
import { type Authority, authority } from "./certificates.js";
import { type DnsServer, dnsServer } from "./dns-server.js";

export interface TestNetwork {
  readonly dns: DnsServer;
  readonly authority: Authority;
  /** The addresses of all its hosts. */
  readonly addresses: string;
  /** For the section `network` of a configuration: reaches this network, and nothing else that is private. */
  readonly options: {
    readonly allow_private: readonly string[];
    readonly dns_servers: readonly string[];
    readonly ca_file: string;
  };
  /** For `compose`, beside that configuration. */
  dial(checked: Endpoint): Endpoint;
  /** A new address with one TLS server on it; nobody knows it by name yet. */
  listen(place: TestPlace): Promise<string>;
  close(): Promise<void>;
}

export interface TestPlace {
  readonly port: number;
  /** The names in its certificate. Whoever asks by address meets 127.0.0.1, and wants a certificate for that. */
  readonly certificateFor: readonly string[];
  readonly respond: (request: IncomingMessage, response: ServerResponse) => void;
}

export const testNetwork = async (): Promise<TestNetwork> => {
  const dns = await dnsServer();
  const trusted = authority();
  const folder = mkdtempSync(join(tmpdir(), "threepid-network-"));
  const caFile = join(folder, "authority.pem");
  writeFileSync(caFile, trusted.certificate);
  const servers: Server[] = [];
  const ports = new Map<string, number>();
  return {
    dns,
    authority: trusted,
    addresses: "10.77.0.0/16",
    options: { allow_private: ["10.77.0.0/16"], dns_servers: [dns.address], ca_file: caFile },
    dial: ({ address, port }) => {
      if (!address.startsWith("10.77.")) return { address, port };
      // Where no host listens, nobody does: port 1 refuses at once.
      return { address: "127.0.0.1", port: ports.get(`${address}:${port}`) ?? 1 };
    },
    listen: async ({ port, certificateFor, respond }) => {
      const address = `10.77.${servers.length >> 8}.${(servers.length & 255) + 1}`;
      const server = createServer(trusted.issue(certificateFor), respond);
      servers.push(server);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      // A TCP server that listens on an address has an AddressInfo; only pipes have a string.
      ports.set(`${address}:${port}`, (server.address() as AddressInfo).port);
      return address;
    },
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
      await dns.close();
    },
  };
};
