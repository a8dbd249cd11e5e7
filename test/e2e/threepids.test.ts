import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicAddress } from "../support/public-address.js";
import {
  add,
  email,
  listed,
  lookUp,
  newSecret,
  type Owned,
  offered,
  openLink,
  password,
  phone,
  prove,
  register,
} from "./journeys.js";
import { idServer, type Servers, startServers } from "./servers.js";

/** Closes an account by its password. */
const deactivate = async ({ homeserver }: Servers, accessToken: string, id_server?: string) => {
  const named = id_server === undefined ? {} : { id_server };
  const session = offered(await homeserver.deactivateAccount({ body: named }, { accessToken }));
  const auth = { type: "m.login.password", session, password };
  return homeserver.orThrow.deactivateAccount({ body: { ...named, auth } }, { accessToken });
};

describe("addresses of an account, validated by an identity server", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ validate: "proxy" });
  });
  afterAll(() => servers.close());

  const rows: readonly (readonly [string, Owned])[] = [
    ["email", email("anna@example.org")],
    ["msisdn", phone("21")],
  ];

  it.each(rows)("%s: is added unbound, listed, and deleted with nothing to unbind", async (medium, owned) => {
    const { homeserver } = servers;
    const { accessToken } = await register(servers, `unbound.${medium}`);
    await add(servers, accessToken, owned, "proxy");
    expect(await listed(servers, accessToken)).toEqual([{ medium: owned.medium, address: owned.address }]);
    expect(await lookUp(servers, owned)).toBeUndefined();

    const { medium: kind, address } = owned;
    const body = { medium: kind, address };
    expect(await homeserver.orThrow.delete3pidFromAccount({ body }, { accessToken })).toEqual({
      id_server_unbind_result: "no-support",
    });
    expect(await listed(servers, accessToken)).toEqual([]);
  });

  it.each(rows)("%s: is added and bound, found by everybody, and deleted with its binding", async (medium, owned) => {
    const { homeserver } = servers;
    const { mxid, accessToken } = await register(servers, `bound.${medium}`);
    await add(servers, accessToken, owned, "proxy", true);
    expect(await listed(servers, accessToken)).toEqual([{ medium: owned.medium, address: owned.address }]);
    expect(await lookUp(servers, owned)).toBe(mxid);

    // Another account cannot take it, bound or not.
    const other = await register(servers, `other.${medium}`);
    await expect(add(servers, other.accessToken, owned, "proxy")).rejects.toMatchObject({
      status: 400,
      body: { errcode: "M_THREEPID_IN_USE" },
    });

    const { medium: kind, address } = owned;
    expect(
      await homeserver.orThrow.delete3pidFromAccount({ body: { medium: kind, address } }, { accessToken }),
    ).toEqual({ id_server_unbind_result: "success" });
    expect(await lookUp(servers, owned)).toBeUndefined();
    expect(await listed(servers, accessToken)).toEqual([]);
  });

  it("unbinds only what the user has: somebody else's binding stays", async () => {
    const { homeserver, identity } = servers;
    const owned = email("shared@example.org");
    const { accessToken } = await register(servers, "former");
    await add(servers, accessToken, owned, "proxy", true);
    // The address goes on to a user of another homeserver.
    const client_secret = newSecret();
    const { sid } = await identity.orThrow.emailRequestToken({ body: { email: owned.address, client_secret } });
    expect((await openLink(servers, owned.address)).status).toBe(200);
    await identity.orThrow.bind({ body: { sid, client_secret, mxid: "@latter:elsewhere.example" } });

    const body = { medium: "email", address: owned.address } as const;
    expect(await homeserver.orThrow.delete3pidFromAccount({ body }, { accessToken })).toEqual({
      id_server_unbind_result: "success",
    });
    expect(await lookUp(servers, owned)).toBe("@latter:elsewhere.example");
  });

  it("are unbound when the account is closed, and free for others", async () => {
    const { homeserver } = servers;
    const [address, number] = [email("bertha@example.org"), phone("22")];
    const { mxid, accessToken } = await register(servers, "bertha");
    await add(servers, accessToken, address, "proxy", true);
    await add(servers, accessToken, number, "proxy", true);
    expect([await lookUp(servers, address), await lookUp(servers, number)]).toEqual([mxid, mxid]);

    expect(await deactivate(servers, accessToken)).toEqual({ id_server_unbind_result: "success" });
    expect([await lookUp(servers, address), await lookUp(servers, number)]).toEqual([undefined, undefined]);
    expect(await homeserver.getTokenOwner({}, { accessToken })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    });
    expect(await homeserver.checkUsernameAvailability({ query: { username: "bertha" } })).toMatchObject({
      status: 400,
      body: { errcode: "M_USER_IN_USE" },
    });

    const heir = await register(servers, "heir");
    await add(servers, heir.accessToken, address, "proxy", true);
    expect(await lookUp(servers, address)).toBe(heir.mxid);
  });

  it("are unbound where the closing client says, too", async () => {
    const { identity } = servers;
    const owned = email("clara@example.org");
    const { mxid, accessToken } = await register(servers, "clara");
    await add(servers, accessToken, owned, "proxy");
    // Bound past the homeserver, which has no record of it.
    const client_secret = newSecret();
    const { sid } = await identity.orThrow.emailRequestToken({ body: { email: owned.address, client_secret } });
    expect((await openLink(servers, owned.address)).status).toBe(200);
    await identity.orThrow.bind({ body: { sid, client_secret, mxid } });
    expect(await lookUp(servers, owned)).toBe(mxid);
    expect(await deactivate(servers, accessToken, idServer)).toEqual({ id_server_unbind_result: "success" });
    expect(await lookUp(servers, owned)).toBeUndefined();
  });

  it("are unbound at no place that a client may not send a homeserver to, and the account is closed all the same", async () => {
    const { homeserver } = servers;
    const inner = await publicAddress();
    try {
      const { accessToken } = await register(servers, "dagmar");
      await add(servers, accessToken, email("dagmar@example.org"), "proxy", true);
      expect(await deactivate(servers, accessToken, new URL(inner.url).host)).toEqual({
        id_server_unbind_result: "no-support",
      });
      expect(inner.connections).toBe(0);
      // Where it was bound it is unbound; only the other place spoils the result.
      expect(await lookUp(servers, email("dagmar@example.org"))).toBeUndefined();
      expect(await homeserver.getTokenOwner({}, { accessToken })).toMatchObject({ status: 401 });
      await expect(fetch(inner.url)).rejects.toThrow();
      expect(inner.connections).toBe(1);
    } finally {
      await inner.close();
    }
  });

  it("that were never bound need no unbinding when the account is closed", async () => {
    const { accessToken } = await register(servers, "cecily");
    await add(servers, accessToken, email("cecily@example.org"), "proxy");
    expect(await deactivate(servers, accessToken)).toEqual({ id_server_unbind_result: "success" });
  });
});

