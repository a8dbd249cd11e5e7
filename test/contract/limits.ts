/** What may be done only so often, by whom: each scope with the operations that count in it. */

import { expect, test } from "vitest";
import type { OperationId as IdentityOperation } from "../../generated/identity/index.js";
import type { OperationId as FederationOperation } from "../../generated/server-server/index.js";
import type { LimitScope } from "../../runtime/ports/limiter.js";
import { lookupHash } from "../../runtime/protocol/lookup-hash.js";
import type { Contract, Given } from "./contract.js";
import type { R0Operation as HomeserverOperation, V3Operation } from "./eras.js";
import * as invites from "./invite-journeys.js";
import * as journey from "./journeys.js";
import { requestFor } from "./request-token-errors.js";
import { homeserverRows, identityRows } from "./rows.js";
import { homeserverV3Rows } from "./rows-v3.js";
import { identityName, type World } from "./world.js";

interface LimitRow<Id extends string> {
  readonly scope: LimitScope;
  readonly id: Id;
  /** Two requests that count for one and the same key, and one that counts for another where the key is no address. */
  arrange(world: World): Promise<readonly [first: Given, second: Given, other?: Given]>;
}

const twice = async (make: () => Given | Promise<Given>): Promise<readonly [Given, Given]> => [
  await make(),
  await make(),
];

const sameAddress = (world: World, given: object): readonly [Given, Given] => {
  const json = () => ({ client_secret: world.fresh("secret"), send_attempt: 1, ...given });
  return [{ json: json() }, { json: json() }];
};

const number = (world: World) => {
  const { country, phone_number } = world.freshPhone();
  return { country, phone_number };
};

const bindOf = async (world: World, mxid: string): Promise<Given> => ({
  json: { ...journey.sessionOf(await journey.validatedEmail(world)), mxid },
});

/** What counts requests of any kind counts each that asks something. */
const anyRequest = <Id extends string>(id: Id, ask: () => Given): LimitRow<Id> => ({
  scope: "request.ip",
  id,
  arrange: () => twice(ask),
});

const hashOf = (address: string) => lookupHash({ medium: "email", address }, "");

/** Lookups of another address each. */
const lookups = async (world: World, ...mxids: readonly string[]): Promise<readonly Given[]> => {
  const pepper = await journey.pepperOf(world);
  return Promise.all(
    mxids.map(async (mxid) => ({
      token: await world.issueToken(mxid),
      json: { algorithm: "sha256", pepper, addresses: [hashOf(journey.freshEmail(world))] },
    })),
  );
};

const three = ([first, second, other]: readonly Given[]): readonly [Given, Given, Given] => {
  if (first === undefined || second === undefined || other === undefined) throw new Error("three are needed");
  return [first, second, other];
};

const lookupLimits: readonly LimitRow<IdentityOperation>[] = [
  {
    scope: "lookup.mxid",
    id: "lookupUsersV2",
    arrange: async (world) => three(await lookups(world, journey.alice, journey.alice, "@another:example.org")),
  },
  {
    scope: "lookup.homeserver",
    id: "lookupUsersV2",
    arrange: async (world) =>
      three(await lookups(world, journey.alice, "@another:example.org", "@alice:elsewhere.example")),
  },
  {
    scope: "lookup.ip",
    id: "lookupUser",
    arrange: (world) => twice(() => ({ query: { medium: "email", address: journey.freshEmail(world) } })),
  },
  {
    scope: "lookup.ip",
    id: "lookupUsers",
    arrange: (world) => twice(() => ({ json: { threepids: [["email", journey.freshEmail(world)]] } })),
  },
];

