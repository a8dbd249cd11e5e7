/** What making, changing and closing accounts is refused with. */

import type { Contract, Given } from "./contract.js";
import type { R0Operation as OperationId } from "./eras.js";
import type { ErrorRow } from "./error-row.js";
import * as journey from "./journeys.js";
import { homeserverRows } from "./rows.js";
import type { World } from "./world.js";

const names = ["register", "checkUsernameAvailability"] as const;
const proving = ["changePassword", "deactivateAccount"] as const;

const named = (id: OperationId, username: string): Given =>
  id === "register" ? { json: { username } } : { query: { username } };

const withJson = (given: Given, changed: object): Given => ({
  ...given,
  json: { ...(given.json as object), ...changed },
}); // rows have objects

/** A token of an account that was closed, with what the operation would else have been given. */
const deactivated = async (world: World, id: OperationId): Promise<Given> => {
  const given = await homeserverRows.deactivateAccount.prepare(world);
  await world.homeserver.succeed("deactivateAccount", given);
  return { ...(await homeserverRows[id].prepare(world)), token: given.token };
};

type SharedOperation = (typeof names)[number] | (typeof proving)[number];

interface SharedRow extends Omit<ErrorRow<SharedOperation>, "over"> {
  /** Instead of the main server. */
  readonly at?: "concealing" | "proxying";
}

const sharedRows: readonly SharedRow[] = [
  {
    errcode: "M_USER_IN_USE",
    status: 400,
    when: "somebody has the name",
    operations: names,
    arrange: async (world, id) => {
      const [localpart = ""] = (await journey.registered(world)).userId.slice(1).split(":");
      return named(id, localpart);
    },
  },
  {
    errcode: "M_INVALID_USERNAME",
    status: 400,
    when: "the name is none",
    operations: names,
    arrange: (_world, id) => named(id, "A B"),
  },
  {
    errcode: "M_INVALID_USERNAME",
    status: 400,
    when: "the user ID would be too long",
    operations: names,
    arrange: (_world, id) => named(id, "a".repeat(250)),
  },
  {
    errcode: "M_EXCLUSIVE",
    status: 400,
    when: "the name is an application service's",
    operations: names,
    arrange: (_world, id) => named(id, "irc_alice"),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "registration is closed",
    operations: ["register"],
    at: "concealing",
    arrange: () => ({ json: {} }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "there are no guests",
    operations: ["register"],
    at: "proxying",
    arrange: () => ({ query: { kind: "guest" }, json: {} }),
  },
  {
    errcode: "M_WEAK_PASSWORD",
    status: 400,
    when: "the password is too short",
    operations: ["register", "changePassword"],
    arrange: () => ({ json: { password: "short", new_password: "short" } }),
  },
  {
    errcode: "M_UNRECOGNIZED",
    status: 401,
    when: "the stage is unknown",
    operations: ["register", ...proving],
    arrange: () => ({ json: { new_password: journey.password, auth: { type: "m.login.unknown" } } }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 401,
    when: "the interactive session is unknown",
    operations: ["register", ...proving],
    arrange: () => ({ json: { new_password: journey.password, auth: { type: "m.login.dummy", session: "unknown" } } }),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 401,
    when: "nobody submitted the token",
    operations: ["register"],
    arrange: async (world) => ({
      json: { auth: journey.emailAuth(await journey.ownEmailSession(world, "ToRegister")) },
    }),
  },
  {
    errcode: "M_THREEPID_AUTH_FAILED",
    status: 401,
    when: "the session was opened for another purpose",
    operations: ["register", ...proving],
    arrange: async (world) => ({
      json: { new_password: journey.password, auth: journey.emailAuth(await journey.ownEmail(world, "To3PID")) },
    }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 401,
    when: "the password is wrong",
    operations: proving,
    arrange: async (world) => {
      const { token } = await journey.registered(world);
      return { token, json: { new_password: journey.password, auth: { type: "m.login.password", password: "wrong" } } };
    },
  },
  {
    errcode: "M_MISSING_PARAM",
    status: 400,
    when: "the stage wants a password and none is given",
    operations: proving,
    arrange: async (world) => {
      const { token } = await journey.registered(world);
      return { token, json: { new_password: journey.password, auth: { type: "m.login.password" } } };
    },
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "what identifies the user is none",
    operations: ["register", ...proving],
    arrange: () => ({ json: { new_password: journey.password, auth: { type: "m.login.password", identifier: 7 } } }),
  },
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "id_server is no server's name",
    operations: ["deactivateAccount"],
    arrange: async (world, id) => withJson(await homeserverRows[id].prepare(world), { id_server: "a/b@c" }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "a guest asks",
    operations: proving,
    arrange: async (world, id) => ({
      ...(await homeserverRows[id].prepare(world)),
      token: (await journey.guest(world)).token,
    }),
  },
  {
    errcode: "M_UNKNOWN_TOKEN",
    status: 401,
    when: "the account was deactivated",
    operations: proving,
    arrange: deactivated,
  },
];

/** The same in both eras. */
export const sharedAccountErrors = (
  servers: (world: World) => Readonly<Record<"concealing" | "proxying", Contract<SharedOperation>>>,
): readonly ErrorRow<SharedOperation>[] =>
  sharedRows.map(({ at, ...row }) => (at === undefined ? row : { ...row, over: (world) => servers(world)[at] }));

export const accountErrors: readonly ErrorRow<OperationId>[] = [
  {
    errcode: "M_INVALID_PARAM",
    status: 400,
    when: "id_server is no server's name",
    operations: ["delete3pidFromAccount"],
    arrange: async (world, id) => withJson(await homeserverRows[id].prepare(world), { id_server: "a/b@c" }),
  },
  {
    errcode: "M_FORBIDDEN",
    status: 403,
    when: "a guest asks",
    operations: ["post3PIDs", "delete3pidFromAccount"],
    arrange: async (world, id) => ({
      ...(await homeserverRows[id].prepare(world)),
      token: (await journey.guest(world)).token,
    }),
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
    when: "the account was deactivated",
    operations: ["getTokenOwner", "getAccount3PIDs", "post3PIDs", "delete3pidFromAccount"],
    arrange: deactivated,
  },
];

/** Where nobody registers, no token helps. */
export const closedToTokens: ErrorRow<"registrationTokenValidity"> = {
  errcode: "M_FORBIDDEN",
  status: 403,
  when: "registration is closed",
  operations: ["registrationTokenValidity"],
  over: ({ v3 }) => v3.concealing,
  arrange: () => ({ query: { token: "any" } }),
};