describe("addresses of an account whose identity server cannot be reached", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ validate: "proxy" });
  });
  afterAll(() => servers.close());

  it("are neither validated nor added, and the client is told whose fault it is", async () => {
    const { homeserver } = servers;
    const owned = email("gerda@example.org");
    const { accessToken } = await register(servers, "gerda");
    const three_pid_creds = await prove(servers, "add", owned, "proxy");
    servers.identityReachable(false);
    const body = { email: owned.address, client_secret: newSecret(), send_attempt: 1, id_server: idServer };
    expect(await homeserver.requestTokenTo3PIDEmail({ body })).toMatchObject({
      status: 502,
      body: { errcode: "M_UNKNOWN" },
    });
    expect(await homeserver.post3PIDs({ body: { three_pid_creds } }, { accessToken })).toMatchObject({
      status: 403,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
    servers.identityReachable(true);
    await homeserver.orThrow.post3PIDs({ body: { three_pid_creds } }, { accessToken });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: owned.address }]);
  });

  it("are deleted, and accounts closed, with word that nothing was unbound", async () => {
    const { homeserver } = servers;
    const [first, second] = [email("hans@example.org"), email("helga@example.org")];
    const { accessToken } = await register(servers, "hans");
    await add(servers, accessToken, first, "proxy", true);
    await add(servers, accessToken, second, "proxy", true);
    servers.identityReachable(false);
    const unsupported = { id_server_unbind_result: "no-support" };
    const body = { medium: "email", address: first.address } as const;
    expect(await homeserver.orThrow.delete3pidFromAccount({ body }, { accessToken })).toEqual(unsupported);
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: second.address }]);
    expect(await deactivate(servers, accessToken)).toEqual(unsupported);
    expect(await homeserver.getTokenOwner({}, { accessToken })).toMatchObject({ status: 401 });
    servers.identityReachable(true);
  });
});

describe("addresses of an account, validated by the homeserver", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers.close());

  it.each([
    ["email", email("dieter@example.org")],
    ["msisdn", phone("31")],
  ] as const)("%s: is added, listed, deleted and added again", async (medium, owned) => {
    const { homeserver } = servers;
    const { accessToken } = await register(servers, `dieter.${medium}`);
    await add(servers, accessToken, owned, "self");
    expect(await listed(servers, accessToken)).toEqual([{ medium, address: owned.address }]);
    await homeserver.orThrow.delete3pidFromAccount({ body: { medium, address: owned.address } }, { accessToken });
    expect(await listed(servers, accessToken)).toEqual([]);
    await add(servers, accessToken, owned, "self");
    expect(await listed(servers, accessToken)).toEqual([{ medium, address: owned.address }]);
  });

  it("cannot be bound where nobody validated them: a session of the identity server is added and bound instead", async () => {
    const { homeserver, identity } = servers;
    const owned = email("emil@example.org");
    const { mxid, accessToken } = await register(servers, "emil");
    await expect(add(servers, accessToken, owned, "self", true)).rejects.toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_PARAM" },
    });
    expect(await listed(servers, accessToken)).toEqual([]);

    const client_secret = newSecret();
    const { sid } = await identity.orThrow.emailRequestToken({ body: { email: owned.address, client_secret } });
    const three_pid_creds = { sid, client_secret, id_server: idServer };
    expect(await homeserver.post3PIDs({ body: { three_pid_creds, bind: true } }, { accessToken })).toMatchObject({
      status: 403,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
    expect((await openLink(servers, owned.address)).status).toBe(200);
    await homeserver.orThrow.post3PIDs({ body: { three_pid_creds, bind: true } }, { accessToken });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: owned.address }]);
    expect(await lookUp(servers, owned)).toBe(mxid);
  });

  it("are bound over version 2 by the token that the client has for it", async () => {
    const { homeserver, identity } = servers;
    const owned = email("fanny@example.org");
    const { mxid, accessToken } = await register(servers, "fanny");
    const id_access_token = await servers.identityToken(mxid);
    const client_secret = newSecret();
    const body = { email: owned.address, client_secret, send_attempt: 1 };
    const { sid } = await identity.orThrow.emailRequestTokenV2({ body }, { accessToken: id_access_token });
    expect((await openLink(servers, owned.address)).status).toBe(200);
    const three_pid_creds = { sid, client_secret, id_server: idServer, id_access_token };
    await homeserver.orThrow.post3PIDs({ body: { three_pid_creds, bind: true } }, { accessToken });
    expect(await lookUp(servers, owned)).toBe(mxid);
  });
});
