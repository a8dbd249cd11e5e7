import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { validatedSession } from "../identity/identity-server.js";
import { registerUser } from "./homeserver.js";
import { bothServers, idServer, type Servers } from "./identity-server.js";

let servers: Servers;
afterEach(() => servers.close());

describe("POST /account/3pid with a session of an identity server", () => {
  const alice = "@alice:example.org";
  let accessToken = "";
  beforeEach(async () => {
    // Sessions of an identity server count even where the homeserver validates by itself.
    servers = await bothServers();
    accessToken = (await registerUser(servers.server, "alice")).accessToken;
  });

  const creds = async () => ({
    ...(await validatedSession(servers.identity, "Alice@example.org")),
    id_server: idServer,
  });
  const add = async (body: { three_pid_creds: Awaited<ReturnType<typeof creds>>; bind?: boolean }) =>
    servers.server.client.post3PIDs({ body }, { accessToken });
  const list = async () => (await servers.server.client.orThrow.getAccount3PIDs({}, { accessToken })).threepids;
  const bound = () => servers.server.storage.recordedBindings.list(alice);

  it("adds without binding", async () => {
    expect(await add({ three_pid_creds: await creds() })).toMatchObject({ status: 200, body: {} });
    expect(await list()).toMatchObject([{ medium: "email", address: "alice@example.org" }]);
    expect(await bound()).toEqual([]);
  });

  it("adds and binds, and adding again changes nothing", async () => {
    const three_pid_creds = await creds();
    for (const _ of [1, 2]) expect(await add({ three_pid_creds, bind: true })).toMatchObject({ status: 200 });
    expect(await list()).toHaveLength(1);
    expect(await bound()).toMatchObject([{ address: "alice@example.org", idServer }]);
  });

  it("keeps the address, unbound, when the identity server refuses to bind", async () => {
    const three_pid_creds = await creds();
    servers.stand.in = (request) =>
      request.url.endsWith("/bind")
        ? Response.json({ errcode: "M_TERMS_NOT_SIGNED", error: "terms" }, { status: 403 })
        : servers.identity.fetch(request);
    expect(await add({ three_pid_creds, bind: true })).toMatchObject({
      status: 403,
      body: { errcode: "M_TERMS_NOT_SIGNED" },
    });
    expect(await list()).toHaveLength(1);
    expect(await bound()).toEqual([]);
  });

  it.each([
    { what: "refuses to bind it again", answer: () => Response.json({ errcode: "M_X", error: "x" }, { status: 400 }) },
    { what: "does not answer", answer: () => Promise.reject<Response>(new TypeError("fetch failed")) },
  ])("remembers where it may be bound when the identity server $what", async ({ what, answer }) => {
    const three_pid_creds = await creds();
    const again = what.includes("again");
    if (again) expect(await add({ three_pid_creds, bind: true })).toMatchObject({ status: 200 });
    servers.stand.in = (request) => (request.url.endsWith("/bind") ? answer() : servers.identity.fetch(request));
    expect(await add({ three_pid_creds, bind: true })).toMatchObject({ status: again ? 400 : 502 });
    expect(await bound()).toMatchObject([{ address: "alice@example.org", idServer }]);
  });

  it("refuses sessions that prove nothing, and servers that are not trusted", async () => {
    const three_pid_creds = await creds();
    const wrong = { ...three_pid_creds, client_secret: "wrong" };
    expect(await add({ three_pid_creds: wrong })).toMatchObject({
      status: 403,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
    const foreign = { ...three_pid_creds, id_server: "evil.example" };
    expect(await add({ three_pid_creds: foreign })).toMatchObject({
      status: 400,
      body: { errcode: "M_SERVER_NOT_TRUSTED" },
    });
    expect(await list()).toEqual([]);
  });

  describe("and taking it away again", () => {
    const remove = (more: object = {}) =>
      servers.server.client.delete3pidFromAccount(
        { body: { medium: "email", address: "ALICE@example.org", ...more } },
        { accessToken },
      );
    const lookup = () =>
      servers.identity.client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } });

    it("unbinds where it was bound, signed as this homeserver", async () => {
      await add({ three_pid_creds: await creds(), bind: true });
      expect(await lookup()).toMatchObject({ mxid: alice });
      expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
      expect(servers.asked.at(-1)).toBe("POST /_matrix/identity/v2/3pid/unbind");
      expect(await lookup()).toEqual({});
      expect([await list(), await bound()]).toEqual([[], []]);
    });

    it("turns to version 1 where version 2 is not spoken", async () => {
      await add({ three_pid_creds: await creds(), bind: true });
      servers.stand.in = (request) =>
        request.url.includes("/v2/") ? new Response("nothing here", { status: 404 }) : servers.identity.fetch(request);
      expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
      expect(await lookup()).toEqual({});
    });

    it("says no-support where no identity server is known, and takes it away", async () => {
      await add({ three_pid_creds: await creds() });
      expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
      expect(await list()).toEqual([]);
    });

    it("unbinds at the server that the client names, too", async () => {
      await add({ three_pid_creds: await creds() });
      const three_pid_creds = await creds();
      await servers.identity.client.orThrow.bind({ body: { ...three_pid_creds, mxid: alice } });
      expect(await remove({ id_server: `https://${idServer}/` })).toMatchObject({
        body: { id_server_unbind_result: "success" },
      });
      expect(await lookup()).toEqual({});
    });

    it.each([400, 404, 501])(
      "says no-support when %s comes without a Matrix error, and takes it away",
      async (status) => {
        await add({ three_pid_creds: await creds(), bind: true });
        servers.stand.in = () => new Response("no", { status });
        expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
        expect(await list()).toEqual([]);
      },
    );

    it.each([
      { status: 400, errcode: "M_UNKNOWN" },
      { status: 403, errcode: "M_FORBIDDEN" },
    ])("relays $status $errcode, and keeps the address", async ({ status, errcode }) => {
      await add({ three_pid_creds: await creds(), bind: true });
      servers.stand.in = () => Response.json({ errcode, error: "no" }, { status });
      expect(await remove()).toMatchObject({ status, body: { errcode } });
      expect([await list(), await bound()]).toMatchObject([[{}], [{}]]);
    });

    it("keeps the address when this homeserver's key is not published", async () => {
      await add({ three_pid_creds: await creds(), bind: true });
      servers.identity.homeserverKeys.clear();
      expect(await remove()).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
      expect(await list()).toHaveLength(1);
    });

    it("answers no-support for a server that cannot be reached", async () => {
      await add({ three_pid_creds: await creds() });
      expect(await remove({ id_server: "gone.example" })).toMatchObject({
        body: { id_server_unbind_result: "no-support" },
      });
    });

    it.each(["id.example.org/path", "user@id.example.org", "a b", ""])("refuses id_server %j", async (id_server) => {
      expect(await remove({ id_server })).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    });
  });
});
