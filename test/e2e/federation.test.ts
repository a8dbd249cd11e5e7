/** A homeserver of ours among other servers: proofs of identity, keys that are rotated, keys of others vouched for. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIdentityClient } from "../../generated/identity/index.js";
import { createServerServerClient, type ServerServerClient } from "../../generated/server-server/index.js";
import { administrateKeys } from "../../runtime/compose.js";
import { verifyJson } from "../../runtime/protocol/signed-json.js";
import { type TestHomeserver, testHomeserver } from "../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { newSecret, openLink, password } from "./journeys.js";
import { homeserverName, type Servers, startServers } from "./servers.js";

let network: TestNetwork;
let servers: Servers;
let other: TestHomeserver;
let federation: ServerServerClient;
beforeAll(async () => {
  network = await testNetwork();
  servers = await startServers({ network, apart: true });
  other = await testHomeserver(network, "other.test", "well-known");
  federation = createServerServerClient({ baseUrl: servers.homeserverUrl, retries: 0 });
});
afterAll(async () => {
  await servers.close();
  await network.close();
});

/** A user of the homeserver, with an account of the identity server. */
const registered = async (username: string) => {
  const { homeserver, identity, identityUrl } = servers;
  const body = { username, password, auth: { type: "m.login.dummy" } };
  const { user_id: mxid, access_token: accessToken = "" } = await homeserver.orThrow.register({ body });
  const proof = await homeserver.orThrow.requestOpenIdToken({ params: { userId: mxid }, body: {} }, { accessToken });
  const { token } = await identity.orThrow.registerAccount({ body: proof });
  const own = createIdentityClient({ baseUrl: identityUrl, accessToken: token, retries: 0 });
  return { mxid, accessToken, proof, identity: own };
};

describe("a proof of identity", () => {
  it("opens an account of an identity server that finds the homeserver by its name", async () => {
    const { mxid, proof, identity } = await registered("alice");
    expect(proof).toMatchObject({ token_type: "Bearer", matrix_server_name: homeserverName, expires_in: 3_600 });
    expect(await identity.orThrow.getAccount()).toEqual({ user_id: mxid });
  });

  it("is no access token, and an access token is no proof", async () => {
    const { mxid, accessToken, proof } = await registered("bob");
    expect(await servers.homeserver.getTokenOwner({}, { accessToken: proof.access_token })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    });
    const told = await federation.orThrow.exchangeOpenIdToken({ query: { access_token: proof.access_token } });
    expect(told).toEqual({ sub: mxid });
    const refused = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } };
    expect(await federation.exchangeOpenIdToken({ query: { access_token: accessToken } })).toMatchObject(refused);
    const body = { ...proof, access_token: accessToken };
    expect(await servers.identity.registerAccount({ body })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNAUTHORIZED" },
    });
  });

  it("ends with its account", async () => {
    const { accessToken, proof } = await registered("carol");
    const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: "carol" }, password };
    await servers.homeserver.orThrow.deactivateAccount({ body: { auth } }, { accessToken });
    expect(await federation.exchangeOpenIdToken({ query: { access_token: proof.access_token } })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    });
  });
});

describe("keys", () => {
  it("that are rotated while the homeserver runs are published and signed with at once", async () => {
    const before = await federation.orThrow.getServerKey();
    const keys = administrateKeys(servers.homeserverConfiguration, "homeserver");
    const { keyId, publicKey } = await keys.rotate();
    keys.close();
    const after = await federation.orThrow.getServerKeySlash();
    expect(after.verify_keys).toEqual({ [keyId]: { key: publicKey } });
    expect(verifyJson(after, homeserverName, keyId, publicKey)).toBe(true);
    const [[oldId = "", oldKey] = []] = Object.entries(before.verify_keys);
    expect(after.old_verify_keys).toEqual({ [oldId]: { key: oldKey?.key, expired_ts: expect.any(Number) } });
    expect(await federation.orThrow.getServerKeyById({ params: { keyId: oldId } })).toEqual(after);

    const { mxid, accessToken, identity } = await registered("dave");
    const address = "dave@example.org";
    const client_secret = newSecret();
    const body = { email: address, client_secret, send_attempt: 1 };
    const { sid } = await identity.orThrow.emailRequestTokenV2({ body });
    await openLink(servers, address);
    await identity.orThrow.bindV2({ body: { sid, client_secret, mxid } });
    const removed = await servers.homeserver.orThrow.delete3pidFromAccount(
      { body: { medium: "email", address, id_server: servers.idServer } },
      { accessToken },
    );
    expect(removed, "the identity server checked the signature with the new key").toEqual({
      id_server_unbind_result: "success",
    });
  });

  it("of other servers are passed on, signed by both", async () => {
    const { server_keys: found } = await federation.orThrow.perspectivesKeyQuery({
      params: { serverName: other.name },
    });
    expect(found.length).toBe(1);
    const [document = {}] = found;
    const [[keyId = "", key] = []] = Object.entries((await federation.orThrow.getServerKey()).verify_keys);
    expect(verifyJson(document, other.name, other.signingKey.keyId, other.signingKey.publicKey)).toBe(true);
    expect(verifyJson(document, homeserverName, keyId, key?.key ?? "")).toBe(true);
  });

  it("of several servers come together, without those that nobody can ask", async () => {
    const names = [other.name, homeserverName, "nowhere.test", "127.0.0.1:1", "no name"];
    const server_keys = Object.fromEntries(names.map((name) => [name, {}]));
    const { server_keys: found } = await federation.orThrow.bulkPerspectivesKeyQuery({ body: { server_keys } });
    expect(found.map(({ server_name }) => server_name).sort()).toEqual([homeserverName, other.name].sort());
    const asked = other.received.filter(({ target }) => target === "/_matrix/key/v2/server");
    expect(asked.length, "what was heard a moment ago is not asked again").toBe(1);
  });
});

it("the homeserver says where it is", async () => {
  expect(await federation.orThrow.getWellKnown()).toEqual({ "m.server": "matrix.example.org" });
});
