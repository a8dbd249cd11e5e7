import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoginRequest } from "../../../generated/client-server-v3/index.js";
import { addEmail, baseUrl, type Homeserver, homeserver, password, registerUser, serverName } from "./homeserver.js";

const alice = "@alice:example.org";
const byUser = (user: string) => ({ identifier: { type: "m.id.user", user } });
const right = { type: "m.login.password", ...byUser("alice"), password } as const;

let server: Homeserver;
beforeEach(async () => {
  server = homeserver();
  const { accessToken } = await registerUser(server, "alice");
  await addEmail(server, accessToken, "alice@example.org");
  await server.accounts.addThreepid(alice, { medium: "msisdn", address: "447400123456", validatedAt: 1, addedAt: 1 });
});
afterEach(() => server.close());

/** The same login through both eras. */
const inBothEras = async (body: LoginRequest) => [await server.client.login({ body }), await server.v3.login({ body })];

const whoami = async (accessToken: string) => (await server.v3.getTokenOwner({}, { accessToken })).body;

describe("logging in", () => {
  it("tells its one way", async () => {
    for (const flows of [await server.client.getLoginFlows(), await server.v3.getLoginFlows()]) {
      expect(flows).toMatchObject({ status: 200, body: { flows: [{ type: "m.login.password" }] } });
    }
  });

  it.each<[string, Partial<LoginRequest>]>([
    ["a local part", byUser("alice")],
    ["a user ID", byUser(alice)],
    [
      "a mail address, in whatever case",
      { identifier: { type: "m.id.thirdparty", medium: "email", address: "ALICE@Example.org" } },
    ],
    ["a phone number", { identifier: { type: "m.id.thirdparty", medium: "msisdn", address: "447400123456" } }],
    ["a number as it is dialled", { identifier: { type: "m.id.phone", country: "GB", phone: "07400 123456" } }],
    ["a number under its older name", { identifier: { type: "m.id.phone", country: "GB", number: "07400 123456" } }],
    ["the older field for a user", { user: "alice" }],
    ["the older fields for an address", { medium: "email", address: "Alice@example.org" }],
  ])("takes %s", async (_, who) => {
    for (const answer of await inBothEras({ type: "m.login.password", password, ...who })) {
      expect(answer).toMatchObject({ status: 200, body: { user_id: alice, home_server: serverName } });
    }
  });

  it("answers what clients configure themselves by, and a token for a device of its own", async () => {
    const body = await server.v3.orThrow.login({ body: { ...right, initial_device_display_name: "A desk" } });
    expect(body.well_known).toEqual({ "m.homeserver": { base_url: baseUrl } });
    expect(body).not.toHaveProperty("expires_in_ms");
    expect(body).not.toHaveProperty("refresh_token");
    expect(await whoami(body.access_token)).toEqual({ user_id: alice, device_id: body.device_id, is_guest: false });
    expect(await server.accounts.devices(alice)).toContainEqual({ deviceId: body.device_id, displayName: "A desk" });
  });

  it("lets a device in again under its id, and ends what it had", async () => {
    const first = await server.v3.orThrow.login({ body: { ...right, device_id: "DESK" } });
    const second = await server.v3.orThrow.login({ body: { ...right, device_id: "DESK" } });
    expect([first.device_id, second.device_id]).toEqual(["DESK", "DESK"]);
    expect(await whoami(first.access_token)).toMatchObject({ errcode: "M_UNKNOWN_TOKEN" });
    expect(await whoami(first.access_token)).not.toHaveProperty("soft_logout");
    expect(await whoami(second.access_token)).toMatchObject({ device_id: "DESK" });
    expect(await server.accounts.devices(alice)).toHaveLength(2);
  });

  const refused = { status: 403, body: { errcode: "M_FORBIDDEN", error: "The user or the password is not correct." } };

  it.each<[string, Partial<LoginRequest>]>([
    ["a wrong password", { password: "wrong" }],
    ["a name that nobody has", byUser("nobody")],
    ["a user of another server", byUser("@alice:elsewhere.example")],
    ["a name that is none", byUser("@@")],
    ["an address of nobody", { identifier: { type: "m.id.thirdparty", medium: "email", address: "bob@example.org" } }],
    ["an address of an unknown kind", { identifier: { type: "m.id.thirdparty", medium: "fax", address: "1" } }],
    ["a number that is none", { identifier: { type: "m.id.phone", country: "GB", phone: "1" } }],
    ["a country that is none", { identifier: { type: "m.id.phone", country: "XX", phone: "07400123456" } }],
  ])("refuses %s alike", async (_, who) => {
    for (const answer of await inBothEras({ ...right, ...who })) expect(answer).toMatchObject(refused);
  });

  it("refuses guests, who have no password", async () => {
    const { user_id } = await server.client.orThrow.register({ query: { kind: "guest" } });
    for (const answer of await inBothEras({ ...right, ...byUser(user_id) })) expect(answer).toMatchObject(refused);
  });

  it.each<[string, LoginRequest, object]>([
    ["an unknown way", { ...right, type: "m.login.fingerprint" }, { errcode: "M_UNKNOWN" }],
    [
      "no password",
      { type: right.type, ...byUser("alice") },
      { errcode: "M_MISSING_PARAM", error: "Missing parameter: password" },
    ],
    ["no name", { type: right.type, password }, { errcode: "M_MISSING_PARAM", error: "Missing parameter: identifier" }],
    [
      "an identifier without its name",
      { ...right, identifier: { type: "m.id.user" } },
      { errcode: "M_MISSING_PARAM", error: "Missing parameter: identifier.user" },
    ],
    [
      "an identifier of an unknown kind",
      { ...right, identifier: { type: "m.id.face" } },
      { errcode: "M_INVALID_PARAM", error: "identifier.type is not known here" },
    ],
    [
      "an address without its kind's address",
      { type: right.type, password, medium: "email" },
      { errcode: "M_MISSING_PARAM", error: "Missing parameter: address" },
    ],
  ])("explains %s", async (_, body, error) => {
    for (const answer of await inBothEras(body)) expect(answer).toMatchObject({ status: 400, body: error });
  });

  it("tells application services of v3 that they do not log in here", async () => {
    const body = { ...right, type: "m.login.application_service" };
    const want = { status: 400, body: { errcode: "M_APPSERVICE_LOGIN_UNSUPPORTED" } };
    expect(await server.v3.login({ body })).toMatchObject(want);
  });

  it.each<[string, Partial<LoginRequest>, string]>([
    ["nobody's name", byUser("nobody"), "@nobody:example.org"],
    ["somebody's", { ...byUser("alice"), password: "wrong" }, alice],
    [
      "nobody's address in any spelling",
      { identifier: { type: "m.id.thirdparty", medium: "email", address: "BOB@Example.org" } },
      "email bob@example.org",
    ],
    [
      "somebody's",
      { password: "wrong", identifier: { type: "m.id.thirdparty", medium: "email", address: "ALICE@Example.org" } },
      "email alice@example.org",
    ],
    [
      "nobody's number as it is dialled",
      { identifier: { type: "m.id.phone", country: "GB", phone: "07400 123457" } },
      "msisdn 447400123457",
    ],
  ])("counts wrong tries of %s by it", async (_, who, name) => {
    server.limiter.counted.length = 0;
    await server.v3.login({ body: { ...right, ...who } });
    const counted = server.limiter.counted.filter((line) => line.startsWith("password."));
    // In process a client has no address.
    const account = name.startsWith("email alice") ? alice : name;
    expect(counted.map((line) => line.trimEnd())).toEqual([
      "password.ip",
      `password.account name ${name}`,
      `password.everywhere name ${name}`,
      `password.account account ${account}`,
      `password.everywhere account ${account}`,
    ]);
  });

  it("refuses what has been tried too often, and counts no right password by account", async () => {
    server.limiter.counted.length = 0;
    await server.v3.orThrow.login({ body: right });
    expect(server.limiter.counted.filter((line) => /^password\.(?!ip )/.test(line))).toEqual([]);
    for (const scope of ["password.ip", "password.account", "password.everywhere"] as const) {
      server.limiter.refused.add(scope);
      expect(await server.v3.login({ body: right })).toMatchObject({
        status: 429,
        body: { errcode: "M_LIMIT_EXCEEDED" },
      });
      server.limiter.refused.clear();
    }
  });

  it.each([{ device_id: "X\ud800" }, { device_id: "X\0" }, { initial_device_display_name: "a\nb" }])(
    "opens nothing for %j, which no store would give back",
    async (wishes) => {
      const before = await server.accounts.devices(alice);
      for (const answer of await inBothEras({ ...right, ...wishes })) {
        expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
      }
      expect(await server.accounts.devices(alice)).toEqual(before);
    },
  );

  it("tells that an account has ended", async () => {
    await server.accounts.deactivate(alice, 1);
    for (const answer of await inBothEras(right)) {
      expect(answer).toMatchObject({ status: 403, body: { errcode: "M_USER_DEACTIVATED" } });
    }
  });

  it("tells whoever has the password of a locked account so, and nobody else", async () => {
    await server.accounts.setLocked(alice, true);
    for (const answer of await inBothEras(right)) {
      expect(answer).toMatchObject({ status: 401, body: { errcode: "M_USER_LOCKED", soft_logout: true } });
    }
    expect(await server.v3.login({ body: { ...right, password: "wrong" } })).toMatchObject(refused);
    expect(await server.accounts.devices(alice)).toHaveLength(1);
  });
});