export const identityLimits: readonly LimitRow<IdentityOperation>[] = [
  ...lookupLimits,
  anyRequest("getAccount", () => ({ token: "nobodys" })),
  anyRequest("isPubKeyValid", () => ({ query: { public_key: "x" } })),
  ...(["emailRequestToken", "msisdnRequestToken"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "send.ip",
      id,
      arrange: (world) => twice(() => identityRows[id].prepare(world)),
    }),
  ),
  ...(["emailRequestTokenV2", "msisdnRequestTokenV2"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "send.mxid",
      id,
      arrange: async (world) => {
        const prepared = async () => ({
          ...(await identityRows[id].prepare(world)),
          token: await world.issueToken(journey.alice),
        });
        const another = await world.issueToken("@another:example.org");
        return [await prepared(), await prepared(), { ...(await prepared()), token: another }];
      },
    }),
  ),
  {
    scope: "send.address",
    id: "emailRequestToken",
    arrange: async (world) => [
      ...sameAddress(world, { email: journey.freshEmail(world) }),
      await identityRows.emailRequestToken.prepare(world),
    ],
  },
  {
    scope: "send.address",
    id: "msisdnRequestToken",
    arrange: async (world) => [
      ...sameAddress(world, number(world)),
      await identityRows.msisdnRequestToken.prepare(world),
    ],
  },
  {
    scope: "send.country",
    id: "msisdnRequestToken",
    arrange: async (world) => [
      ...(await twice(() => identityRows.msisdnRequestToken.prepare(world))),
      { json: { client_secret: "a", send_attempt: 1, country: "DE", phone_number: "030 901820" } },
    ],
  },
  {
    scope: "send.ip",
    id: "storeInvite",
    arrange: async (world) => [
      { json: journey.inviteFor(journey.freshEmail(world)) },
      { json: journey.inviteFor(journey.freshEmail(world), "@another:example.org") },
    ],
  },
  {
    scope: "invite.sender",
    id: "storeInvite",
    arrange: async (world) => [
      { json: journey.inviteFor(journey.freshEmail(world)) },
      { json: journey.inviteFor(journey.freshEmail(world)) },
      { json: journey.inviteFor(journey.freshEmail(world), "@another:example.org") },
    ],
  },
  {
    scope: "send.address",
    id: "storeInvite",
    arrange: async (world) => {
      const address = journey.freshEmail(world);
      const other = journey.freshEmail(world);
      return [
        { json: journey.inviteFor(address) },
        { json: journey.inviteFor(address) },
        { json: journey.inviteFor(other) },
      ];
    },
  },
  ...(["emailSubmitTokenPost", "msisdnSubmitTokenPost"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "submit.address",
      id,
      arrange: async (world) => {
        const given = await identityRows[id].prepare(world);
        return [given, given, await identityRows[id].prepare(world)];
      },
    }),
  ),
  ...(["getValidated3pid", "bind", "emailSubmitTokenPost"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "secret.sid",
      id,
      arrange: async (world) => {
        const guessAt = async (): Promise<Given> => {
          const { sid } = await journey.validatedEmail(world);
          const guess = { sid, client_secret: "guessed", mxid: journey.alice, token: "x" };
          return id === "getValidated3pid" ? { query: guess } : { json: guess };
        };
        const guess = await guessAt();
        return [guess, guess, await guessAt()];
      },
    }),
  ),
  {
    scope: "account.ip",
    id: "registerAccount",
    arrange: (world) => twice(() => identityRows.registerAccount.prepare(world)),
  },
  { scope: "bind.ip", id: "bind", arrange: (world) => twice(() => identityRows.bind.prepare(world)) },
  { scope: "bind.ip", id: "unbind", arrange: (world) => twice(() => identityRows.unbind.prepare(world)) },
  {
    scope: "bind.mxid",
    id: "bind",
    arrange: async (world) => [
      await bindOf(world, journey.alice),
      await bindOf(world, journey.alice),
      await bindOf(world, "@another:example.org"),
    ],
  },
];

const loginAttempt = (user: string): Given => ({
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

export const describeLimits = <Id extends string>(
  rows: readonly LimitRow<Id>[],
  contract: (world: World) => Contract<Id>,
  world: () => World,
): void => {
  test.each(rows)("$scope limits $id", async ({ scope, id, arrange }) => {
    const [first, second, other] = await arrange(world());
    world().limit({ [scope]: { points: 1, durationMs: 3_600_000 } });
    try {
      expect((await contract(world()).call(id, first)).status).not.toBe(429);
      const refused = await contract(world()).call(id, second);
      expect(refused).toMatchObject({ status: 429, errcode: "M_LIMIT_EXCEEDED" });
      const seconds = Number(refused.headers["retry-after"]);
      expect(seconds).toBeGreaterThan(3_500);
      expect(Math.ceil(Number(refused.body["retry_after_ms"]) / 1000)).toBe(seconds);
      if (other !== undefined) expect((await contract(world()).call(id, other)).status).not.toBe(429);
    } finally {
      world().unlimit();
    }
  });
};
