/**
 * Lookups that ask an identity store about what the database does not know. What was bound here is stronger; a store
 * that does not answer finds nobody, and the database's answer stands.
 */

import type { Associations } from "../ports/associations.js";
import type { Clock } from "../ports/clock.js";
import type { IdentityStore } from "../ports/identity-store.js";
import type { Logger } from "../ports/logger.js";
import type { LookupHashes } from "../ports/lookup-hashes.js";
import type { Keyring } from "../signing/keyring.js";
import { signAssociation } from "./signed-association.js";

export interface StoreLookupPorts {
  readonly store: IdentityStore;
  readonly keyring: Pick<Keyring, "current">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long (ms) a store that failed is left alone: lookups do not wait for it one after the other. */
const pauseMs = 5_000;

/** In the order asked. */
type Mxids = readonly (string | undefined)[];

interface Lookups {
  readonly associations: Associations;
  readonly lookupHashes: LookupHashes;
}

/** The same storage, whose lookups reach the store, too. */
export const withStore = <Storage extends Lookups>(
  storage: Storage,
  { store, keyring, clock, log }: StoreLookupPorts,
  serverName: string,
): Storage => {
  let pausedUntil = 0;

  const ask = async (question: () => Promise<Mxids>): Promise<Mxids> => {
    if (clock.now() < pausedUntil) return [];
    try {
      return await question();
    } catch (error) {
      pausedUntil = clock.now() + pauseMs;
      log.warn("the identity store does not answer; lookups find what was bound here alone", {
        reason: error instanceof Error ? error.message : "",
      });
      return [];
    }
  };

  const { associations, lookupHashes } = storage;

  const find: Associations["find"] = async (threepid) => {
    const bound = await associations.find(threepid);
    if (bound !== undefined) return bound;
    const [mxid] = await ask(() => store.mxidsOf([threepid]));
    if (mxid === undefined) return undefined;
    return signAssociation(threepid, mxid, clock.now(), { serverName, signingKey: await keyring.current() });
  };

  /** Asks the store whose those are that nobody is bound to. */
  const completed = async <Asked>(
    asked: readonly Asked[],
    bound: Mxids,
    question: (open: readonly Asked[]) => Promise<Mxids>,
  ): Promise<Mxids> => {
    const open = asked.flatMap((it, i) => (bound[i] === undefined ? [{ it, i }] : []));
    if (open.length === 0) return bound;
    const found = await ask(() => question(open.map(({ it }) => it)));
    const all = [...bound];
    for (const [at, { i }] of open.entries()) all[i] = found[at];
    return all;
  };

  const mxidsOf: Associations["mxidsOf"] = async (threepids) =>
    completed(threepids, await associations.mxidsOf(threepids), (open) => store.mxidsOf(open));

  const mxidsOfHashes: LookupHashes["mxidsOf"] = async (pepper, hashes) => {
    const bound = await lookupHashes.mxidsOf(pepper, hashes);
    const ofHashes = store.mxidsOfHashes?.bind(store);
    if (bound === undefined || ofHashes === undefined) return bound;
    return completed(hashes, bound, (open) => ofHashes(pepper, open));
  };

  return {
    ...storage,
    associations: { ...associations, find, mxidsOf },
    lookupHashes: { ...lookupHashes, mxidsOf: mxidsOfHashes },
  };
};
