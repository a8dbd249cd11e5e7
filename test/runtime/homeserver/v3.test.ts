/** What v3 says in its own way: registration, passwords, the end of accounts. */

import { afterEach, describe, expect, it } from "vitest";
import type { AuthData, RegisterRequest, ThreepidCreds } from "../../../generated/client-server-v3/index.js";
import type { Terms } from "../../../runtime/protocol/terms.js";
import { tokenHash } from "../../../runtime/protocol/tokens.js";
import {
  addEmail,
  type Changes,
  type Homeserver,
  homeserver,
  mailedLink,
  password,
  registerUser,
  sessionOf,
} from "./homeserver.js";

let server: Homeserver;
const serve = (changes: Changes = {}) => {
  server = homeserver(changes);
};
afterEach(() => server.close());

const terms: Terms = new Map([
  ["terms", { version: "7", texts: new Map([["en", { name: "Terms", url: "https://example.org/terms" }]]) }],
]);

const register = async (body: RegisterRequest, stage: AuthData = { type: "m.login.dummy" }) => {
  const session = await sessionOf(server.v3.register({ body }));
  return server.v3.register({ body: { ...body, auth: { ...stage, session } } });
};

const isKnown = async (accessToken: string): Promise<boolean> =>
  (await server.client.getTokenOwner({}, { accessToken })).status === 200;

