/** Everything that asks homeservers, put together over a test network as the servers put it together. */

import { delegations } from "../../../runtime/federation/delegations.js";
import { destinations } from "../../../runtime/federation/destinations.js";
import { dns } from "../../../runtime/federation/dns.js";
import { homeserverRequests } from "../../../runtime/federation/homeserver-requests.js";
import { homeservers } from "../../../runtime/federation/homeservers.js";
import { outgoingFetch } from "../../../runtime/federation/outgoing-fetch.js";
import { serverKeys } from "../../../runtime/federation/server-keys.js";
import type { TestNetwork } from "../../support/test-network.js";
import { type FakeClock, fakeClock, fakeLogger } from "../fakes.js";

export interface Chosen {
  readonly listed?: readonly string[];
  readonly timeoutMs?: number;
  readonly clock?: FakeClock;
  /** Told of every connection, as `address port`. */
  readonly dialled?: string[];
}

export const federationOver = (network: TestNetwork, { listed, timeoutMs = 20_000, clock, dialled }: Chosen = {}) => {
  const log = fakeLogger();
  const turned = clock ?? fakeClock(Date.now());
  const { addresses, services } = dns(network.options.dns_servers);
  const { fetch, close } = outgoingFetch({
    destinations: destinations(listed ?? network.options.allow_private),
    timeoutMs,
    maxAnswerBytes: 65_536,
    resolve: addresses,
    certificateAuthorities: network.authority.certificate,
    dial: (checked) => {
      dialled?.push(`${checked.address} ${checked.port}`);
      return network.dial(checked);
    },
  });
  const sources = { ...delegations({ fetch, timeoutMs, clock: turned }), services };
  const ask = homeserverRequests({ sources, fetch, timeoutMs });
  return {
    ask,
    fetch,
    clock: turned,
    log,
    ...homeservers(ask),
    ...serverKeys(ask, { clock: turned, log }),
    close,
  };
};
