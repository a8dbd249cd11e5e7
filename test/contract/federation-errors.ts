/** What other servers are refused, besides what is about invites. */

import type { OperationId } from "../../generated/server-server/index.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";

export const federationErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "it is an access token",
    operations: ["exchangeOpenIdToken"],
    arrange: async (world) => ({ query: { access_token: (await journey.registered(world)).token } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "there are too many servers",
    operations: ["bulkPerspectivesKeyQuery"],
    arrange: () => ({
      json: { server_keys: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`${i}.example`, {}])) },
    }),
  },
  {
    errcode: "M_NOT_FOUND",
    status: 404,
    when: "the server is where its name says",
    operations: ["getWellKnown"],
    over: ({ federation }) => federation.proxying,
    arrange: () => ({}),
  },
];
