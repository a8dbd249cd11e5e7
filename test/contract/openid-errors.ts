/** Proofs of identity that are not made: the same in both eras. */

import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";

export const openIdErrors: readonly ErrorRow<"requestOpenIdToken">[] = [
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "a guest asks",
    operations: ["requestOpenIdToken"],
    arrange: async (world) => {
      const { token, userId } = await journey.guest(world);
      return { token, params: { userId }, json: {} };
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the proof would be another user's",
    operations: ["requestOpenIdToken"],
    arrange: async (world) => {
      const { token } = await journey.registered(world);
      return { token, params: { userId: (await journey.registered(world)).userId }, json: {} };
    },
  },
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "it is asked for with another proof",
    operations: ["requestOpenIdToken"],
    arrange: async (world) => {
      const { token, userId } = await journey.registered(world);
      const given = { token, params: { userId }, json: {} };
      const body = await world.homeserver.succeed("requestOpenIdToken", given);
      return { ...given, token: String(body["access_token"]) };
    },
  },
];
