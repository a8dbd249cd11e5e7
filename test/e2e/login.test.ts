/** r0: an account is entered by whatever identifies it, whoever validated its addresses, and left and closed for good. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoginRequest } from "../../generated/client-server/index.js";
import { add, email, lookUp, type Owned, offered, password, phone, register, type Way } from "./journeys.js";
import { idServer, type Servers, startServers } from "./servers.js";

describe.each<Way>(["self", "proxy"])("logging in, where addresses are validated by %s", (way) => {
  let servers: Servers;
  let account: Awaited<ReturnType<typeof register>>;
  const mail = email(`alice.${way}@example.org`);
  const number = phone(way === "self" ? "71" : "72");

  beforeAll(async () => {
    servers = await startServers({ validate: way });
    account = await register(servers, "alice");
    for (const owned of [mail, number]) await add(servers, account.accessToken, owned, way);
  });
  afterAll(() => servers.close());

  const logIn = (who: Omit<LoginRequest, "type">, secret = password) =>
    servers.homeserver.login({ body: { type: "m.login.password", ...who, password: secret } });

  const { country, phone_number } = number as Extract<Owned, { medium: "msisdn" }>; // as phone() makes it
  const thirdParty = { type: "m.id.thirdparty", medium: "email" };
  const ways: readonly (readonly [string, Omit<LoginRequest, "type">])[] = [
    ["the user's id", { identifier: { type: "m.id.user", user: "@alice:example.org" } }],
    ["its local part", { identifier: { type: "m.id.user", user: "alice" } }],
    ["a mail address", { identifier: { ...thirdParty, address: mail.address } }],
    ["a mail address in another case", { identifier: { ...thirdParty, address: mail.address.toUpperCase() } }],
    ["a phone number", { identifier: { type: "m.id.phone", country, phone: phone_number } }],
    ["a phone number under its old name", { identifier: { type: "m.id.phone", country, number: phone_number } }],
    ["a user as older clients say it", { user: "alice" }],
    ["a mail address as older clients say it", { medium: "email", address: mail.address }],
  ];

  it.each(ways)("takes %s, and the password", async (_what, who) => {
    const { homeserver } = servers;
    const answer = await logIn(who);
    expect(answer).toMatchObject({ status: 200, body: { user_id: account.mxid, home_server: "example.org" } });
    if (answer.status !== 200) return;
    const { access_token: accessToken } = answer.body;
    expect(await homeserver.orThrow.getTokenOwner({}, { accessToken })).toMatchObject({ user_id: account.mxid });
    await homeserver.orThrow.logout({}, { accessToken });
    expect(await homeserver.getTokenOwner({}, { accessToken })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    });
    // The others stay.
    expect(await homeserver.getTokenOwner({}, account)).toMatchObject({ status: 200 });
    expect(await logIn(who, "wrong")).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
  });

  it("tells nobody whether there is such an account", async () => {
    const nobody = await logIn({ identifier: { ...thirdParty, address: "nobody@example.org" } });
    const wrong = await logIn({ identifier: { ...thirdParty, address: mail.address } }, "wrong");
    expect(nobody).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
    expect(nobody.body).toEqual(wrong.body);
  });

  it("ends with the account, and its addresses are nobody's", async () => {
    const { homeserver } = servers;
    const { mxid, accessToken } = await register(servers, "bertha");
    const owned = email(`bertha.${way}@example.org`);
    await add(servers, accessToken, owned, way, way === "proxy");
    if (way === "proxy") expect(await lookUp(servers, owned)).toBe(mxid);
    const body = { id_server: idServer };
    const session = offered(await homeserver.deactivateAccount({ body }, { accessToken }));
    const auth = { type: "m.login.password", session, identifier: { type: "m.id.user", user: mxid }, password };
    await homeserver.orThrow.deactivateAccount({ body: { ...body, auth } }, { accessToken });
    expect(await homeserver.getTokenOwner({}, { accessToken })).toMatchObject({ status: 401 });
    for (const identifier of [
      { type: "m.id.user", user: mxid },
      { ...thirdParty, address: owned.address },
    ]) {
      expect(await logIn({ identifier })).toMatchObject({ status: 403 });
    }
    expect(await lookUp(servers, owned)).toBeUndefined();
    const heir = await register(servers, "heir");
    await add(servers, heir.accessToken, owned, way);
    expect(await logIn({ identifier: { ...thirdParty, address: owned.address } })).toMatchObject({
      status: 200,
      body: { user_id: heir.mxid },
    });
  });
});