describe("a login while the account changes", () => {
  /** Does something between the check of the password and the opening of the session. */
  const meanwhile = async (change: (times: number) => Promise<unknown>) => {
    let times = 0;
    const open = server.accounts.openSession;
    const changing = homeserver({
      accountStore: {
        ...server.accounts,
        openSession: async (login) => {
          times += 1;
          await change(times);
          return open(login);
        },
      },
    });
    const answer = await changing.v3.login({ body: right });
    changing.close();
    return answer;
  };

  it("does not get in by a password that is none any more", async () => {
    const change = { mxid: alice, passwordHash: "another", keepDevices: [] };
    expect(await meanwhile(() => server.accounts.changePassword(change))).toMatchObject({ status: 403 });
    expect(await server.accounts.devices(alice)).toEqual([]);
  });

  it("gets in when the same password was only hashed anew", async () => {
    const { passwordHash: hash = "" } = (await server.accounts.find(alice)) ?? {};
    // The same line, as another login at the same time would have stored it.
    const renewed = hash.replace("ln=4,", "ln=04,");
    const answer = await meanwhile(async (times) => {
      if (times === 1) await server.accounts.renewPasswordHash(alice, hash, renewed);
    });
    expect(answer).toMatchObject({ status: 200, body: { user_id: alice } });
  });

  it("does not get into an account that ends meanwhile", async () => {
    expect(await meanwhile(() => server.accounts.deactivate(alice, 1))).toMatchObject({ status: 403 });
  });
});

