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

describe("what is looked up", () => {
  const asker = "@asker:example.org";
  const counted = () => server.consumed.filter((it) => it.startsWith("lookup."));
  const hashes = (...names: string[]) => names.map((name) => lookupHash(email(`${name}@example.org`), "pepper0"));

  it("counts for the user and the homeserver, once for each address, and not again when it is repeated", async () => {
    await lookup("sha256", [...hashes("a", "b", "a"), "no hash"]);
    expect(counted()).toEqual([`lookup.mxid ${asker} 2`, "lookup.homeserver example.org 2"]);
    await lookup("sha256", hashes("b", "a"));
    expect(counted()).toHaveLength(2);
    await lookup("sha256", hashes("a", "b", "c"));
    expect(counted().slice(2)).toEqual([`lookup.mxid ${asker}`, "lookup.homeserver example.org"]);
  });

  it("counts with algorithm none, too, whatever the spelling", async () => {
    await lookup("none", ["a@example.org email", "A@example.org email", "no address"]);
    await lookup("none", ["a@EXAMPLE.org email"]);
    expect(counted()).toEqual([`lookup.mxid ${asker}`, "lookup.homeserver example.org"]);
  });

  it("counts for each user by itself, and together for every port of a host", async () => {
    await lookup("sha256", hashes("a"));
    accessToken = await server.issueToken("@other:Example.ORG:8448");
    await lookup("sha256", hashes("a"));
    expect(counted().slice(2)).toEqual(["lookup.mxid @other:Example.ORG:8448", "lookup.homeserver example.org"]);
  });

  it.each(["lookup.mxid", "lookup.homeserver"] as const)("is refused by %s", async (scope) => {
    await bind("a@example.org", "@alice:example.org", "one");
    const [known = "", fresh = ""] = hashes("a", "b");
    await lookup("sha256", [known]);
    server.exhausted.add(scope);
    const body = { algorithm: "sha256", pepper: "pepper0", addresses: [fresh] };
    const refused = await server.client.lookupUsersV2({ body }, { accessToken });
    expect(refused).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 1500 } });
    // What was asked for before is still answered, and what was refused is still new.
    expect(await lookup("sha256", [known])).toEqual({ [known]: "@alice:example.org" });
    server.exhausted.clear();
    await lookup("sha256", [fresh]);
    expect(counted().at(-1)).toBe("lookup.homeserver example.org");
  });

  it("does not count with a pepper that is refused", async () => {
    const body = { algorithm: "sha256", pepper: "stale", addresses: hashes("a") };
    expect((await server.client.lookupUsersV2({ body }, { accessToken })).status).toBe(400);
    expect(counted()).toEqual([]);
  });

  it("counts over version 1 for the client's address, and is refused there, too", async () => {
    const { client } = server;
    await client.orThrow.lookupUser({ query: { medium: "email", address: "a@example.org" } });
    const threepids: [string, string][] = [
      ["email", "a@example.org"],
      ["email", "b@example.org"],
      ["email", "B@example.org"],
    ];
    await client.orThrow.lookupUsers({ body: { threepids } });
    expect(counted()).toHaveLength(2);
    for (const line of counted()) expect(line).toMatch(/^lookup\.ip \S*$/);
    server.exhausted.add("lookup.ip");
    const query = { medium: "email", address: "c@example.org" };
    expect((await client.lookupUser({ query })).status).toBe(429);
    const body = { threepids: [["email", "c@example.org"]] satisfies [string, string][] };
    expect((await client.lookupUsers({ body })).status).toBe(429);
  });
});

describe("a rotation", () => {
  it("refuses the old pepper at once and names the new one, with which everybody is found", async () => {
    const { storage } = server;
    const address = email("a@example.org");
    await bind(address.address, "@alice:example.org", "one");
    expect(await storage.pepperRotation.begin("pepper1", server.now())).toBe(true);
    await bind("b@example.org", "@bob:example.org", "two");
    expect((await details()).lookup_pepper).toBe("pepper0");
    while (await storage.pepperRotation.step(server.now()));
    const ask = (pepper: string) =>
      server.client.lookupUsersV2(
        { body: { algorithm: "sha256", pepper, addresses: [lookupHash(address, pepper)] } },
        { accessToken },
      );
    expect(await ask("pepper0")).toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_PEPPER", algorithm: "sha256", lookup_pepper: "pepper1" },
    });
    const mappings = { [lookupHash(address, "pepper1")]: "@alice:example.org" };
    expect(await ask("pepper1")).toMatchObject({ status: 200, body: { mappings } });
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
    expect(await storage.lookupHashes.mxidsOf("another", [digest])).toBeUndefined();
  });
});
