/** Clients of IPv6 are counted as the network they are in, and as a part of a wider one. */

import type { Consumption, Limiter } from "../ports/limiter.js";
import { isByAddress } from "./sparing-limiter.js";

/** So many times as much as one client may is allowed to the wider network. */
const clientsOfNetwork = 16;

/** `2001:db8:1::/48` for `2001:db8:1:2::/64`; undefined for an address of IPv4. */
const widerNetwork = (client: string): string | undefined => {
  const start = /^((?:[0-9a-f]+:){3})[0-9a-f]+::\/64$/.exec(client)?.[1];
  return start === undefined ? undefined : `${start}:/48`;
};

/**
 * The same limiter, which counts the /48 besides the /64: whoever is given that much of IPv6, as hosts and companies are,
 * has 65,536 clients for the asking. It counts by fractions, so that one limit says both.
 */
export const networkLimiter = (limiter: Limiter): Limiter => ({
  consume: (scope, key, cost = 1) => {
    const wider = isByAddress(scope) ? widerNetwork(key) : undefined;
    const counted = limiter.consume(scope, key, cost);
    if (wider === undefined) return counted;
    // A client that is refused uses up nothing of its neighbours'.
    const alsoWider = (own: Consumption) =>
      own.allowed ? limiter.consume(scope, wider, cost / clientsOfNetwork) : own;
    return counted instanceof Promise ? counted.then(alsoWider) : alsoWider(counted);
  },
});
