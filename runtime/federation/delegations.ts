/** Which server a host delegates to, remembered as long as the specification allows. */

import type { ServerName } from "../protocol/identifiers.js";
import { boundedMap } from "./bounded-map.js";
import type { DiscoverySources } from "./discovery.js";
import { sharedWork } from "./shared-work.js";
import { fetchWellKnown, type WellKnown, type WellKnownAsking } from "./well-known.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Where the headers do not say. */
const usualMs = 24 * hourMs;
const longestMs = 48 * hourMs;
/** Less is not worth a stranger's request to another stranger. */
const shortestMs = 5 * minuteMs;
/** The wait after the first failure doubles with each further one, up to the longest. */
const firstFailureMs = minuteMs;
const longestFailureMs = hourMs;

const room = 10_000;

interface Remembered {
  readonly to: ServerName | undefined;
  readonly until: number;
  /** When it delegated last, so that a host that is down for a while still does. */
  readonly delegatedAt: number | undefined;
  /** How often in a row there was no delegation. */
  readonly failures: number;
}

const within = (least: number, value: number, most: number): number => Math.min(Math.max(value, least), most);

const remember = (answer: WellKnown, before: Remembered | undefined, now: number): Remembered => {
  if (answer.outcome === "delegates") {
    const lifetime = within(shortestMs, answer.lifetimeMs ?? usualMs, longestMs);
    return { to: answer.to, until: now + lifetime, delegatedAt: now, failures: 0 };
  }
  const failures = (before?.failures ?? 0) + 1;
  const until = now + Math.min(firstFailureMs * 2 ** Math.min(failures - 1, 10), longestFailureMs);
  if (answer.outcome === "unknown" && before?.delegatedAt !== undefined) {
    const end = before.delegatedAt + longestMs;
    if (now < end) return { ...before, until: Math.min(until, end), failures };
  }
  return { to: undefined, until, delegatedAt: undefined, failures };
};

export const delegations = (asking: WellKnownAsking): Pick<DiscoverySources, "delegatedName"> => {
  const { clock } = asking;
  const known = boundedMap<Remembered>(room);
  const shared = sharedWork<Remembered>();
  const ask = async (host: string): Promise<Remembered> => {
    const answer = await fetchWellKnown(host, asking);
    const remembered = remember(answer, known.get(host), clock.now());
    known.set(host, remembered);
    return remembered;
  };
  return {
    async delegatedName(name) {
      const host = name.toLowerCase();
      const before = known.get(host);
      const { to } = before !== undefined && clock.now() < before.until ? before : await shared(host, () => ask(host));
      return to;
    },
  };
};
