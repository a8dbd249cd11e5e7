import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { decodeBase64 } from "../../../runtime/protocol/unpadded-base64.js";
import { formatXMatrix, signRequest } from "../../../runtime/protocol/x-matrix.js";
import { serverName, type TestServer, testServer, validatedSession } from "./identity-server.js";

/** The key of the specification's signing examples, and signatures over an unbind made with it. */
const seed = decodeBase64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1") ?? new Uint8Array();
const publicKey = "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI";
const overDestination = "j8CMYLHLzpfqPNo6Vc70cx6NEYz+h0gteWtgzJjsck5DSj+OzCawcunA/GFOTX0q1I1ykmrHvqzRoG3ksJJFBw";
const overDestinationIs = "/K1E/9CIGjVAAURs4pC0GR4IEI37lTk+90aLlEjSKTzTeqnXF3EC3s4AoVBnDASs0dXQw3OFpEtQ14yG9J14CA";

const alice = "@alice:domain";
const address = "alice@example.org";
const threepid = { medium: "email", address };
const body = { mxid: alice, threepid };

const vectorHeader = (signature: string, destination?: string): string =>
  formatXMatrix({ origin: "domain", destination, key: "ed25519:1", signature });

describe("unbind", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
    server.homeserverKeys.set("domain ed25519:1", publicKey);
    const session = await validatedSession(server, address, "binding");
    await server.client.orThrow.bind({ body: { ...session, mxid: alice } });
  });
  afterEach(() => server.close());

  const bound = async (): Promise<boolean> => "mxid" in (await server.client.orThrow.lookupUser({ query: threepid }));

  const signedBy = async (header: string, given: object = body) => {
    const request = new Request("https://id.example.org/_matrix/identity/v2/3pid/unbind", {
      method: "POST",
      headers: { authorization: header, "content-type": "application/json" },
      body: JSON.stringify(given),
    });
    const answer = await server.fetch(request);
    return { status: answer.status, body: await answer.json() };
  };

  const forbidden = { status: 403, body: { errcode: "M_FORBIDDEN" } };

  describe.each(["v1", "v2"] as const)("by session, %s", (version) => {
    const unbind = (given: { mxid: string; threepid: typeof threepid; sid?: string; client_secret?: string }) =>
      version === "v1" ? server.client.unbind({ body: given }) : server.client.unbindV2({ body: given });

    it("erases the binding, needs no access token, and may be repeated", async () => {
      const session = await validatedSession(server, address);
      const given = { ...body, ...session };
      expect(await unbind(given)).toMatchObject({ status: 200, body: {} });
      expect(await bound()).toBe(false);
      expect(await unbind(given)).toMatchObject({ status: 200, body: {} });
    });

    it("folds the address before it compares and erases", async () => {
      const session = await validatedSession(server, address);
      const given = { ...body, ...session, threepid: { medium: "email", address: "ALICE@example.org" } };
      expect(await unbind(given)).toMatchObject({ status: 200 });
      expect(await bound()).toBe(false);
    });

    it("leaves the binding to another user alone", async () => {
      const session = await validatedSession(server, address);
      expect(await unbind({ ...body, ...session, mxid: "@bob:domain" })).toMatchObject({ status: 200 });
      expect(await bound()).toBe(true);
    });

    it("refuses a session for another address", async () => {
      const session = await validatedSession(server, "mallory@example.org");
      expect(await unbind({ ...body, ...session })).toMatchObject(forbidden);
      expect(await bound()).toBe(true);
    });

    it("refuses a session that proves nothing, as bind does", async () => {
      const unknown = { ...body, sid: "unknown", client_secret: "x" };
      expect(await unbind(unknown)).toMatchObject({ status: 404, body: { errcode: "M_NO_VALID_SESSION" } });
      const client_secret = "open";
      const { sid } = await server.client.orThrow.emailRequestToken({ body: { email: address, client_secret } });
      expect(await unbind({ ...body, sid, client_secret })).toMatchObject({
        status: 400,
        body: { errcode: "M_SESSION_NOT_VALIDATED" },
      });
      expect(await bound()).toBe(true);
    });

    it("takes half a session for a mistake", async () => {
      const { sid, client_secret } = await validatedSession(server, address);
      const missing = { status: 400, body: { errcode: "M_MISSING_PARAMS" } };
      expect(await unbind({ ...body, sid })).toMatchObject(missing);
      expect(await unbind({ ...body, client_secret })).toMatchObject(missing);
    });

    it("refuses a request that proves nothing at all", async () => {
      expect(await unbind(body)).toMatchObject(forbidden);
      expect(await bound()).toBe(true);
    });

    it("refuses what is no user and no known medium", async () => {
      const invalid = { status: 400, body: { errcode: "M_INVALID_PARAM" } };
      expect(await unbind({ ...body, mxid: "@alice" })).toMatchObject(invalid);
      expect(await unbind({ ...body, threepid: { medium: "pigeon", address } })).toMatchObject(invalid);
    });

    it("is limited", async () => {
      server.exhausted.add("bind.ip");
      expect(await unbind(body)).toMatchObject({ status: 429 });
    });
  });

  it("takes the caller's access token for no proof", async () => {
    const accessToken = await server.issueToken(alice);
    expect(await server.client.unbindV2({ body }, { accessToken })).toMatchObject(forbidden);
  });

  describe("by a homeserver's signature", () => {
    it.each([
      ["destination, named in the header", vectorHeader(overDestination, serverName)],
      ["destination, as older servers sign", vectorHeader(overDestination)],
      ["destination_is", vectorHeader(overDestinationIs)],
    ])("over %s erases the binding", async (_, header) => {
      expect(await signedBy(header)).toEqual({ status: 200, body: {} });
      expect(await bound()).toBe(false);
    });

    it("covers fields that nobody declared", async () => {
      const key = signingKeyOf("ed25519:1", seed);
      const content = { ...body, extra: { nested: [1, "two"] } };
      const request = { method: "POST", uri: "/_matrix/identity/v2/3pid/unbind", content };
      const header = signRequest(request, "domain", serverName, key);
      expect(await signedBy(header)).toMatchObject(forbidden);
      expect(await signedBy(header, content)).toMatchObject({ status: 200 });
    });

    it.each([
      [
        "a changed body",
        vectorHeader(overDestination),
        { ...body, threepid: { medium: "email", address: "x@y.test" } },
      ],
      ["a signature of nobody", vectorHeader("A".repeat(86)), body],
      ["another destination", vectorHeader(overDestination, "other.example.org"), body],
      ["no signature", 'X-Matrix origin=domain,key="ed25519:1"', body],
      ["another scheme", "Basic domain", body],
    ])("does not count with %s", async (_, header, given) => {
      expect(await signedBy(header, given)).toMatchObject(forbidden);
      expect(await bound()).toBe(true);
    });

    it("does not count with a key that the homeserver does not publish", async () => {
      server.homeserverKeys.clear();
      expect(await signedBy(vectorHeader(overDestination))).toMatchObject(forbidden);
      expect(server.asked).toEqual(["domain"]);
    });

    it("counts for that homeserver's users only, and nobody else is asked for keys", async () => {
      const key = signingKeyOf("ed25519:1", seed);
      server.homeserverKeys.set("evil.example ed25519:1", publicKey);
      const request = { method: "POST", uri: "/_matrix/identity/v2/3pid/unbind", content: body };
      const header = signRequest(request, "evil.example", serverName, key);
      expect(await signedBy(header)).toMatchObject(forbidden);
      expect(server.asked).toEqual([]);
      expect(await bound()).toBe(true);
    });
  });

  it("leaves one or no binding when it races with a bind, never half of one", async () => {
    const session = await validatedSession(server, address);
    for (let i = 0; i < 10; i += 1) {
      const [published] = await Promise.all([
        server.client.orThrow.bind({ body: { ...session, mxid: alice } }),
        server.client.unbind({ body: { ...body, ...session } }),
      ]);
      const found = await server.client.orThrow.lookupUser({ query: threepid });
      expect([{}, published]).toContainEqual(found);
    }
  });
});
