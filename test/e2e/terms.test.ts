/** J9: terms of service, from the first refusal to the first answer, for a user of a homeserver found by its name. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IdentityClient } from "../../generated/identity/index.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { type HomeserverWithRooms, homeserverWithRooms, identityAccount, registered } from "./homeserver-with-rooms.js";
import { idServer, type Servers, startServers } from "./servers.js";

const terms_file = fileURLToPath(new URL("../fixtures/terms.yaml", import.meta.url));
const urls = {
  terms: {
    en: "https://id.example.org/legal/terms-2.0-en",
    de: "https://id.example.org/legal/terms-2.0-de",
  },
  privacy: "https://id.example.org/legal/privacy-1.2-en",
} as const;

let network: TestNetwork;
let servers: Servers;
let homeserver: HomeserverWithRooms;
beforeAll(async () => {
  network = await testNetwork();
  servers = await startServers({ network, validate: "proxy", options: { identity: { terms_file } } });
  homeserver = await homeserverWithRooms(network, servers, "one.test", "well-known");
});
afterAll(async () => {
  await homeserver.close();
  await servers.close();
  await network.close();
});

/** A client with an account of the identity service, whose user has accepted nothing yet. */
const newUser = async (username: string): Promise<{ client: IdentityClient; accessToken: string }> => {
  const { token, client } = await identityAccount(homeserver, await registered(homeserver, username), servers);
  return { client, accessToken: token };
};

const unsigned = { status: 403, body: { errcode: "M_TERMS_NOT_SIGNED" } };
const session = { sid: "unknown", client_secret: "secret" };

describe("the terms of service", () => {
  it("can be read before anything else, in every language", async () => {
    expect(await servers.identity.orThrow.getTerms({})).toEqual({
      policies: {
        terms_of_service: {
          version: "2",
          en: { name: "Terms of service", url: urls.terms.en },
          de: { name: "Nutzungsbedingungen", url: urls.terms.de },
        },
        privacy_policy: { version: "1.2", en: { name: "Privacy policy", url: urls.privacy } },
      },
    });
  });

  it("close everything that asks who one is, until each document is accepted, and nothing else", async () => {
    const { client } = await newUser("alice");
    const [medium, address, mxid] = ["email", "bob@example.org", "@alice:one.test"];
    const asks = (): Promise<{ readonly status: number; readonly body: unknown }>[] => [
      client.getAccount(),
      client.getHashDetails(),
      client.lookupUsersV2({ body: { algorithm: "none", pepper: "x", addresses: [] } }),
      client.emailRequestTokenV2({ body: { client_secret: "secret", email: address, send_attempt: 1 } }),
      client.msisdnRequestTokenV2({
        body: { client_secret: "secret", country: "GB", phone_number: "07400 123456", send_attempt: 1 },
      }),
      client.emailSubmitTokenPostV2({ body: { ...session, token: "x" } }),
      client.msisdnSubmitTokenPostV2({ body: { ...session, token: "x" } }),
      client.getValidated3pidV2({ query: session }),
      client.bindV2({ body: { ...session, mxid } }),
      client.storeInviteV2({ body: { medium, address, room_id: "!room:one.test", sender: mxid } }),
      client.blindlySignStuffV2({ body: { mxid, token: "x", private_key: "x" } }),
    ];
    const closed = async () => (await Promise.all(asks())).filter(({ status }) => status === 403).length;
    expect(await Promise.all(asks())).toMatchObject(asks().map(() => unsigned));
    expect(await servers.identity.getPubKeyV2({ params: { keyId: "ed25519:0" } })).toMatchObject({ status: 200 });

    expect(await client.agreeToTerms({ body: { user_accepts: [urls.terms.de] } })).toMatchObject({ status: 200 });
    expect(await closed()).toBe(asks().length);
    expect(await client.agreeToTerms({ body: { user_accepts: [urls.privacy] } })).toMatchObject({ status: 200 });
    expect(await closed()).toBe(0);
    expect(await client.getAccount()).toMatchObject({ status: 200, body: { user_id: mxid } });
  });

  it("are not accepted by whoever is nobody, nor where they are not offered", async () => {
    const user_accepts = [urls.terms.en, urls.privacy];
    const refused = { status: 401, body: { errcode: "M_UNAUTHORIZED" } };
    expect(await servers.identity.agreeToTerms({ body: { user_accepts } })).toMatchObject(refused);
    const { client } = await newUser("bob");
    const answer = await client.agreeToTerms({ body: { user_accepts: [...user_accepts, "https://evil.example/"] } });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    expect(await client.getAccount()).toMatchObject(unsigned);
  });

  it("keep nobody from leaving, and hold for the same user's next token", async () => {
    const { client: hasty } = await newUser("carol");
    expect(await hasty.logout()).toMatchObject({ status: 200 });
    const { client } = await newUser("dave");
    await client.agreeToTerms({ body: { user_accepts: [urls.terms.en, urls.privacy] } });
    expect(await client.logout()).toMatchObject({ status: 200 });
    expect(await client.getAccount()).toMatchObject({ status: 401 });
    const accessToken = await servers.identityToken("@dave:one.test");
    expect(await servers.identity.getAccount({}, { accessToken })).toMatchObject({ status: 200 });
  });

  it("are told of by a homeserver that asks in the user's name", async () => {
    const { client, accessToken: id_access_token } = await newUser("erin");
    const ask = (send_attempt: number) =>
      servers.homeserver.requestTokenTo3PIDEmail({
        body: { client_secret: "secret", email: "j9@example.org", send_attempt, id_server: idServer, id_access_token },
      });
    expect(await ask(1)).toMatchObject(unsigned);
    await client.agreeToTerms({ body: { user_accepts: [urls.terms.en, urls.privacy] } });
    expect(await ask(1)).toMatchObject({ status: 200 });
    expect((await servers.mail.newest("j9@example.org")).recipient).toBe("j9@example.org");
  });
});
