/** What homeservers publish about their keys, fetched from themselves and remembered. */

import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import { boundedMap } from "./bounded-map.js";
import type { AskHomeserver } from "./homeserver-requests.js";
import { type PublishedKeys, readPublishedKeys } from "./published-keys.js";
import { sharedWork } from "./shared-work.js";

const minuteMs = 60_000;

/** However long a server says that its keys are valid: a key that was stolen and replaced is not believed for ever. */
const longestMs = 7 * 24 * 60 * minuteMs;

/**
 * How long a server is left alone after it was asked in vain: the wait doubles each time. It stays short, for anybody
 * can ask in vain, and whoever has changed keys should not have to wait for long.
 */
const firstWaitMs = minuteMs;
const longestWaitMs = 10 * minuteMs;

const room = 2_000;

/** An answer, with `validUntil` cut to what is believed. */
export interface FetchedKeys extends PublishedKeys {
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
}

export interface RememberedKeysPorts {
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The last answer of a server, which is asked anew where that answer does not suffice; undefined when it never answered.
 * Whether what is answered suffices is for the caller to see.
 */
export type RememberedKeys = (
  serverName: string,
  suffices: (keys: FetchedKeys) => boolean,
) => Promise<FetchedKeys | undefined>;

interface Remembered {
  /** Undefined when the server never answered. */
  readonly last: FetchedKeys | undefined;
  readonly askAgainAt: number;
  readonly inVain: number;
}

export const rememberedKeys = (ask: AskHomeserver, { clock, log }: RememberedKeysPorts): RememberedKeys => {
  const known = boundedMap<Remembered>(room);
  const shared = sharedWork<FetchedKeys | undefined>();

  /** Whoever waits for a signature to count learns only that it does not: the operator finds the reason in the log. */
  const noKeys = (server: string, reason: string): undefined => {
    log.info("the keys of a homeserver cannot be had", { server, reason });
  };

  const fetchKeys = async (serverName: string): Promise<FetchedKeys | undefined> => {
    try {
      const response = await ask(serverName, { method: "GET", target: "/_matrix/key/v2/server" });
      if (response.status !== 200) return noKeys(serverName, `it answered with status ${response.status}`);
      const published = readPublishedKeys(await response.text(), serverName);
      if (published === undefined) return noKeys(serverName, "it did not answer with keys that it signed");
      const fetchedAt = clock.now();
      return { ...published, fetchedAt, validUntil: Math.min(published.validUntil, fetchedAt + longestMs) };
    } catch (error) {
      return noKeys(serverName, error instanceof Error ? error.message : "");
    }
  };

  return async (serverName, suffices) => {
    const before = known.get(serverName);
    if (before?.last !== undefined && suffices(before.last)) return before.last;
    if (before !== undefined && clock.now() < before.askAgainAt) return before.last;
    // Everybody who asks for this server waits for the same answer, so no one caller may end it.
    const fetched = await shared(serverName, () => fetchKeys(serverName));
    const inVain = fetched !== undefined && suffices(fetched) ? 0 : (before?.inVain ?? 0) + 1;
    const wait = Math.min(firstWaitMs * 2 ** Math.min(Math.max(inVain - 1, 0), 10), longestWaitMs);
    const last = fetched ?? before?.last;
    known.set(serverName, { last, askAgainAt: clock.now() + wait, inVain });
    return last;
  };
};
