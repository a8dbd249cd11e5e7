import { afterEach, beforeEach, expect, it } from "vitest";
import { openIdTokens } from "../../../runtime/homeserver/domain/openid-tokens.js";
import { systemRandom, tokenHash } from "../../../runtime/protocol/tokens.js";
import { type Homeserver, homeserver, password, registerUser } from "./homeserver.js";

const hour = 3_600_000;

let server: Homeserver;
let alice: Awaited<ReturnType<typeof registerUser>>;
beforeEach(async () => {
  server = homeserver();
  alice = await registerUser(server, "alice");
});
afterEach(() => server.close());

const asked = async (): Promise<string> => {
  const { mxid, accessToken } = alice;
  const body = await server.client.orThrow.requestOpenIdToken({ params: { userId: mxid }, body: {} }, { accessToken });
  expect(body).toEqual({
    access_token: expect.stringMatching(/^[A-Za-z0-9]{43}$/),
    token_type: "Bearer",
    matrix_server_name: "example.org",
    expires_in: 3_600,
  });
  return body.access_token;
};

const owner = (token: string): Promise<string> => {
  const { accounts, storage, limiter, clock } = server;
  return openIdTokens({ ...storage, accounts, limiter, clock, random: systemRandom }).ownerOf(token);
};

it("proves who its user is, as often as it is asked about, for an hour", async () => {
  const token = await asked();
  server.clock.advance(hour - 1);
  expect([await owner(token), await owner(token)]).toEqual([alice.mxid, alice.mxid]);
  server.clock.advance(1);
  await expect(owner(token)).rejects.toMatchObject({ errcode: "M_UNKNOWN_TOKEN", status: 401 });
});

it("is kept as a hash alone, and forgotten when it has ended", async () => {
  const token = await asked();
  const { openIdTokens: stored } = server.storage;
  expect(await stored.ownerOf(token, server.clock.now())).toBeUndefined();
  expect(await stored.ownerOf(tokenHash(token), server.clock.now())).toBe(alice.mxid);
  server.clock.advance(hour);
  expect(await stored.dropExpiredBefore(server.clock.now() + 1, 10)).toBe(1);
});

it("opens nothing, and an access token proves nobody's identity", async () => {
  const accessToken = await asked();
  const refused = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } };
  expect(await server.client.getTokenOwner({}, { accessToken })).toMatchObject(refused);
  const request = { params: { userId: alice.mxid }, body: {} };
  expect(await server.client.requestOpenIdToken(request, { accessToken })).toMatchObject(refused);
  await expect(owner(alice.accessToken)).rejects.toMatchObject({ errcode: "M_UNKNOWN_TOKEN" });
});

it("proves nothing any more once its account has ended", async () => {
  const token = await asked();
  const { accessToken } = alice;
  const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password };
  expect((await server.client.deactivateAccount({ body: { auth } }, { accessToken })).status).toBe(200);
  await expect(owner(token)).rejects.toMatchObject({ errcode: "M_UNKNOWN_TOKEN" });
});

it("proves nothing while its account is locked", async () => {
  const token = await asked();
  await server.accounts.setLocked(alice.mxid, true);
  await expect(owner(token)).rejects.toMatchObject({ errcode: "M_UNKNOWN_TOKEN" });
  await server.accounts.setLocked(alice.mxid, false);
  expect(await owner(token)).toBe(alice.mxid);
});

it("is made for nobody else, however their name is written", async () => {
  const bob = await registerUser(server, "bob");
  const { accessToken } = alice;
  for (const userId of [bob.mxid, "alice", "@Alice:example.org", "@alice:example.com", "@alice:example.org "]) {
    const answer = await server.client.requestOpenIdToken({ params: { userId }, body: {} }, { accessToken });
    expect(answer).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
  }
});