describe("logging out", () => {
  it("ends the device that asks, and no other", async () => {
    const one = await server.v3.orThrow.login({ body: right });
    const other = await server.client.orThrow.login({ body: right });
    expect(await server.v3.logout({}, { accessToken: one.access_token })).toMatchObject({ status: 200, body: {} });
    expect(await whoami(one.access_token)).toMatchObject({ errcode: "M_UNKNOWN_TOKEN" });
    expect(await server.client.logout({}, { accessToken: other.access_token })).toMatchObject({ status: 200 });
    expect(await server.accounts.devices(alice)).toHaveLength(1);
    expect(await server.v3.logout({}, { accessToken: one.access_token })).toMatchObject({ status: 401 });
  });

  it("ends every device, without a password", async () => {
    for (const logOut of [server.v3.logout_all, server.client.logout_all]) {
      const tokens: string[] = [];
      for (const _ of [1, 2]) tokens.push((await server.v3.orThrow.login({ body: right })).access_token);
      expect(await logOut({}, { accessToken: tokens[0] ?? "" })).toMatchObject({ status: 200, body: {} });
      for (const token of tokens) expect(await whoami(token)).toMatchObject({ errcode: "M_UNKNOWN_TOKEN" });
      expect(await server.accounts.devices(alice)).toEqual([]);
    }
  });
});
