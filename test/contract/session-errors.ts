/** What logging in, staying and leaving is refused with. What both eras say alike stands once. */

import { expect } from "vitest";
import type { V3Operation } from "./eras.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { homeserverRows } from "./rows.js";
import { homeserverV3Rows } from "./rows-v3.js";
import type { World } from "./world.js";

const byUser = (user: string) => ({ identifier: { type: "m.id.user", user } });

const attempt = (user: string, more: object = {}) => ({
  type: "m.login.password",
  password: journey.password,
  ...byUser(user),
  ...more,
});

/** An account whose password is known. */
const withPassword = (world: World) => journey.registered(world, { password: journey.password });

const isSoft = (answered: { readonly body: Readonly<Record<string, unknown>> }): void =>
  expect(answered.body["soft_logout"]).toBe(true);

const isFinal = (answered: { readonly body: Readonly<Record<string, unknown>> }): void =>
  expect(answered.body).not.toHaveProperty("soft_logout");

export const loginErrors: readonly ErrorRow<"login">[] = [
  {
    errcode: "M_UNKNOWN",
    status: 400,
    when: "there is no such way to log in",
    operations: ["login"],
    arrange: () => ({ json: attempt("alice", { type: "m.login.token", token: "abc" }) }),
  },
  {
    errcode: "M_MISSING_PARAM",
    status: 400,
    when: "nobody is named",
    operations: ["login"],
    arrange: () => ({ json: { type: "m.login.password", password: journey.password } }),
  },
  {
    errcode: "M_MISSING_PARAM",
    status: 400,
    when: "no password is given",
    operations: ["login"],
    arrange: () => ({ json: { type: "m.login.password", ...byUser("alice") } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "the kind of name is unknown",
    operations: ["login"],
    arrange: () => ({ json: attempt("", { identifier: { type: "m.id.face" } }) }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the password is wrong",
    operations: ["login"],
    arrange: async (world) => ({ json: attempt((await withPassword(world)).userId, { password: "wrong" }) }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "there is no such user",
    operations: ["login"],
    arrange: (world) => ({ json: attempt(world.fresh("nobody")) }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the user is a guest",
    operations: ["login"],
    arrange: async (world) => ({ json: attempt((await journey.guest(world)).userId) }),
  },
  {
    errcode: "M_USER_DEACTIVATED",
    status: 403,
    when: "the account was closed",
    operations: ["login"],
    arrange: async (world) => {
      const { userId, token } = await withPassword(world);
      const auth = { type: "m.login.password", password: journey.password };
      await world.homeserver.succeed("deactivateAccount", { token, json: { auth } });
      return { json: attempt(userId) };
    },
  },
  {
    errcode: "M_USER_LOCKED",
    status: 401,
    when: "the account is locked",
    operations: ["login"],
    arrange: async (world) => {
      const { userId } = await withPassword(world);
      await world.lock(userId);
      return { json: attempt(userId) };
    },
    also: isSoft,
  },
];

const forAccounts = [
  "getTokenOwner",
  "getAccount3PIDs",
  "post3PIDs",
  "delete3pidFromAccount",
  "requestTokenTo3PIDEmail",
  "getCapabilities",
  "requestOpenIdToken",
] as const;

export const lockedErrors: readonly ErrorRow<(typeof forAccounts)[number]>[] = [
  {
    errcode: "M_USER_LOCKED",
    status: 401,
    when: "the account is locked",
    operations: forAccounts,
    arrange: async (world, id) => {
      const { userId, token } = await journey.registered(world);
      await world.lock(userId);
      return { ...(await homeserverRows[id].prepare(world)), token };
    },
    also: isSoft,
  },
];

const deviceOperations = ["getDevice", "updateDevice"] as const;
const removing = ["deleteDevice", "deleteDevices"] as const;

export const sessionErrorsV3: readonly ErrorRow<V3Operation>[] = [
  {
    errcode: "M_APPSERVICE_LOGIN_UNSUPPORTED",
    status: 400,
    when: "an application service logs in",
    operations: ["login"],
    arrange: () => ({ json: { type: "m.login.application_service", ...byUser("alice") } }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "the token is not the user's to act as",
    operations: ["getTokenOwner"],
    arrange: async (world) => ({
      token: (await journey.registered(world)).token,
      query: { user_id: "@other:example.org" },
    }),
  },
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "the access token has expired",
    operations: ["getTokenOwner", "getDevices"],
    arrange: async (world) => {
      const { access } = await journey.refreshable(world);
      world.advance(60 * 60 * 1000);
      return { token: access };
    },
    also: isSoft,
  },
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "the refresh token is unknown",
    operations: ["refresh"],
    arrange: () => ({ json: { refresh_token: "unknown" } }),
    also: isFinal,
  },
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "the refresh token was replaced by one that is in use",
    operations: ["refresh"],
    arrange: async (world) => {
      const { refresh } = await journey.refreshable(world);
      const json = { refresh_token: refresh };
      const { access_token } = await world.v3.main.succeed("refresh", { json });
      await world.v3.main.succeed("getTokenOwner", { token: String(access_token) });
      return { json };
    },
    also: isSoft,
  },
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "the device was logged out",
    operations: ["refresh"],
    arrange: async (world) => {
      const { access, refresh } = await journey.refreshable(world);
      await world.v3.main.succeed("logout", { token: access });
      return { json: { refresh_token: refresh } };
    },
    also: isFinal,
  },
  {
    errcode: "M_USER_LOCKED",
    status: 401,
    when: "the account is locked",
    operations: ["refresh"],
    arrange: async (world) => {
      const { refresh, userId } = await journey.refreshable(world);
      await world.lock(userId);
      return { json: { refresh_token: refresh } };
    },
    also: isSoft,
  },
  {
    errcode: "M_USER_LOCKED",
    status: 401,
    when: "the account is locked",
    operations: ["getDevices", ...deviceOperations, ...removing],
    arrange: async (world, id) => {
      const { userId, token } = await journey.registered(world);
      await world.lock(userId);
      return { ...(await homeserverV3Rows[id].prepare(world)), token };
    },
    also: isSoft,
  },
  {
    errcode: "M_NOT_FOUND",
    status: 404,
    when: "the device is another user's",
    operations: deviceOperations,
    arrange: async (world, id) => ({
      ...(await homeserverV3Rows[id].prepare(world)),
      token: (await journey.registered(world)).token,
    }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 401,
    when: "the password is wrong",
    operations: removing,
    arrange: async (world, id) => {
      const auth = { type: "m.login.password", password: "wrong" };
      const { json, ...given } = await homeserverV3Rows[id].prepare(world);
      return { ...given, token: (await withPassword(world)).token, json: { ...(json as object), auth } }; // rows have objects
    },
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "a guest asks, who can prove nothing",
    operations: removing,
    arrange: async (world, id) => ({
      ...(await homeserverV3Rows[id].prepare(world)),
      token: (await journey.guest(world)).token,
    }),
  },
];
