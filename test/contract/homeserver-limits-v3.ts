/** What a homeserver of v3 lets be done only so often. */

import type { Given } from "./contract.js";
import type { V3Operation } from "./eras.js";
import { loginAttempt } from "./homeserver-limits.js";
import * as journey from "./journeys.js";
import { anyRequest, type LimitRow, twice } from "./limits.js";
import { identityName } from "./names.js";
import { requestFor } from "./request-token-errors.js";
import { homeserverV3Rows } from "./rows-v3.js";
import type { World } from "./world.js";

const asTheSameUser = async (world: World, id: V3Operation): Promise<readonly [Given, Given, Given]> => {
  const { token } = await journey.registered(world);
  const other = await homeserverV3Rows[id].prepare(world);
  return [{ ...other, token }, { ...(await homeserverV3Rows[id].prepare(world)), token }, other];
};

export const homeserverV3Limits: readonly LimitRow<V3Operation>[] = [
  {
    scope: "token.ip",
    id: "registrationTokenValidity",
    arrange: () => twice(() => ({ query: { token: "guessed" } })),
  },
  ...(["password.account", "password.everywhere"] as const).map(
    (scope): LimitRow<V3Operation> => ({
      scope,
      id: "login",
      arrange: async () => [loginAttempt("somebody"), loginAttempt("somebody"), loginAttempt("another")],
    }),
  ),
  {
    scope: "interactive.ip",
    id: "deleteDevices",
    arrange: (world) =>
      twice(async () => ({ token: (await journey.accountWithEmail(world)).token, json: { devices: ["DEVICE"] } })),
  },
  anyRequest("getCapabilities", () => ({ token: "nobodys" })),
  ...(["unbind3pidFromAccount", "delete3pidFromAccount", "post3PIDs"] as const).map(
    (id): LimitRow<V3Operation> => ({ scope: "bind.mxid", id, arrange: (world) => asTheSameUser(world, id) }),
  ),
  {
    scope: "bind.mxid",
    id: "bind3PID",
    arrange: async (world) => {
      // The identity server counts what it binds, too: it knows no such session.
      const json = { sid: "unknown", client_secret: "secret", id_server: identityName };
      const [{ token }, { token: other }] = [await journey.registered(world), await journey.registered(world)];
      return [
        { token, json },
        { token, json },
        { token: other, json },
      ];
    },
  },
  {
    scope: "interactive.ip",
    id: "add3PID",
    arrange: (world) =>
      twice(async () => {
        const { token } = await journey.accountWithEmail(world);
        return { token, json: { sid: "1", client_secret: "secret" } };
      }),
  },
  {
    scope: "password.account",
    id: "add3PID",
    arrange: async (world) => {
      const attempt = async (): Promise<Given> => {
        const { userId, token } = await journey.registered(world, { password: journey.password });
        const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: userId }, password: "wrong" };
        return { token, json: { sid: "1", client_secret: "secret", auth } };
      };
      const first = await attempt();
      return [first, first, await attempt()];
    },
  },
  ...(["requestTokenTo3PIDEmail", "requestTokenTo3PIDMSISDN"] as const).flatMap((id): LimitRow<V3Operation>[] => [
    {
      scope: "send.mxid",
      id,
      arrange: async (world) => {
        const [{ token }, { token: other }] = [await journey.registered(world), await journey.registered(world)];
        const bearing = (bearer: string) => ({ ...requestFor(world, id), token: bearer });
        return [bearing(token), bearing(token), bearing(other)];
      },
    },
    { scope: "send.ip", id, arrange: (world) => twice(() => requestFor(world, id)) },
  ]),
];
