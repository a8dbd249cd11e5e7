/** The keys of other homeservers, fetched from themselves and remembered while they are valid. */

import type { Clock } from "../ports/clock.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
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

export interface ServerKeysPorts {
  readonly clock: Clock;
  readonly log: Logger;
}

interface Remembered {
  /** Undefined when the server never answered. */
  readonly published: PublishedKeys | undefined;
  readonly askAgainAt: number;
  readonly inVain: number;
}

export const serverKeys = (ask: AskHomeserver, { clock, log }: ServerKeysPorts): HomeserverKeys => {
  const known = boundedMap<Remembered>(room);
  const shared = sharedWork<PublishedKeys | undefined>();

  /** Whoever waits for a signature to count learns only that it does not: the operator finds the reason in the log. */
  const noKeys = (server: string, reason: string): undefined => {
    log.info("the keys of a homeserver cannot be had", { server, reason });
  };

  const fetchKeys = async (serverName: string): Promise<PublishedKeys | undefined> => {
    try {
      const response = await ask(serverName, { method: "GET", target: "/_matrix/key/v2/server" });
      if (response.status !== 200) return noKeys(serverName, `it answered with status ${response.status}`);
      const published = readPublishedKeys(await response.text(), serverName);
      if (published === undefined) return noKeys(serverName, "it did not answer with keys that it signed");
      return { ...published, validUntil: Math.min(published.validUntil, clock.now() + longestMs) };
    } catch (error) {
      return noKeys(serverName, error instanceof Error ? error.message : "");
    }
  };

  const validKey = (published: PublishedKeys | undefined, keyId: string): string | undefined =>
    published !== undefined && clock.now() < published.validUntil ? published.keys.get(keyId) : undefined;

  return {
    async publicKey(serverName, keyId) {
      const before = known.get(serverName);
      const key = validKey(before?.published, keyId);
      if (key !== undefined || (before !== undefined && clock.now() < before.askAgainAt)) return key;
      // Everybody who asks for this server waits for the same answer, so no one caller may end it.
      const fetched = await shared(serverName, () => fetchKeys(serverName));
      const found = validKey(fetched, keyId);
      const inVain = found === undefined ? (before?.inVain ?? 0) + 1 : 0;
      const wait = Math.min(firstWaitMs * 2 ** Math.min(Math.max(inVain - 1, 0), 10), longestWaitMs);
      known.set(serverName, { published: fetched ?? before?.published, askAgainAt: clock.now() + wait, inVain });
      return found;
    },
  };
};
