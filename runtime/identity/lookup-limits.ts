/**
 * How many addresses a requester may learn of. The pepper is public and addresses are few, so hashes hide them from
 * nobody who can ask for all of them: limits do. What counts is what the requester did not ask for before; an address
 * book that is looked up every day counts once.
 */

import type { Limiter, LimitScope } from "../ports/limiter.js";
import type { SeenKeys } from "../ports/seen-keys.js";
import { limitExceeded } from "../protocol/errors.js";
import { hostOf, parseUserId } from "../protocol/identifiers.js";

export interface LookupLimitPorts {
  readonly limiter: Limiter;
  readonly seenKeys: SeenKeys;
}

type Counted = readonly (readonly [scope: LimitScope, key: string])[];

/** Counts, in each scope, those of the keys that are new. Throws M_LIMIT_EXCEEDED, and remembers nothing then. */
const countNew = async (
  { limiter, seenKeys }: LookupLimitPorts,
  requester: string,
  counted: Counted,
  keys: readonly Uint8Array[],
): Promise<void> => {
  const unseen = seenKeys.unseen(requester, keys);
  if (unseen.length === 0) return;
  for (const [scope, key] of counted) {
    const { allowed, retryAfterMs } = await limiter.consume(scope, key, unseen.length);
    if (!allowed) throw limitExceeded(retryAfterMs);
  }
  seenKeys.remember(requester, unseen);
};

/** For version 2, which knows who asks. The keys are distinct. */
export const countForUser = (ports: LookupLimitPorts, mxid: string, keys: readonly Uint8Array[]): Promise<void> => {
  const homeserver = hostOf(parseUserId(mxid)?.serverName ?? mxid);
  const counted = [
    ["lookup.mxid", mxid],
    ["lookup.homeserver", homeserver],
  ] as const;
  return countNew(ports, mxid, counted, keys);
};

/** For version 1, which knows the client's address alone. The keys are distinct. */
export const countForClient = (ports: LookupLimitPorts, clientIp: string, keys: readonly Uint8Array[]): Promise<void> =>
  countNew(ports, clientIp, [["lookup.ip", clientIp]], keys);
