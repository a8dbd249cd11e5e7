/** What homeservers answer about their keys, fetched from themselves and remembered. */

import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import { boundedMap } from "./bounded-map.js";
import type { AskHomeserver } from "./homeserver-requests.js";
import { sharedWork } from "./shared-work.js";

const minuteMs = 60_000;

/** However long a server says that its keys are valid: a key that was stolen and replaced is not believed for ever. */
export const longestBelievedMs = 7 * 24 * 60 * minuteMs;

/**
 * How long a server is left alone after it was asked: the wait doubles each time that it gives no valid answer. One that
 * gives less than was wanted counts as valid: anybody can want what a server does not have, and whoever has changed keys
 * should not have to wait for it. So the longest wait is short, too.
 */
const firstWaitMs = minuteMs;
const longestWaitMs = 10 * minuteMs;

/** In characters: strangers choose how many servers there are, and how much each of them says. */
const room = 4_000_000;

/** For its name, and for what remembers it. */
const sizeOfServer = 500;

/** What is kept of an answer, and how much room it takes. */
export interface KeptAnswer<Answer> {
  /** Undefined for one that the server did not give about itself, or that is too long. */
  readonly read: (text: string, serverName: string) => Answer | undefined;
  /** In characters. */
  readonly sizeOf: (answer: Answer) => number;
}

export interface FetchedAnswer<Answer> {
  readonly answer: Answer;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
  /** Until when the keys are believed, whatever the server says (ms since 1970). */
  readonly believedUntil: number;
}

export interface RememberedKeysPorts {
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The last answer of a server, which is asked anew where that answer does not suffice; undefined when it never answered.
 * Whether what is answered suffices is for the caller to see.
 */
export type RememberedKeys<Answer> = (
  serverName: string,
  suffices: (fetched: FetchedAnswer<Answer>) => boolean,
) => Promise<FetchedAnswer<Answer> | undefined>;

interface Remembered<Answer> {
  /** Undefined when the server never answered. */
  readonly last: FetchedAnswer<Answer> | undefined;
  readonly askAgainAt: number;
  readonly inVain: number;
}

/** A memory of its own for each purpose: what is asked for one of them holds up no other. */
export const rememberedKeys = <Answer extends { readonly validUntil: number }>(
  ask: AskHomeserver,
  { read, sizeOf }: KeptAnswer<Answer>,
  { clock, log }: RememberedKeysPorts,
): RememberedKeys<Answer> => {
  const known = boundedMap<Remembered<Answer>>(
    room,
    ({ last }) => sizeOfServer + (last === undefined ? 0 : sizeOf(last.answer)),
  );
  const shared = sharedWork<FetchedAnswer<Answer> | undefined>();

  /** Whoever waits for a signature to count learns only that it does not: the operator can find the reason in the log. */
  const noKeys = (server: string, reason: string): undefined => {
    log.debug("the keys of a homeserver cannot be had", { server, reason });
  };

  const fetchKeys = async (serverName: string): Promise<FetchedAnswer<Answer> | undefined> => {
    try {
      const response = await ask(serverName, { method: "GET", target: "/_matrix/key/v2/server" });
      if (response.status !== 200) return noKeys(serverName, `it answered with status ${response.status}`);
      const answer = read(await response.text(), serverName);
      if (answer === undefined)
        return noKeys(serverName, "it did not answer with keys that it signed, or with too much");
      const fetchedAt = clock.now();
      return { answer, fetchedAt, believedUntil: Math.min(answer.validUntil, fetchedAt + longestBelievedMs) };
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
    const isValid = fetched !== undefined && clock.now() < fetched.believedUntil;
    const inVain = isValid ? 0 : (before?.inVain ?? 0) + 1;
    const wait = Math.min(firstWaitMs * 2 ** Math.min(Math.max(inVain - 1, 0), 10), longestWaitMs);
    const last = fetched ?? before?.last;
    known.set(serverName, { last, askAgainAt: clock.now() + wait, inVain });
    return last;
  };
};
