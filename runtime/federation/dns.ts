import { lookup, Resolver } from "node:dns/promises";
import type { ServiceRecord } from "./discovery.js";

/** What the Domain Name System says about names. */
export interface Dns {
  /** Every address of a host name; none when it has none. */
  addresses(hostname: string): Promise<readonly string[]>;
  /** The SRV records of a name; none when it has none. */
  services(name: string): Promise<readonly ServiceRecord[]>;
}

/** The name has no such record, or nobody here can be asked for one. Anything else may be different in a minute. */
const nothing = new Set(["ENODATA", "ENOTFOUND", "ENOTIMP", "EREFUSED", "ECONNREFUSED"]);

const noneIfAbsent = (error: unknown): readonly [] => {
  if (error instanceof Error && "code" in error && nothing.has(String(error.code))) return [];
  throw error;
};

/** A host name as it can stand in a URL: the system carries any byte. */
const isHostName = (text: string): boolean => /^(?:[0-9A-Za-z._-]{1,255})$/.test(text);

/** More records than anybody needs are not a list to work through. */
const maxRecords = 20;

const timing = { timeout: 2000, tries: 2 };

const servicesBy =
  (resolver: Resolver): Dns["services"] =>
  async (name) => {
    const records = await resolver.resolveSrv(name).catch(noneIfAbsent);
    return records
      .map(({ name: target, port, priority, weight }) => ({ target, port, priority, weight }))
      .filter(({ target }) => target === "" || isHostName(target))
      .slice(0, maxRecords);
  };

/** As this machine resolves names, its own table of hosts included. */
const systemDns = (): Dns => ({
  addresses: async (hostname) => {
    const found = await lookup(hostname, { all: true, verbatim: true }).catch(noneIfAbsent);
    return found.map(({ address }) => address);
  },
  services: servicesBy(new Resolver(timing)),
});

/** @param servers addresses of the servers to ask, with a port where it is not 53; this machine's own way when empty. */
export const dns = (servers: readonly string[] = []): Dns => {
  if (servers.length === 0) return systemDns();
  const resolver = new Resolver(timing);
  resolver.setServers(servers);
  return {
    addresses: async (hostname) => {
      const families = await Promise.all([
        resolver.resolve4(hostname).catch(noneIfAbsent),
        resolver.resolve6(hostname).catch(noneIfAbsent),
      ]);
      return families.flat();
    },
    services: servicesBy(resolver),
  };
};
