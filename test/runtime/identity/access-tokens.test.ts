import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operations } from "../../../generated/identity/index.js";
import { identityAuthentication } from "../../../runtime/identity/access-tokens.js";
import { tokenHash } from "../../../runtime/protocol/tokens.js";
import { publicBaseUrl, type TestServer, testServer } from "./identity-server.js";

describe("access tokens", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
  });
  afterEach(() => server.close());

  it("lead to the user they were issued to, each its own", async () => {
    const authenticate = identityAuthentication({ ...server.storage, clock: server });
    const first = await server.issueToken("@alice:example.org");
    const second = await server.issueToken("@bob:example.org");
    expect(first).not.toBe(second);
    expect(await authenticate(first)).toMatchObject({ mxid: "@alice:example.org" });
    expect(await authenticate(second)).toMatchObject({ mxid: "@bob:example.org" });
    expect(await authenticate(`${first}x`)).toBeUndefined();
    expect(await authenticate("")).toBeUndefined();
    await server.storage.accessTokens.remove(tokenHash(first));
    expect(await authenticate(first)).toBeUndefined();
  });

  it("end with the oldest when their user asks for more than a number of them", async () => {
    const small = await testServer({ maxAccessTokens: 2 });
    small.openIdAnswers.set("example.org openid", { outcome: "answered", mxid: "@alice:example.org" });
    const body = {
      access_token: "openid",
      token_type: "Bearer",
      matrix_server_name: "example.org",
      expires_in: 3600,
    };
    const bob = await small.issueToken("@bob:example.org");
    const tokens: string[] = [];
    for (let asked = 0; asked < 4; asked += 1) {
      small.advance(1);
      tokens.push((await small.client.orThrow.registerAccount({ body })).token);
    }
    const statuses = [...tokens, bob].map(
      async (accessToken) => (await small.client.getAccount({}, { accessToken })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 401, 200, 200, 200]);
    small.close();
  });

  it("are kept as a hash, which opens nothing", async () => {
    const token = await server.issueToken("@alice:example.org");
    const authenticate = identityAuthentication({ ...server.storage, clock: server });
    expect(await server.storage.accessTokens.ownerOf(token)).toBeUndefined();
    expect(await authenticate(tokenHash(token))).toBeUndefined();
  });

  it.each(["", "alice", "@alice", "@alice:exa mple.org"])("are issued to no %j", async (mxid) => {
    await expect(server.issueToken(mxid)).rejects.toMatchObject({ errcode: "M_INVALID_PARAM" });
  });

  const guarded = Object.values(operations).filter(({ auth }) => auth === "required");
  it.each(guarded.map(({ id, method, path }) => [id, method, path]))("are needed for %s", async (_, method, path) => {
    const request = new Request(`${publicBaseUrl}${path}`, { method, ...(method === "POST" ? { body: "{}" } : {}) });
    expect((await server.fetch(request)).status).toBe(401);
  });
});
