/** How our servers meet homeservers, out of its parts. */

import type { Configuration, IdentityOptions } from "../config/schema.js";
import { delegations } from "../federation/delegations.js";
import { destinations } from "../federation/destinations.js";
import { type DiscoverySources, inOrderOfService } from "../federation/discovery.js";
import { type AskHomeserver, homeserverRequests } from "../federation/homeserver-requests.js";
import { homeservers } from "../federation/homeservers.js";
import { keyDocuments } from "../federation/key-documents.js";
import { serverKeys } from "../federation/server-keys.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { Homeservers } from "../ports/homeservers.js";
import type { KeyDocuments } from "../ports/key-documents.js";
import type { Random } from "../ports/random.js";
import { reach } from "./reach.js";
import type { Surroundings } from "./surroundings.js";

export interface Federation {
  readonly ask: AskHomeserver;
  readonly homeservers: Homeservers;
  /** As they publish them themselves. */
  readonly homeserverKeys: HomeserverKeys;
  readonly keyDocuments: KeyDocuments;
  close(): Promise<void>;
}

/** Some keys, a user, or nothing: no honest answer comes near. */
const maxAnswerBytes = 131_072;
/** One name. */
const maxWellKnownBytes = 51_200;

const below = (random: Random, bound: number): number => Buffer.from(random.bytes(4)).readUInt32BE() % bound;

/** @param homeserversListed homeservers that the operator gave an address for. */
export const federation = (
  configuration: Configuration,
  homeserversListed: IdentityOptions["homeservers"],
  around: Surroundings,
): Federation => {
  const { clock, dns, random } = around;
  const timeoutMs = configuration.network.timeout_ms;
  const baseUrls = new Map(homeserversListed.map(({ name, base_url }) => [name, base_url]));
  // An address that the operator wrote down may be private: it was no stranger's choice.
  const hosts = [...baseUrls.values()].map((url) => new URL(url).hostname);
  const found = reach(configuration, around, { maxAnswerBytes });
  const listed = reach(configuration, around, {
    maxAnswerBytes,
    destinations: destinations([...configuration.network.allow_private, ...hosts]),
  });
  const files = reach(configuration, around, { maxAnswerBytes: maxWellKnownBytes });
  const sources: DiscoverySources = {
    ...delegations({ fetch: files.fetch, timeoutMs, clock }),
    services: async (name) => inOrderOfService(await dns.services(name), (bound) => below(random, bound)),
  };
  const ask = homeserverRequests({
    sources,
    fetch: found.fetch,
    timeoutMs,
    baseUrls,
    fetchListed: listed.fetch,
  });
  return {
    ask,
    homeservers: homeservers(ask),
    homeserverKeys: serverKeys(ask, around),
    keyDocuments: keyDocuments(ask, around),
    close: async () => {
      await Promise.all([found.close(), listed.close(), files.close()]);
    },
  };
};
