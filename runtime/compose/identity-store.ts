/** The identity store that the operator names, if any. */

import type { Configuration, IdentityOptions } from "../config/schema.js";
import { destinations } from "../federation/destinations.js";
import { restIdentityStore } from "../federation/rest-identity-store.js";
import type { IdentityStore } from "../ports/identity-store.js";
import { reach } from "./reach.js";
import type { Surroundings } from "./surroundings.js";

export interface OpenIdentityStore {
  readonly store: IdentityStore;
  close(): Promise<void>;
}

/** A thousand users. */
const maxAnswerBytes = 1024 * 1024;

export const identityStoreOf = (
  configuration: Configuration,
  { store: options }: IdentityOptions,
  around: Surroundings,
): OpenIdentityStore | undefined => {
  const { url, secret, by_hash: byHash, timeout_ms: timeoutMs, cache_seconds: cacheSeconds } = options;
  if (url === undefined) return undefined;
  const { allow_private: allowed, refuse } = configuration.network;
  // Its address is the operator's choice.
  const reached = {
    maxAnswerBytes,
    timeoutMs,
    destinations: destinations([...allowed, new URL(url).hostname], refuse),
  };
  const { fetch, close } = reach(configuration, around, reached);
  const { clock } = around;
  return { store: restIdentityStore({ url, secret, byHash, cacheMs: cacheSeconds * 1_000, fetch, clock }), close };
};
