/** The same as the rows of r0 for every operation that other servers call. */

import type { OperationId } from "../../generated/server-server/index.js";
import * as invites from "./invite-journeys.js";
import { nothing, type Row, requestOpenIdToken, row } from "./rows.js";

const onbind = row(async (world) => ({ json: await invites.notice(world) }));

export const federationRows: Readonly<Record<OperationId, Row>> = {
  bulkPerspectivesKeyQuery: row((world) => ({
    json: { server_keys: { [world.other.name]: { "ed25519:1": { minimum_valid_until_ts: world.now() } } } },
  })),
  exchangeOpenIdToken: row(async (world) => {
    const body = await world.homeserver.succeed("requestOpenIdToken", await requestOpenIdToken.prepare(world));
    return { query: { access_token: String(body["access_token"]) } };
  }),
  exchangeThirdPartyInvite: row(async (world) => (await invites.exchange(world)).given),
  getServerKey: nothing,
  getServerKeyById: row(() => ({ params: { keyId: "ed25519:0" } })),
  getServerKeySlash: nothing,
  getWellKnown: nothing,
  onBindThirdPartyIdentifier: onbind,
  onBindThirdPartyIdentifierPost: onbind,
  perspectivesKeyQuery: row((world) => ({
    params: { serverName: world.other.name },
    query: { minimum_valid_until_ts: String(world.now()) },
  })),
  perspectivesKeyQueryById: row((world) => ({
    params: { serverName: world.other.name, keyId: "ed25519:1" },
    query: { minimum_valid_until_ts: String(world.now()) },
  })),
};