describe("registration", () => {
  it("gives refreshable tokens to who can refresh them, and lasting ones to others", async () => {
    serve();
    const lasting = await register({ username: "alice", password });
    expect(lasting).toMatchObject({
      status: 200,
      body: { user_id: "@alice:example.org", access_token: expect.any(String), device_id: expect.any(String) },
    });
    expect(lasting.body).not.toHaveProperty("refresh_token");
    expect(lasting.body).not.toHaveProperty("expires_in_ms");
    expect(await register({ username: "bob", refresh_token: true })).toMatchObject({
      status: 200,
      body: { refresh_token: expect.any(String), expires_in_ms: expect.any(Number) },
    });
  });

  it("logs nobody in who does not want it", async () => {
    serve();
    const { status, body } = await register({ username: "alice", inhibit_login: true, refresh_token: true });
    expect({ status, body }).toEqual({
      status: 200,
      body: { user_id: "@alice:example.org", home_server: "example.org" },
    });
  });

  it("makes guests where there are any", async () => {
    serve();
    const guest = await server.v3.register({ query: { kind: "guest" }, body: { username: "alice", device_id: "X" } });
    expect(guest).toMatchObject({ status: 200, body: { access_token: expect.any(String) } });
    expect(guest.body).not.toMatchObject({ device_id: "X" });
    server.close();
    serve({ registration: { guests: false } });
    const refused = await server.v3.register({ query: { kind: "guest" }, body: {} });
    expect(refused).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
  });

  it.each([
    { body: { username: "Alice" }, want: { status: 400, body: { errcode: "M_INVALID_USERNAME" } } },
    { body: { username: "_irc_bot" }, want: { status: 400, body: { errcode: "M_EXCLUSIVE" } } },
    { body: { username: "alice", password: "short" }, want: { status: 400, body: { errcode: "M_WEAK_PASSWORD" } } },
  ])("looks at name and password before it asks for stages: $body", async ({ body, want }) => {
    serve();
    expect(await server.v3.register({ body })).toMatchObject(want);
  });

  it("looks at the name once more after the stages", async () => {
    serve();
    const body = { username: "alice", password };
    const auth = { type: "m.login.dummy" };
    const first = await sessionOf(server.v3.register({ body }));
    const second = await sessionOf(server.v3.register({ body }));
    const answers = await Promise.all(
      [first, second].map((session) => server.v3.register({ body: { ...body, auth: { ...auth, session } } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(answers).toContainEqual(
      expect.objectContaining({ status: 400, body: expect.objectContaining({ errcode: "M_USER_IN_USE" }) }),
    );
    const late = await server.v3.register({ body: { ...body, auth: { ...auth, session: second } } });
    expect(late).toMatchObject({ status: 400, body: { errcode: "M_USER_IN_USE" } });
    expect(await server.v3.checkUsernameAvailability({ query: { username: "alice" } })).toMatchObject({ status: 400 });
    expect(await server.v3.checkUsernameAvailability({ query: { username: "bob" } })).toMatchObject({
      status: 200,
      body: { available: true },
    });
  });

  it("remembers which documents were accepted, in the edition that was shown", async () => {
    serve({ registration: { flows: [["m.login.terms"]] }, terms });
    await register({ username: "alice" }, { type: "m.login.terms" });
    expect(await server.storage.acceptedPolicies.list("@alice:example.org")).toEqual([
      { policy: "terms", version: "7", acceptedAt: server.clock.now() },
    ]);
  });

  it("begins in one era and ends in the other", async () => {
    serve({ registration: { flows: [["m.login.terms", "m.login.dummy"]] }, terms });
    const body = { username: "alice", password };
    const session = await sessionOf(server.client.register({ body }));
    await server.v3.register({ body: { ...body, auth: { type: "m.login.terms", session } } });
    const auth = { type: "m.login.dummy", session };
    expect(await server.client.register({ body: { ...body, auth } })).toMatchObject({ status: 200 });
  });

  it.each([
    { what: "an object under its own name", creds: (one: ThreepidCreds): AuthData => ({ threepid_creds: one }) },
    { what: "a list under the older name", creds: (one: ThreepidCreds): AuthData => ({ threepidCreds: [one] }) },
  ])("takes the session of an address as $what", async ({ creds }) => {
    serve();
    const request = { email: "alice@example.org", client_secret: "secret", send_attempt: 1 };
    const { sid } = await server.client.orThrow.requestTokenToRegisterEmail({ body: request });
    await server.fetch(mailedLink(server).url);
    const stage = { type: "m.login.email.identity", ...creds({ sid, client_secret: "secret" }) };
    expect(await register({ username: "alice" }, stage)).toMatchObject({ status: 200 });
  });
});

describe("registration tokens", () => {
  const holds = (token: string) => server.v3.registrationTokenValidity({ query: { token } });
  const issue = (token: string, usesAllowed?: number) =>
    server.storage.registrationTokens.issue({
      token,
      usesAllowed,
      expiresAt: server.clock.now() + 1000,
      createdAt: server.clock.now(),
    });

  it("hold until they are used up, revoked, or over", async () => {
    serve({ registration: { flows: [["m.login.registration_token"]] } });
    await issue("once", 1);
    await issue("many");
    for (const token of ["once", "many"])
      expect(await holds(token)).toMatchObject({ status: 200, body: { valid: true } });
    for (const token of ["other", "", "two words", "x".repeat(65)]) {
      expect(await holds(token)).toMatchObject({ status: 200, body: { valid: false } });
    }
    expect(await register({}, { type: "m.login.registration_token", token: "once" })).toMatchObject({ status: 200 });
    expect(await holds("once")).toMatchObject({ body: { valid: false } });
    server.clock.advance(1000);
    expect(await holds("many")).toMatchObject({ body: { valid: false } });
  });

  it("let one of many register who show one at the same time", async () => {
    serve({ registration: { flows: [["m.login.registration_token"]] } });
    await issue("once", 1);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => register({}, { type: "m.login.registration_token", token: "once" })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("do not hold where registration is closed, and are not guessed without end", async () => {
    serve({ registration: { users: false } });
    expect(await holds("once")).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
    server.limiter.refused.add("token.ip");
    expect(await holds("once")).toMatchObject({ status: 429 });
  });
});

describe("a new password", () => {
  const changed = async (accessToken: string, more: { readonly logout_devices?: boolean }) => {
    const body = { new_password: "another password", ...more };
    const session = await sessionOf(server.v3.changePassword({ body }, { accessToken }));
    const auth = { type: "m.login.password", session, password };
    return server.v3.changePassword({ body: { ...body, auth } }, { accessToken });
  };

  it.each([
    { more: {}, stays: false },
    { more: { logout_devices: true }, stays: false },
    { more: { logout_devices: false }, stays: true },
  ])("logs other devices out unless told not to: $more", async ({ more, stays }) => {
    serve();
    const { mxid, accessToken } = await registerUser(server, "alice");
    const other = "token-of-another-device";
    await server.logInElsewhere(mxid, tokenHash(other));
    expect(await changed(accessToken, more)).toMatchObject({ status: 200 });
    expect(await isKnown(accessToken)).toBe(true);
    expect(await isKnown(other)).toBe(stays);
  });

  it("is asked for as it was when the stages began", async () => {
    serve();
    const { accessToken } = await registerUser(server, "alice");
    const body = { new_password: "another password" };
    const session = await sessionOf(
      server.v3.changePassword({ body: { ...body, logout_devices: false } }, { accessToken }),
    );
    const auth = { type: "m.login.password", session, password };
    const other = await server.v3.changePassword({ body: { ...body, auth } }, { accessToken });
    expect(other).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN", completed: [] } });
  });

  it("is no weak one, whoever asks", async () => {
    serve();
    expect(await server.v3.changePassword({ body: { new_password: "short" } })).toMatchObject({
      status: 400,
      body: { errcode: "M_WEAK_PASSWORD" },
    });
  });
});

describe("the end of an account", () => {
  const end = async (accessToken: string | undefined, body: { readonly erase?: boolean }) => {
    const options = accessToken === undefined ? {} : { accessToken };
    const session = await sessionOf(server.v3.deactivateAccount({ body }, options));
    const auth = { type: "m.login.password", session, password, identifier: { type: "m.id.user", user: "alice" } };
    return server.v3.deactivateAccount({ body: { ...body, auth } }, options);
  };

  it.each([
    { what: "with an access token", named: true },
    { what: "without one", named: false },
  ])("comes by the password, $what", async ({ named }) => {
    serve();
    const { accessToken, mxid } = await registerUser(server, "alice");
    await addEmail(server, accessToken, "alice@example.org");
    expect(await end(named ? accessToken : undefined, {})).toMatchObject({
      status: 200,
      body: { id_server_unbind_result: "success" },
    });
    expect(await isKnown(accessToken)).toBe(false);
    expect(await server.accounts.find(mxid)).toMatchObject({ state: "deactivated", passwordHash: undefined });
    expect(await server.accounts.ownerOf({ medium: "email", address: "alice@example.org" })).toBeUndefined();
  });

  it.each([true, false])("is told whether to forget as much as can be: %s", async (erase) => {
    serve();
    const { accessToken, mxid } = await registerUser(server, "alice");
    await server.storage.acceptedPolicies.record(mxid, [{ policy: "terms", version: "1" }], 1);
    const told: unknown[] = [];
    const { deactivate } = server.accounts;
    server.accounts.deactivate = async (...given) => {
      told.push(given[2]);
      return deactivate(...given);
    };
    expect(await end(accessToken, { erase })).toMatchObject({ status: 200 });
    expect(told).toEqual([erase]);
    expect(await server.storage.acceptedPolicies.list(mxid)).toHaveLength(erase ? 0 : 1);
  });
});
