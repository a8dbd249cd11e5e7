/** What a homeserver lets other servers do only so often. */

import type { OperationId as FederationOperation } from "../../generated/server-server/index.js";
import * as invites from "./invite-journeys.js";
import { anyRequest, type LimitRow, twice } from "./limits.js";

export const federationLimits: readonly LimitRow<FederationOperation>[] = [
  anyRequest("exchangeOpenIdToken", () => ({ query: { access_token: "nobodys" } })),
  {
    scope: "keys.ip",
    id: "bulkPerspectivesKeyQuery",
    arrange: (world) => twice(() => ({ json: { server_keys: { [world.other.name]: {} } } })),
  },
  {
    scope: "bind.ip",
    id: "onBindThirdPartyIdentifier",
    arrange: (world) => twice(async () => ({ json: await invites.notice(world) })),
  },
  ...(["bind.ip", "exchange.homeserver"] as const).map(
    (scope): LimitRow<FederationOperation> => ({
      scope,
      id: "exchangeThirdPartyInvite",
      arrange: (world) => twice(async () => (await invites.exchange(world)).given),
    }),
  ),
];
