/**
 * Finding a homeserver by its name (Server-Server API, "Resolving server names"), as states: each says what must be
 * asked next, and what is heard leads to the next one. Nothing here asks anybody.
 */

import type { ServerName } from "../protocol/identifiers.js";

/** Where a server is asked. The certificate must be for the host that stands in `hostHeader`. */
export interface Place {
  /** What is connected to: a name to be resolved, or an address; IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  /** The server's name before SRV records, or the name it delegated to; with a port where that name has one. */
  readonly hostHeader: string;
}

/** One SRV record. */
export interface ServiceRecord {
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Both services of a homeserver's port: today's, and the one before Matrix 1.8. */
type Service = "_matrix-fed._tcp" | "_matrix._tcp";

export interface AskWellKnown {
  readonly ask: "well-known";
  readonly name: ServerName;
}

export interface AskServices {
  readonly ask: "services";
  readonly service: Service;
  readonly name: ServerName;
}

export interface Found {
  readonly ask: "nothing";
  /** In the order in which they are to be tried; empty when the name says that there is no such server. */
  readonly places: readonly Place[];
}

export type Discovery = AskWellKnown | AskServices | Found;

/** The port of a homeserver that names none. */
const usualPort = 8448;

const found = (...places: readonly Place[]): Found => ({ ask: "nothing", places });

const writtenName = ({ host, port }: ServerName): string => (port === undefined ? host : `${host}:${port}`);

/** What needs no question: an address, or a name with a port. */
const known = (name: ServerName): Found | undefined =>
  name.kind === "dns" && name.port === undefined
    ? undefined
    : found({ host: name.host, port: name.port ?? usualPort, hostHeader: writtenName(name) });

const askServices = (name: ServerName, service: Service): AskServices => ({ ask: "services", service, name });

/** Steps 1 and 2, or the question of step 3. */
export const beginDiscovery = (name: ServerName): Found | AskWellKnown => known(name) ?? { ask: "well-known", name };

/** Step 3: the server that the name delegates to, which delegates no further; undefined when it delegates to none. */
export const afterWellKnown = ({ name }: AskWellKnown, delegated: ServerName | undefined): Found | AskServices => {
  const meant = delegated ?? name;
  return known(meant) ?? askServices(meant, "_matrix-fed._tcp");
};

/** Steps 3.3 to 3.5 for a delegated name, 4 to 6 for any other. */
export const afterServices = (
  { name, service }: AskServices,
  /** In the order in which they are to be tried. */
  records: readonly ServiceRecord[],
): Found | AskServices => {
  if (records.length === 0) {
    return service === "_matrix-fed._tcp"
      ? askServices(name, "_matrix._tcp")
      : found({ host: name.host, port: usualPort, hostHeader: name.host });
  }
  // The root as the only target says that the service is not offered (RFC 2782).
  const offered = records.filter(({ target }) => target !== "" && target !== ".");
  return found(...offered.map(({ target, port }) => ({ host: target, port, hostHeader: name.host })));
};

/** A number from 0 up to, and without, the bound. */
export type Below = (bound: number) => number;

/** The order in which records are tried: by priority, and among equals by chance, as their weights have it (RFC 2782). */
export const inOrderOfService = (records: readonly ServiceRecord[], below: Below): readonly ServiceRecord[] => {
  const left = records.toSorted((one, other) => one.priority - other.priority || one.weight - other.weight);
  const ordered: ServiceRecord[] = [];
  while (left.length > 0) {
    const equals = left.filter(({ priority }) => priority === left[0]?.priority);
    const total = equals.reduce((sum, { weight }) => sum + weight, 0);
    let chosen = below(total + 1);
    const index = equals.findIndex(({ weight }) => {
      chosen -= weight;
      return chosen <= 0;
    });
    ordered.push(...left.splice(Math.max(index, 0), 1));
  }
  return ordered;
};

/** Who answers discovery's questions. Whatever they throw ends it. */
export interface DiscoverySources {
  /** The server that `https://<host>/.well-known/matrix/server` names, if it names one. */
  delegatedName(host: string): Promise<ServerName | undefined>;
  /** The SRV records of a name, in the order in which they are to be tried. */
  services(name: string): Promise<readonly ServiceRecord[]>;
}

/** Asks until the server is found: one well-known file and two names of SRV records at most. */
export const discover = async (name: ServerName, sources: DiscoverySources): Promise<readonly Place[]> => {
  let discovery: Discovery = beginDiscovery(name);
  while (discovery.ask !== "nothing") {
    discovery =
      discovery.ask === "well-known"
        ? afterWellKnown(discovery, await sources.delegatedName(discovery.name.host))
        : afterServices(discovery, await sources.services(`${discovery.service}.${discovery.name.host}`));
  }
  return discovery.places;
};
