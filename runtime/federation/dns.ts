import { lookup, Resolver } from "node:dns/promises";
import type { ServiceRecord } from "./discovery.js";
import { addressesInHosts } from "./hosts-file.js";

/** What the Domain Name System says about names. */
export interface Dns {
  /**
   * Every address of a host name; none when it has none.
   *
   * @param isListed whether the operator chose the name, and no stranger: it is then resolved by all that this machine
   *   knows, lists of domains to try for a short name included, on one of the few threads that there are for that
   */
  addresses(hostname: string, isListed?: boolean): Promise<readonly string[]>;
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

/** Sends a question over whatever sockets it takes: thousands of names that nobody answers for hold up no other. */
type Ask = <Answer>(question: (resolver: Resolver) => Promise<Answer>) => Promise<Answer>;

const asking = (servers: readonly string[]): Ask => {
  const resolver = new Resolver(timing);
  resolver.setServers(servers);
  return (question) => question(resolver);
};

/** Asks the servers that this machine is configured for, read anew once they do not answer: it may have moved. */
const askingAsConfigured = (): Ask => {
  let resolver = new Resolver(timing);
  return async (question) => {
    const asked = resolver;
    try {
      return await question(asked);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (resolver === asked && (code === "ETIMEOUT" || code === "ECONNREFUSED")) resolver = new Resolver(timing);
      throw error;
    }
  };
};

/** One family that cannot be asked for is no reason to do without the other. */
const addressesBy =
  (ask: Ask) =>
  async (hostname: string): Promise<readonly string[]> => {
    const families = await Promise.allSettled([
      ask((resolver) => resolver.resolve4(hostname)).catch(noneIfAbsent),
      ask((resolver) => resolver.resolve6(hostname)).catch(noneIfAbsent),
    ]);
    const found = families.flatMap((family) => (family.status === "fulfilled" ? family.value : []));
    const failed = families.find((family) => family.status === "rejected");
    if (found.length === 0 && failed !== undefined) throw failed.reason;
    return found;
  };

const servicesBy =
  (ask: Ask): Dns["services"] =>
  async (name) => {
    const records = await ask((resolver) => resolver.resolveSrv(name)).catch(noneIfAbsent);
    return records
      .map(({ name: target, port, priority, weight }) => ({ target, port, priority, weight }))
      .filter(({ target }) => target === "" || isHostName(target))
      .slice(0, maxRecords);
  };

/** As this machine resolves names. */
const addressesOfSystem = async (hostname: string): Promise<readonly string[]> => {
  const found = await lookup(hostname, { all: true, verbatim: true }).catch(noneIfAbsent);
  return found.map(({ address }) => address);
};

/**
 * The servers that this machine is configured for, and its table of hosts. `getaddrinfo` knows more, and is asked about
 * the operator's names alone: it takes one of a few threads for each name until that is answered, however long somebody
 * lets it wait.
 */
const systemDns = (hostsFile: string): Dns => {
  const ask = askingAsConfigured();
  const addresses = addressesBy(ask);
  return {
    addresses: async (hostname, isListed = false) => {
      if (isListed) return addressesOfSystem(hostname);
      const known = await addressesInHosts(hostsFile, hostname);
      return known.length > 0 ? known : addresses(hostname);
    },
    services: servicesBy(ask),
  };
};

/**
 * @param servers addresses of the servers to ask, with a port where it is not 53; this machine's own when empty
 * @param hostsFile its table of hosts, where those are asked
 */
export const dns = (servers: readonly string[] = [], hostsFile = "/etc/hosts"): Dns => {
  if (servers.length === 0) return systemDns(hostsFile);
  const ask = asking(servers);
  return { addresses: addressesBy(ask), services: servicesBy(ask) };
};
