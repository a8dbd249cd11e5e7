import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIdentityClient } from "../../generated/identity/index.js";
import type { JsonValue } from "../../runtime/protocol/canonical-json.js";
import { type SigningKey, signingKeyOf } from "../../runtime/protocol/ed25519.js";
import { verifyJson } from "../../runtime/protocol/signed-json.js";
import { type DestinationField, signRequest } from "../../runtime/protocol/x-matrix.js";
import { linkIn } from "../support/mail-sink.js";
import { type TestHomeserver, testHomeserver } from "../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../support/test-network.js";
import { dialects, type Spoken, speak } from "./dialects.js";
import { email, lookUp, newSecret, type Owned, openLink, phone, textedCode, threepidOf } from "./journeys.js";
import { idServer, type Servers, startServers } from "./servers.js";

/** Homeservers that the identity server's operator knows by their key; both have the same one. */
const elsewhere = "elsewhere.example";
const rival = "rival.example";
const key = signingKeyOf("ed25519:1", new Uint8Array(32).fill(3));

/** Signs in another server's name. */
const asIf =
  (origin: string, signingKey: SigningKey, field: DestinationField): TestHomeserver["authorize"] =>
  (request, destination) =>
    signRequest(request, origin, destination, signingKey, field);

describe("the identity server alone", () => {
  let network: TestNetwork;
  let servers: Servers;
  beforeAll(async () => {
    network = await testNetwork();
    servers = await startServers({
      network,
      homeserverKeys: [elsewhere, rival].map((server_name) => ({
        server_name,
        key_id: key.keyId,
        public_key: key.publicKey,
      })),
    });
  });
  afterAll(async () => {
    await servers.close();
    await network.close();
  });

  /** The association that everybody can look up, with the server's signature checked by the key that it publishes. */
  const signedAssociation = async (owned: Owned) => {
    const { identity } = servers;
    const found = await identity.orThrow.lookupUser({ query: threepidOf(owned) });
    if (!("signatures" in found)) throw new Error("nobody is found");
    const [keyId = ""] = Object.keys(found.signatures[idServer] ?? {});
    const { public_key } = await identity.orThrow.getPubKey({ params: { keyId } });
    expect(verifyJson(found, idServer, keyId, public_key)).toBe(true);
    return found;
  };

  const emailSession = async (spoken: Spoken, owned: Owned) => {
    const client_secret = newSecret();
    const { sid } = await spoken.requestEmail({ email: owned.address, client_secret, send_attempt: 1 });
    return { sid, client_secret };
  };

  const validatedSession = async (spoken: Spoken, owned: Owned) => {
    const session = await emailSession(spoken, owned);
    expect((await openLink(servers, owned.address)).status).toBe(200);
    return session;
  };

  describe.each(dialects)("%s", (dialect) => {
    const user = dialect.replaceAll(" ", "_");
    const mxid = `@${user}:${elsewhere}`;
    let spoken: Spoken;
    beforeAll(async () => {
      spoken = await speak(servers, dialect, mxid);
    });

    it("validates an address by its link, binds it, shows it to everybody, and unbinds it by the session", async () => {
      const { identity } = servers;
      const owned = email(`link.${user}@example.org`);
      const session = await emailSession(spoken, owned);
      await expect(spoken.validated(session)).rejects.toMatchObject({
        status: 400,
        body: { errcode: "M_SESSION_NOT_VALIDATED" },
      });
      const page = await openLink(servers, owned.address);
      expect(page.status).toBe(200);
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
      const { validated_at, ...validated } = await spoken.validated(session);
      expect(validated).toEqual(threepidOf(owned));
      expect(Math.abs(Date.now() - validated_at)).toBeLessThan(60_000);

      const bound = await spoken.bind({ ...session, mxid });
      expect(bound).toMatchObject({ ...threepidOf(owned), mxid });
      expect(await signedAssociation(owned)).toEqual(bound);
      const { threepids } = await identity.orThrow.lookupUsers({
        body: {
          threepids: [
            ["email", owned.address],
            ["email", "nobody@example.org"],
            ["msisdn", owned.address],
          ],
        },
      });
      expect(threepids).toEqual([["email", owned.address, mxid]]);

      expect(await spoken.unbind({ ...session, mxid, threepid: threepidOf(owned) })).toEqual({});
      expect(await lookUp(servers, owned)).toBeUndefined();
    });

    it("validates an address by the token from its link, and sends one mail for each attempt", async () => {
      const owned = email(`post.${user}@example.org`);
      const request = { email: owned.address, client_secret: newSecret() };
      const { sid } = await spoken.requestEmail({ ...request, send_attempt: 1 });
      expect(await spoken.requestEmail({ ...request, send_attempt: 1 })).toMatchObject({ sid });
      expect(servers.mail.count(owned.address)).toBe(1);
      expect(await spoken.requestEmail({ ...request, send_attempt: 2 })).toMatchObject({ sid });
      expect(servers.mail.count(owned.address)).toBe(2);
      const token = linkIn(await servers.mail.newest(owned.address)).searchParams.get("token") ?? "";
      const { client_secret } = request;
      expect(await spoken.submitEmail({ sid, client_secret, token })).toEqual({ success: true });
      expect(await spoken.validated({ sid, client_secret })).toMatchObject(threepidOf(owned));
    });

    it("sends whoever opened the link on to next_link, and nobody after a wrong one", async () => {
      const owned = email(`next.${user}@example.org`);
      const next_link = "https://app.example.org/done?x=1";
      const { sid } = await spoken.requestEmail({
        email: owned.address,
        client_secret: newSecret(),
        send_attempt: 1,
        next_link,
      });
      const wrong = linkIn(await servers.mail.newest(owned.address));
      wrong.searchParams.set("token", "000");
      const refused = await fetch(wrong, { redirect: "manual" });
      expect([refused.status, refused.headers.get("location")]).toEqual([400, null]);
      const opened = await openLink(servers, owned.address);
      expect([opened.status, opened.headers.get("location")]).toEqual([302, `${next_link}&sid=${sid}`]);
    });

    it("validates a phone number by its code, binds it, shows it to everybody, and unbinds it", async () => {
      const owned = phone(`4${dialects.indexOf(dialect)}`);
      if (owned.medium !== "msisdn") throw new Error("a phone number was asked for");
      const { country, phone_number, address } = owned;
      const client_secret = newSecret();
      const asked = await spoken.requestMsisdn({ country, phone_number, client_secret, send_attempt: 1 });
      expect(asked).toMatchObject({ msisdn: address, success: true });
      const session = { sid: asked.sid, client_secret };
      const token = textedCode(servers, address);
      expect(await spoken.submitMsisdn({ ...session, token })).toEqual({ success: true });
      expect(await spoken.validated(session)).toMatchObject(threepidOf(owned));
      const bound = await spoken.bind({ ...session, mxid });
      expect(await signedAssociation(owned)).toEqual(bound);
      expect(await spoken.unbind({ ...session, mxid, threepid: threepidOf(owned) })).toEqual({});
      expect(await lookUp(servers, owned)).toBeUndefined();
    });

    it("says in its version's way that a token is wrong", async () => {
      const owned = email(`wrong.${user}@example.org`);
      const session = await emailSession(spoken, owned);
      const submitted = spoken.submitEmail({ ...session, token: "000" });
      if (dialect === "v2") {
        await expect(submitted).rejects.toMatchObject({
          status: 400,
          body: { success: false, errcode: "M_TOKEN_INCORRECT" },
        });
      } else {
        expect(await submitted).toMatchObject({ success: false, errcode: "M_TOKEN_INCORRECT" });
      }
    });
  });

  it("serves version 2 only to whoever has a token, and binds only to its owner", async () => {
    const { identity } = servers;
    const owned = email("token@example.org");
    const body = { email: owned.address, client_secret: newSecret(), send_attempt: 1 };
    const unauthorized = { status: 401, body: { errcode: "M_UNAUTHORIZED" } };
    expect(await identity.emailRequestTokenV2({ body })).toMatchObject(unauthorized);
    expect(await identity.emailRequestTokenV2({ body }, { accessToken: "invented" })).toMatchObject(unauthorized);
    expect(servers.mail.count(owned.address)).toBe(0);
    const spoken = await speak(servers, "v2", `@owner:${elsewhere}`);
    const session = await validatedSession(spoken, owned);
    await expect(spoken.bind({ ...session, mxid: `@another:${elsewhere}` })).rejects.toMatchObject({ status: 403 });
    expect(await lookUp(servers, owned)).toBeUndefined();
  });

  it("is asked over either version about one and the same session", async () => {
    const owned = email("both@example.org");
    const mxid = `@both:${elsewhere}`;
    const [v1, v2] = [await speak(servers, "v1", mxid), await speak(servers, "v2", mxid)];
    const session = await validatedSession(v1, owned);
    expect(await v2.validated(session)).toEqual(await v1.validated(session));
    await v2.bind({ ...session, mxid });
    expect(await lookUp(servers, owned)).toBe(mxid);
  });

  it.each(["unbind", "unbindV2"] as const)(
    "unbinds by %s for a homeserver that signs for its own user",
    async (call) => {
      const { identityUrl } = servers;
      const owned = email(`${call.toLowerCase()}@example.org`);
      const mxid = `@signed:${elsewhere}`;
      const spoken = await speak(servers, "v1", mxid);
      await spoken.bind({ ...(await validatedSession(spoken, owned)), mxid });
      const signingAs = (origin: string) =>
        createIdentityClient({
          baseUrl: identityUrl,
          authorize: ({ method, target, body }) => {
            const content: JsonValue = JSON.parse(String(body));
            return { authorization: signRequest({ method, uri: target, content }, origin, idServer, key) };
          },
        });
      const body = { mxid, threepid: threepidOf(owned) };
      for (const origin of ["unknown.example", rival]) {
        expect(await signingAs(origin)[call]({ body })).toMatchObject({
          status: 403,
          body: { errcode: "M_FORBIDDEN" },
        });
      }
      expect(await lookUp(servers, owned)).toBe(mxid);
      expect(await signingAs(elsewhere)[call]({ body })).toMatchObject({ status: 200, body: {} });
      expect(await lookUp(servers, owned)).toBeUndefined();
    },
  );

  it.each([
    ["unbind", "destination"],
    ["unbind", "destination_is"],
    ["unbindV2", "destination"],
    ["unbindV2", "destination_is"],
  ] as const)("%ss for a homeserver that it finds by its name, which signs over %s (J5)", async (call, field) => {
    const { identityUrl } = servers;
    const name = `${call.toLowerCase()}-${field.replace("_", "-")}.test`;
    const homeserver = await testHomeserver(network, name, "well-known and srv");
    const liar = await testHomeserver(network, `liar-${name}`, "name");
    const owned = email(`${call.toLowerCase()}.${field}@example.org`);
    const mxid = `@alice:${name}`;
    const spoken = await speak(servers, "v1", mxid);
    await spoken.bind({ ...(await validatedSession(spoken, owned)), mxid });
    const unbind = ({ authorize }: Pick<TestHomeserver, "authorize">) =>
      createIdentityClient({
        baseUrl: identityUrl,
        authorize: ({ method, target, body }) => {
          const content: JsonValue = JSON.parse(String(body));
          return { authorization: authorize({ method, uri: target, content }, idServer, field) };
        },
      })[call]({ body: { mxid, threepid: threepidOf(owned) } });

    const refused = { status: 403, body: { errcode: "M_FORBIDDEN" } };
    expect(await unbind(liar)).toMatchObject(refused);
    const inItsName = { ...liar, authorize: asIf(name, liar.signingKey, field) };
    expect(await unbind(inItsName)).toMatchObject(refused);
    expect(await lookUp(servers, owned)).toBe(mxid);
    expect(await unbind(homeserver)).toMatchObject({ status: 200, body: {} });
    expect(await lookUp(servers, owned)).toBeUndefined();
    expect(liar.received, "whoever signs for another's user is not even asked").toEqual([]);
    const asked = homeserver.received.filter(({ target }) => !target.endsWith("/onbind"));
    expect(asked.map(({ host, target }) => `${host} ${target}`)).toEqual([
      `${name} /.well-known/matrix/server`,
      `matrix.${name} /_matrix/key/v2/server`,
    ]);
  });

  it("tells in the request that a mail or a text was not taken, and sends it by the same attempt later", async () => {
    const { identity, mail, texts } = servers;
    const owned = email("later@example.org");
    const body = { email: owned.address, client_secret: newSecret(), send_attempt: 1 };
    mail.refuse = true;
    expect(await identity.emailRequestToken({ body })).toMatchObject({
      status: 400,
      body: { errcode: "M_EMAIL_SEND_ERROR" },
    });
    mail.refuse = false;
    expect(await identity.emailRequestToken({ body })).toMatchObject({ status: 200 });
    expect((await openLink(servers, owned.address)).status).toBe(200);

    const text = { country: "GB", phone_number: "07400123449", client_secret: newSecret(), send_attempt: 1 };
    texts.status = 503;
    expect(await identity.msisdnRequestToken({ body: text })).toMatchObject({
      status: 400,
      body: { errcode: "M_SEND_ERROR" },
    });
    texts.status = 200;
    expect(await identity.msisdnRequestToken({ body: text })).toMatchObject({ status: 200 });
    expect(textedCode(servers, "447400123449")).toMatch(/^\d{6}$/);
  });
});
