import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signRequest } from "../../../runtime/protocol/x-matrix.js";
import { serverName, type TestServer, testServer, validatedSession } from "./identity-server.js";

const ours = "@alice:example.org";
const foreign = "@mallory:evil.example";
const refused = {
  status: 403,
  body: { errcode: "M_UNAUTHORIZED", error: "Users of this homeserver are not served here." },
};

let server: TestServer;
beforeEach(async () => {
  server = await testServer({ allowedHomeservers: new Set(["example.org"]) });
});
afterEach(() => server.close());

describe("with a list of homeservers, version 1 too", () => {
  it("binds, unbinds and invites for their users, and for nobody else's", async () => {
    const session = await validatedSession(server, "alice@example.org");
    const threepid = { medium: "email", address: "alice@example.org" };
    expect(await server.client.bind({ body: { ...session, mxid: foreign } })).toMatchObject(refused);
    expect(await server.storage.associations.find({ medium: "email", address: "alice@example.org" })).toBeUndefined();
    expect(await server.client.bind({ body: { ...session, mxid: ours } })).toMatchObject({ status: 200 });
    expect(await server.client.unbind({ body: { ...session, mxid: foreign, threepid } })).toMatchObject(refused);
    expect(await server.client.unbind({ body: { ...session, mxid: ours, threepid } })).toMatchObject({ status: 200 });
    const invite = { medium: "email", address: "new@example.org", room_id: "!room:evil.example" };
    expect(await server.client.storeInvite({ body: { ...invite, sender: foreign } })).toMatchObject(refused);
    expect(await server.client.storeInvite({ body: { ...invite, sender: ours } })).toMatchObject({ status: 200 });
  });

  it("asks no other homeserver for a token's owner or for a key", async () => {
    server.openIdAnswers.set("evil.example openid", { outcome: "answered", mxid: foreign });
    const openId = { access_token: "openid", token_type: "Bearer", expires_in: 3600 };
    const registration = { body: { ...openId, matrix_server_name: "evil.example" } };
    expect(await server.client.registerAccount(registration)).toMatchObject(refused);

    const key = signingKeyOf("ed25519:k", new Uint8Array(32).fill(3));
    server.homeserverKeys.set("evil.example ed25519:k", key.publicKey);
    const content = { mxid: foreign, threepid: { medium: "email", address: "a@example.org" } };
    const signed = { method: "POST", uri: "/_matrix/identity/v2/3pid/unbind", content };
    const headers = { authorization: signRequest(signed, "evil.example", serverName, key) };
    expect(await server.client.unbindV2({ body: content }, { headers })).toMatchObject(refused);
    expect(server.asked).toEqual([]);
  });

  it.each(["@a:sub.example.org", "@a:example.org.evil.example", "@a:example.org:8448", "@a:EXAMPLE.ORG"])(
    "%s is a user of another homeserver",
    async (mxid) => {
      const session = await validatedSession(server, "a@example.org");
      expect(await server.client.bind({ body: { ...session, mxid } })).toMatchObject(refused);
    },
  );
});
