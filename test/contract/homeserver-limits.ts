/** What a homeserver of r0 lets be done only so often. */

import type { Given } from "./contract.js";
import type { R0Operation as HomeserverOperation } from "./eras.js";
import * as invites from "./invite-journeys.js";
import * as journey from "./journeys.js";
import { anyRequest, type LimitRow, number, sameAddress, twice } from "./limits.js";
import { identityName } from "./names.js";
import { requestFor } from "./request-token-errors.js";
import { homeserverRows } from "./rows.js";

export const loginAttempt = (user: string): Given => ({
  json: { type: "m.login.password", identifier: { type: "m.id.user", user }, password: "wrong" },
});

const atIdentityServer = (sid: string): Given => ({
  json: {
    new_password: journey.password,
    auth: {
      type: "m.login.email.identity",
      threepid_creds: { sid, client_secret: "guessed", id_server: identityName },
    },
  },
});

const passwordAttempt = (user: string): Given => ({
  json: { auth: { type: "m.login.password", identifier: { type: "m.id.user", user }, password: "wrong" } },
});

export const homeserverLimits: readonly LimitRow<HomeserverOperation>[] = [
  anyRequest("checkUsernameAvailability", () => ({ query: { username: "anybody" } })),
  {
    scope: "send.ip",
    id: "requestTokenToRegisterEmail",
    arrange: (world) => twice(() => requestFor(world, "requestTokenToRegisterEmail")),
  },
  {
    // Asking which addresses have an account is as limited as having mail sent to them.
    scope: "send.ip",
    id: "requestTokenToResetPasswordEmail",
    arrange: (world) => twice(() => requestFor(world, "requestTokenToResetPasswordEmail")),
  },
  ...(["requestTokenTo3PIDEmail", "requestTokenTo3PIDMSISDN"] as const).map(
    (id): LimitRow<HomeserverOperation> => ({
      scope: "send.mxid",
      id,
      arrange: async (world) => {
        const [{ token }, { token: other }] = [await journey.registered(world), await journey.registered(world)];
        const bearing = (bearer: string) => ({ ...requestFor(world, id), token: bearer });
        return [bearing(token), bearing(token), bearing(other)];
      },
    }),
  ),
  {
    scope: "send.address",
    id: "requestTokenTo3PIDMSISDN",
    arrange: async (world) => [...sameAddress(world, number(world)), requestFor(world, "requestTokenTo3PIDMSISDN")],
  },
  {
    scope: "send.country",
    id: "requestTokenTo3PIDMSISDN",
    arrange: (world) => twice(() => requestFor(world, "requestTokenTo3PIDMSISDN")),
  },
  {
    scope: "register.ip",
    id: "register",
    arrange: (world) => twice(() => ({ json: { username: world.fresh("user"), auth: { type: "m.login.dummy" } } })),
  },
  {
    scope: "register.ip",
    id: "register",
    arrange: (world) => twice(() => ({ query: { kind: "guest" }, json: { username: world.fresh("user") } })),
  },
  {
    scope: "interactive.ip",
    id: "register",
    arrange: (world) => twice(() => ({ json: { username: world.fresh("user") } })),
  },
  {
    scope: "interactive.ip",
    id: "changePassword",
    arrange: () => twice(() => ({ json: { new_password: journey.password } })),
  },
  ...(["password.account", "password.mxid"] as const).map(
    (scope): LimitRow<HomeserverOperation> => ({
      scope,
      id: "changePassword",
      arrange: async (world) => {
        const change = async (): Promise<Given> => {
          const { userId, token } = await journey.registered(world, { password: journey.password });
          const password = scope === "password.mxid" ? journey.password : "wrong";
          const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: userId }, password };
          return { token, json: { new_password: journey.password, auth } };
        };
        const first = await change();
        return [first, first, await change()];
      },
    }),
  ),
  {
    scope: "password.ip",
    id: "deactivateAccount",
    arrange: (world) => twice(() => passwordAttempt(world.fresh("nobody"))),
  },
  {
    scope: "password.account",
    id: "deactivateAccount",
    arrange: async (world) => {
      const { userId } = await journey.registered(world);
      const [localpart = ""] = userId.slice(1).split(":");
      return [passwordAttempt(userId), passwordAttempt(localpart), passwordAttempt("another")];
    },
  },
  {
    scope: "password.ip",
    id: "login",
    arrange: (world) => twice(() => loginAttempt(world.fresh("nobody"))),
  },
  ...(["password.account", "password.everywhere"] as const).map(
    (scope): LimitRow<HomeserverOperation> => ({
      scope,
      id: "login",
      arrange: async (world) => {
        const { userId } = await journey.registered(world);
        const [localpart = ""] = userId.slice(1).split(":");
        return [loginAttempt(userId), loginAttempt(localpart), loginAttempt("another")];
      },
    }),
  ),
  {
    scope: "proof.ip",
    id: "changePassword",
    arrange: () => twice(() => atIdentityServer("unknown")),
  },
  {
    scope: "openid.mxid",
    id: "requestOpenIdToken",
    arrange: async (world) => {
      const given = await homeserverRows.requestOpenIdToken.prepare(world);
      return [given, given, await homeserverRows.requestOpenIdToken.prepare(world)];
    },
  },
  {
    scope: "invite.sender",
    id: "inviteBy3PID",
    arrange: async (world) => {
      // Somebody who is known: the identity server, which counts the same, is not asked to keep an invite.
      const { address } = await invites.knownUser(world);
      const invite = async () => invites.inviteByAddress(await invites.inviter(world), address);
      const first = await invite();
      return [first, first, await invite()];
    },
  },
  {
    scope: "bind.mxid",
    id: "post3PIDs",
    arrange: async (world) => {
      const { token, ...first } = await homeserverRows.post3PIDs.prepare(world);
      const second = await homeserverRows.post3PIDs.prepare(world);
      return [{ ...first, token }, { ...second, token }, second];
    },
  },
];
