/** Limits that do not hold for some addresses: those behind which many people are. */

import { BlockList, isIP } from "node:net";
import type { Consumption, Limiter, LimitScope } from "../ports/limiter.js";

/** What limits count as one IPv6 client is a network of this many bits: no shorter part of it can be told apart. */
const clientBits = 64;

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const text of networks) {
    const [network = "", prefix] = text.split("/");
    const isIpv4 = isIP(network) === 4;
    const longest = isIpv4 ? 32 : clientBits;
    const bits = prefix === undefined ? longest : Math.min(Number(prefix), longest);
    list.addSubnet(network, bits, isIpv4 ? "ipv4" : "ipv6");
  }
  return list;
};

/** Whether keys of this scope are clients' addresses. */
export const isByAddress = (scope: LimitScope): boolean => scope.endsWith(".ip");

const spared: Consumption = { allowed: true, retryAfterMs: 0 };

/**
 * The same limiter, which counts nothing by client address for these addresses and networks. Whoever asks through them
 * is still counted by everything else.
 */
export const sparingLimiter = (limiter: Limiter, networks: readonly string[]): Limiter => {
  if (networks.length === 0) return limiter;
  const list = listOf(networks);
  const isSpared = (key: string): boolean => {
    const [address = ""] = key.split("/");
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
  };
  return {
    consume: (scope, key, cost) => (isByAddress(scope) && isSpared(key) ? spared : limiter.consume(scope, key, cost)),
  };
};
