import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "./identity-server.js";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

const openIdToken = {
  access_token: "openid",
  token_type: "bearer",
  matrix_server_name: "example.org",
  expires_in: 3600,
};

const register = (given: object = {}) => server.client.registerAccount({ body: { ...openIdToken, ...given } });

describe("an account", () => {
  it("is opened for the user whom the homeserver names, and answers under both names of the token", async () => {
    server.openIdAnswers.set("example.org openid", { outcome: "answered", mxid: "@alice:example.org" });
    const { status, body } = await register();
    expect(status).toBe(200);
    if (!("token" in body)) throw new Error("no token");
    expect(body.access_token).toBe(body.token);
    const account = await server.client.orThrow.getAccount({}, { accessToken: body.token });
    expect(account).toEqual({ user_id: "@alice:example.org" });
  });

  it("is refused when the homeserver does not know the token", async () => {
    expect(await register()).toMatchObject({ status: 401, body: { errcode: "M_UNAUTHORIZED" } });
  });

  it("is 502, not a failure of ours, when the homeserver cannot be asked", async () => {
    server.openIdAnswers.set("example.org openid", { outcome: "unreachable", reason: "timeout" });
    expect(await register()).toMatchObject({ status: 502, body: { errcode: "M_UNKNOWN" } });
  });

  it("asks nobody where the name is no server's", async () => {
    for (const matrix_server_name of ["", "a b", "example.org/path", "user@example.org", "example.org:99999"]) {
      expect(await register({ matrix_server_name })).toMatchObject({
        status: 400,
        body: { errcode: "M_INVALID_PARAM" },
      });
    }
  });
});

describe("logging out", () => {
  it("ends this token and no other", async () => {
    const accessToken = await server.issueToken("@alice:example.org");
    const other = await server.issueToken("@alice:example.org");
    expect(await server.client.orThrow.logout({}, { accessToken })).toEqual({});
    const gone = { status: 401, body: { errcode: "M_UNAUTHORIZED" } };
    expect(await server.client.getAccount({}, { accessToken })).toMatchObject(gone);
    expect(await server.client.logout({}, { accessToken })).toMatchObject(gone);
    expect(await server.client.getAccount({}, { accessToken: other })).toMatchObject({ status: 200 });
  });
});

describe("the versions", () => {
  it("hold the ones that clients look for, and those of version 1 only where it is served", async () => {
    const { versions } = await server.client.orThrow.getVersions({});
    expect(versions).toEqual(expect.arrayContaining(["r0.2.1", "r0.3.0", "v1.1", "v1.19"]));
    const without = await testServer({ v1: { enabled: false, bindAnyMxid: false, inviteAsAnySender: false } });
    expect((await without.client.orThrow.getVersions({})).versions.at(0)).toBe("r0.3.0");
    without.close();
  });
});
