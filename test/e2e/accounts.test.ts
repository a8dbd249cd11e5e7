/** J8: an account of the identity service, for a user whose homeserver is found by its name and vouches for them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIdentityClient } from "../../generated/identity/index.js";
import type { FoundBy } from "../support/settlement.js";
import { type Misbehaviour, testHomeserver } from "../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { homeserverWithRooms, identityAccount, registered } from "./homeserver-with-rooms.js";
import { type Servers, startServers } from "./servers.js";

let network: TestNetwork;
let servers: Servers;
beforeAll(async () => {
  network = await testNetwork();
  servers = await startServers({ network });
});
afterAll(async () => {
  await servers.close();
  await network.close();
});

const as = (accessToken: string) => createIdentityClient({ baseUrl: servers.identityUrl, accessToken, retries: 0 });

const refused = { status: 401, body: { errcode: "M_UNAUTHORIZED" } };

describe("a user of a homeserver that is found by", () => {
  it.each<{ by: FoundBy; name: string }>([
    { by: "well-known", name: "one.test" },
    { by: "well-known and srv", name: "two.test" },
    { by: "srv", name: "three.test" },
    { by: "old srv", name: "four.test" },
    { by: "name", name: "five.test" },
    { by: "port", name: "six.test:8460" },
  ])("$by gets an account, and gives it back", async ({ by, name }) => {
    const homeserver = await homeserverWithRooms(network, servers, name, by);
    const alice = await registered(homeserver, "alice");
    const { proof, token, client } = await identityAccount(homeserver, alice, servers);
    expect(proof.matrix_server_name).toBe(name);
    expect(await client.getAccount()).toMatchObject({ status: 200, body: { user_id: `@alice:${name}` } });
    expect(await as(proof.access_token).getAccount(), "a token of the homeserver is none of ours").toMatchObject(
      refused,
    );
    expect(await client.logout()).toMatchObject({ status: 200, body: {} });
    expect(await as(token).getAccount()).toMatchObject(refused);
    expect(homeserver.asked.filter(({ target }) => target.includes("/openid/userinfo")).length).toBe(1);
    await homeserver.close();
  });
});

describe("nobody gets an account", () => {
  it("by a token that the homeserver does not know", async () => {
    const homeserver = await testHomeserver(network, "knows-nobody.test");
    const body = { ...homeserver.openidToken("@alice:knows-nobody.test"), access_token: "made up" };
    expect(await servers.identity.registerAccount({ body })).toMatchObject(refused);
  });

  it("in the name of another homeserver's user", async () => {
    const homeserver = await testHomeserver(network, "mallory.test");
    const body = homeserver.openidToken("@alice:one.test");
    expect(await servers.identity.registerAccount({ body })).toMatchObject(refused);
  });

  it.each<{ what: string; how: Misbehaviour }>([
    { what: "hangs up", how: "hangs up" },
    { what: "is broken", how: { status: 500 } },
    { what: "talks without end", how: "never ends" },
    { what: "sends us away", how: { status: 302, headers: { location: "https://127.0.0.1/" } } },
  ])("while their homeserver $what", async ({ what, how }) => {
    const name = `${what.replaceAll(" ", "-")}.test`;
    const homeserver = await testHomeserver(network, name, "name");
    const body = homeserver.openidToken(`@alice:${name}`);
    homeserver.intercept = () => how;
    const answer = await servers.identity.registerAccount({ body });
    expect(answer).toMatchObject({ status: 502, body: { errcode: "M_UNKNOWN" } });
    homeserver.intercept = undefined;
    expect(await servers.identity.registerAccount({ body })).toMatchObject({ status: 200 });
  });

  it.each(["127.0.0.1:1", "[::1]:1", "localhost", "2130706433", "nowhere.test"])("from %s", async (name) => {
    const body = { access_token: "token", token_type: "Bearer", matrix_server_name: name, expires_in: 3600 };
    expect(await servers.identity.registerAccount({ body })).toMatchObject({ status: 502 });
  });

  it.each(["", "https://one.test", "one.test/path", "user@one.test", "one.test:0", "01.2.3.4"])(
    "from %j, which is no server's name",
    async (name) => {
      const body = { access_token: "token", token_type: "Bearer", matrix_server_name: name, expires_in: 3600 };
      expect(await servers.identity.registerAccount({ body })).toMatchObject({
        status: 400,
        body: { errcode: "M_INVALID_PARAM" },
      });
    },
  );
});
