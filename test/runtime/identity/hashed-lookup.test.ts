import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookupHash } from "../../../runtime/protocol/lookup-hash.js";
import { type TestServer, testServer, validatedSession } from "./identity-server.js";

let server: TestServer;
let accessToken: string;
beforeEach(async () => {
  server = await testServer();
  accessToken = await server.issueToken("@asker:example.org");
});
afterEach(() => server.close());

const bind = async (email: string, mxid: string, secret: string): Promise<void> => {
  const session = await validatedSession(server, email, secret);
  await server.client.orThrow.bind({ body: { ...session, mxid } });
};

const details = () => server.client.orThrow.getHashDetails({}, { accessToken });
const email = (address: string) => ({ medium: "email", address }) as const;

const lookup = async (algorithm: string, addresses: string[]): Promise<unknown> => {
  const { lookup_pepper: pepper } = await details();
  const { mappings } = await server.client.orThrow.lookupUsersV2(
    { body: { algorithm, pepper, addresses } },
    { accessToken },
  );
  return mappings;
};

describe("hash details", () => {
  it("name the pepper and the algorithms, sha256 among them", async () => {
    expect(await details()).toEqual({ lookup_pepper: "pepper0", algorithms: ["sha256", "none"] });
  });
});

describe("a lookup", () => {
  it("finds by the hash of the canonical address, and answers under the text that was sent", async () => {
    await bind("Straße@Example.ORG", "@alice:example.org", "one");
    const hit = lookupHash(email("strasse@example.org"), "pepper0");
    const miss = lookupHash(email("nobody@example.org"), "pepper0");
    expect(await lookup("sha256", [miss, hit, hit])).toEqual({ [hit]: "@alice:example.org" });
  });

  it("finds by address and medium with algorithm none, however the address is spelled", async () => {
    await bind("alice@example.org", "@alice:example.org", "one");
    expect(await lookup("none", ["ALICE@example.org email", "alice@example.org msisdn", "alice@example.org"])).toEqual({
      "ALICE@example.org email": "@alice:example.org",
    });
  });

  it("answers the newest binding, and nothing once it is gone, with every algorithm", async () => {
    const hash = lookupHash(email("a@example.org"), "pepper0");
    const both = async () => [await lookup("sha256", [hash]), await lookup("none", ["a@example.org email"])];
    await bind("a@example.org", "@old:example.org", "one");
    await bind("a@example.org", "@new:example.org", "two");
    expect(await both()).toEqual([{ [hash]: "@new:example.org" }, { "a@example.org email": "@new:example.org" }]);
    await server.storage.associations.unbind(email("a@example.org"), "@new:example.org");
    expect(await both()).toEqual([{}, {}]);
  });

  it("finds nothing for what is no hash of this length and alphabet", async () => {
    await bind("a@example.org", "@alice:example.org", "one");
    const hash = lookupHash(email("a@example.org"), "pepper0");
    expect(await lookup("sha256", ["", "a", `${hash}=`, hash.slice(1), `${hash}A`, hash.toLowerCase()])).toEqual({});
  });

  it("tells texts apart that mean something to JavaScript", async () => {
    expect(await lookup("none", ["__proto__ email", "constructor"])).toEqual({});
  });
});

describe("a database from before there were hashes", () => {
  it("has every association hashed when the first pepper comes", async () => {
    const { storage } = server;
    await bind("a@example.org", "@alice:example.org", "one");
    const hash = lookupHash(email("a@example.org"), "pepper0");
    await storage.lookupHashes.establish("another", server.now());
    expect(await storage.lookupHashes.pepper()).toBe("pepper0");
    const digest = Buffer.from(hash, "base64url");
    expect(await storage.lookupHashes.mxidsOf("pepper0", [digest])).toEqual(["@alice:example.org"]);
    expect(await storage.lookupHashes.mxidsOf("another", [digest])).toEqual([undefined]);
  });
});
