import { afterEach, expect, it } from "vitest";
import { endedDeviceLifeMs, housekeeping } from "../../../runtime/homeserver/domain/housekeeping.js";
import { tokenHash } from "../../../runtime/protocol/tokens.js";
import { homeserver, password, registerUser, sessionOf, validatedEmail } from "./homeserver.js";

const day = 24 * 60 * 60 * 1000;

const server = homeserver();
afterEach(() => server.close());

it("drops what nobody can use any more, and only that", async () => {
  const { accounts, storage, client, clock } = server;
  const sweep = housekeeping({ accounts, ...storage, clock });
  await registerUser(server, "alice");
  const session = await sessionOf(client.register({ body: {} }));
  const threepid_creds = await validatedEmail(server, "Register", "bob@example.org", "secret");
  const { sid } = threepid_creds;
  const auth = { type: "m.login.email.identity", threepid_creds };
  expect(await client.register({ body: { username: "bob", password, auth } })).toMatchObject({ status: 200 });
  await storage.openIdTokens.add("proof", "@alice:example.org", clock.now() + day);
  const keeper = { idServer: "id.example", sealedToken: undefined };
  await storage.delegatedSessions.record({ medium: "msisdn", sid, secretHash: "x" }, keeper, clock.now());

  const kept = async () => [
    (await storage.interactiveSessions.find(tokenHash(session))) !== undefined,
    (await storage.openIdTokens.ownerOf("proof", 0)) !== undefined,
    (await storage.validationPurposes.purposeOf(sid)) !== undefined,
    (await storage.delegatedSessions.keeperOf({ medium: "msisdn", sid, secretHash: "x" })) !== undefined,
    await storage.claims.isSpent({ idServer: undefined, sid }),
  ];
  clock.advance(day);
  expect([await sweep(), await kept()]).toEqual([0, [true, true, true, true, true]]);
  clock.advance(1);
  // Two registrations, a session that led to nothing, and a proof of identity.
  expect([await sweep(), await kept()]).toEqual([4, [false, false, true, true, true]]);
  clock.advance(2 * day - 1);
  expect([await sweep(), await kept()]).toEqual([0, [false, false, true, true, true]]);
  clock.advance(1);
  expect([await sweep(), await kept()]).toEqual([3, [false, false, false, false, false]]);
  expect(await sweep()).toBe(0);
});

it("drops devices a month after their tokens have ended, and tells them so until then", async () => {
  const minute = 60_000;
  const home = homeserver({ tokens: { accessLifetimeMs: minute, refreshLifetimeMs: 10 * minute } });
  const { accounts, storage, v3, clock } = home;
  const sweep = housekeeping({ accounts, ...storage, clock });
  const { mxid } = await registerUser(home, "alice");
  const login = { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password };
  const { access_token: accessToken } = await v3.orThrow.login({ body: { ...login, refresh_token: true } });
  const refused = async () => (await v3.getTokenOwner({}, { accessToken })).body;
  clock.advance(10 * minute + endedDeviceLifeMs);
  await sweep();
  expect(await refused()).toMatchObject({ errcode: "M_UNKNOWN_TOKEN", soft_logout: true });
  clock.advance(1);
  await sweep();
  expect(await refused()).toEqual({ errcode: "M_UNKNOWN_TOKEN", error: expect.any(String) });
  // What it registered with lasts.
  expect(await accounts.devices(mxid)).toHaveLength(1);
  home.close();
});
