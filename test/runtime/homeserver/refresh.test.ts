import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Homeserver, homeserver, password, registerUser } from "./homeserver.js";

const alice = "@alice:example.org";
const lifetimeMs = 60_000;
const credentials = { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password };

let server: Homeserver;
beforeEach(async () => {
  server = homeserver();
  await registerUser(server, "alice");
});
afterEach(() => server.close());

const logIn = async () => {
  const body = { ...credentials, refresh_token: true };
  const { access_token: access, refresh_token: refresh = "", expires_in_ms } = await server.v3.orThrow.login({ body });
  expect(expires_in_ms).toBe(lifetimeMs);
  return { access, refresh };
};

const refresh = (token: string) => server.v3.refresh({ body: { refresh_token: token } });

const refreshed = async (token: string) => {
  const body = await server.v3.orThrow.refresh({ body: { refresh_token: token } });
  expect(body.expires_in_ms).toBe(lifetimeMs);
  return { access: body.access_token, refresh: body.refresh_token ?? "" };
};

const statusOf = async (access: string) => (await server.v3.getTokenOwner({}, { accessToken: access })).status;

const softly = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN", soft_logout: true } };

describe("refreshing", () => {
  it("gives new tokens before and after the old ones have expired", async () => {
    const first = await logIn();
    server.clock.advance(lifetimeMs - 1);
    expect(await statusOf(first.access)).toBe(200);
    const second = await refreshed(first.refresh);
    server.clock.advance(lifetimeMs);
    expect(await server.v3.getTokenOwner({}, { accessToken: second.access })).toMatchObject(softly);
    const third = await refreshed(second.refresh);
    expect(await statusOf(third.access)).toBe(200);
    expect(await server.accounts.devices(alice)).toHaveLength(2);
  });

  it("tells softly in both eras that a token has expired, and that a device may log in again", async () => {
    const { access } = await logIn();
    const { device_id } = await server.v3.orThrow.getTokenOwner({}, { accessToken: access });
    server.clock.advance(lifetimeMs);
    expect(await server.v3.getTokenOwner({}, { accessToken: access })).toMatchObject(softly);
    expect(await server.client.getTokenOwner({}, { accessToken: access })).toMatchObject(softly);
    expect(
      await server.client.changePassword({ body: { new_password: password } }, { accessToken: access }),
    ).toMatchObject(softly);
    const again = await server.v3.orThrow.login({ body: { ...credentials, device_id: device_id ?? "" } });
    expect(again.device_id).toBe(device_id);
  });

  it("leaves tokens of clients that do not refresh as they are", async () => {
    const { access_token: access } = await server.v3.orThrow.login({ body: credentials });
    server.clock.advance(1000 * lifetimeMs);
    expect(await statusOf(access)).toBe(200);
  });

  it("gives a client whose answer was lost another one", async () => {
    const first = await logIn();
    const lost = await refreshed(first.refresh);
    const second = await refreshed(first.refresh);
    expect(await statusOf(lost.access)).toBe(401);
    expect(await refresh(lost.refresh)).toMatchObject({ status: 401 });
    expect(await statusOf(second.access)).toBe(200);
    expect(await statusOf(first.access)).toBe(401);
  });

  it("refuses a token that was replaced, softly, and one of a device that is gone, for good", async () => {
    const first = await logIn();
    const second = await refreshed(first.refresh);
    await statusOf(second.access);
    expect(await refresh(first.refresh)).toMatchObject(softly);
    // Who presents it has not harmed whoever has the present ones.
    expect(await statusOf(second.access)).toBe(200);
    await server.v3.orThrow.logout({}, { accessToken: second.access });
    for (const token of [first.refresh, second.refresh, "unknown"]) {
      const { status, body } = await refresh(token);
      expect([status, body]).toMatchObject([401, { errcode: "M_UNKNOWN_TOKEN" }]);
      expect(body).not.toHaveProperty("soft_logout");
    }
  });

  it("takes no access token in place of a refresh token, nor the other way round", async () => {
    const { access, refresh: token } = await logIn();
    expect(await refresh(access)).toMatchObject({ status: 401 });
    expect(await statusOf(token)).toBe(401);
  });

  it("ends with the refresh token's own lifetime, counted anew from each refresh", async () => {
    const accountStore = server.accounts;
    const own = homeserver({ accountStore, tokens: { refreshLifetimeMs: 3 * lifetimeMs } });
    const body = { ...credentials, refresh_token: true };
    const { refresh_token: first = "" } = await own.v3.orThrow.login({ body });
    own.clock.advance(2 * lifetimeMs);
    const { refresh_token: second = "" } = await own.v3.orThrow.refresh({ body: { refresh_token: first } });
    own.clock.advance(3 * lifetimeMs - 1);
    const { refresh_token: third = "" } = await own.v3.orThrow.refresh({ body: { refresh_token: second } });
    own.clock.advance(3 * lifetimeMs);
    expect(await own.v3.refresh({ body: { refresh_token: third } })).toMatchObject(softly);
    own.close();
  });
});

describe("a locked account", () => {
  const lockedOut = { status: 401, body: { errcode: "M_USER_LOCKED", soft_logout: true } };

  it("can do nothing but leave, until it is unlocked", async () => {
    const { access, refresh: token } = await logIn();
    const options = { accessToken: access };
    await server.accounts.setLocked(alice, true);
    const answers = [
      await server.v3.getTokenOwner({}, options),
      await server.client.getTokenOwner({}, options),
      await server.v3.getDevices({}, options),
      await server.client.getAccount3PIDs({}, options),
      await server.client.changePassword({ body: { new_password: password } }, options),
      await server.client.deactivateAccount({}, options),
      await refresh(token),
    ];
    for (const answer of answers) expect(answer).toMatchObject(lockedOut);
    await server.accounts.setLocked(alice, false);
    expect(await statusOf(access)).toBe(200);
    await server.accounts.setLocked(alice, true);
    expect(await server.v3.logout({}, options)).toMatchObject({ status: 200 });
    expect(await statusOf(access)).toBe(401);
    const other = await server.accounts.devices(alice);
    expect(other).toHaveLength(1);
  });

  it("is not opened by a proof without a token either", async () => {
    await server.accounts.setLocked(alice, true);
    const auth = { type: "m.login.password", identifier: credentials.identifier, password };
    expect(await server.client.deactivateAccount({ body: { auth } })).toMatchObject(lockedOut);
    expect(await server.accounts.find(alice)).toMatchObject({ state: "locked" });
  });

  it("may end all its devices", async () => {
    const { access } = await logIn();
    await server.accounts.setLocked(alice, true);
    expect(await server.client.logout_all({}, { accessToken: access })).toMatchObject({ status: 200 });
    expect(await server.accounts.devices(alice)).toEqual([]);
  });
});
