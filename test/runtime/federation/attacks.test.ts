/** What others were attacked with, each under the name it became known by. */

import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { identityServers } from "../../../runtime/federation/identity-servers.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { type Misbehaviour, type TestHomeserver, testHomeserver } from "../../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../../support/test-network.js";
import { federationOver } from "./federation.js";

let network: TestNetwork;
let federation: ReturnType<typeof federationOver>;
/** Listens where nobody may come from outside. */
let trap: Server;
let trapPort: number;
let trapped: number;
const dialled: string[] = [];
beforeAll(async () => {
  network = await testNetwork();
  trap = createServer(
    network.authority.issue(["victim.test", "127.0.0.1", "::1", "localhost"]),
    (_request, response) => {
      response.end("{}");
    },
  );
  trap.on("connection", () => {
    trapped += 1;
  });
  await new Promise<void>((ready) => trap.listen(0, "127.0.0.1", ready));
  const { port } = trap.address() as AddressInfo; // a TCP server has no other kind
  trapPort = port;
});
afterAll(async () => {
  trap.closeAllConnections();
  await new Promise((closed) => trap.close(closed));
  await network.close();
});
beforeEach(() => {
  trapped = 0;
  dialled.length = 0;
  federation = federationOver(network, { dialled });
});
afterEach(() => federation.close());

/** Everything that asks a homeserver which somebody else named. */
const askEverything = async (name: string): Promise<string[]> => {
  const userinfo = await federation.userinfo(name, "token");
  const onbind = await federation.onbind(name, {});
  const key = await federation.publicKey(name, "ed25519:1");
  return [userinfo.outcome, onbind.outcome, typeof key];
};
const nothing = ["unreachable", "unreachable", "undefined"];

/** What a homeserver asks of an identity server that a client names in `id_server`. */
const askIdentityServer = async (name: string): Promise<string[]> => {
  const servers = identityServers({
    serverName: "hs.test",
    signingKey: async () => signingKeyOf("ed25519:1", new Uint8Array(32)),
    signedFor: ["destination"],
    baseUrls: new Map(),
    fetchListed: () => Promise.reject(new Error("nothing is listed")),
    fetchUnlisted: federation.fetch,
  });
  const unbound = await servers.unbind({ name }, { medium: "email", address: "a@b.test" }, "@a:hs.test");
  const bound = await servers.bind({ name, accessToken: "t" }, { sid: "1", clientSecret: "s" }, "@a:hs.test");
  return [unbound.outcome, bound.outcome];
};

const forbidden = [
  "127.0.0.1",
  "127.8.8.8",
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "192.168.1.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "64:ff9b::7f00:1",
  "2001:0:7f00:1::",
  "2002:7f00:1::",
  "fc00::1",
  "fe80::1",
  "ff02::1",
] as const;
const literal = (address: string): string => (address.includes(":") ? `[${address}]` : address);

describe("CVE-2021-29431, CVE-2021-21392 and CVE-2021-21273, requests to where strangers may not look", () => {
  it.each([
    ...forbidden.map(literal),
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "localhost",
  ])("go to no server called %s", async (name) => {
    expect(await askEverything(`${name}:${trapPort}`)).toEqual(nothing);
    expect(await askEverything(name)).toEqual(nothing);
    expect(await askIdentityServer(`${name}:${trapPort}`)).toEqual(["unreachable", "unreachable"]);
    expect([dialled, trapped]).toEqual([[], 0]);
  });

  it.each(forbidden)("go to no server whose name resolves to %s", async (address) => {
    network.dns.set("victim.test", { addresses: [address] });
    expect(await askEverything(`victim.test:${trapPort}`)).toEqual(nothing);
    expect(await askEverything("victim.test")).toEqual(nothing);
    expect(await askIdentityServer(`victim.test:${trapPort}`)).toEqual(["unreachable", "unreachable"]);
    expect([dialled, trapped]).toEqual([[], 0]);
  });

  it("go to no server whose name resolves to a public address as well, or stands for another name", async () => {
    network.dns.set("victim.test", { addresses: ["10.77.0.1", "127.0.0.1"] });
    network.dns.set("alias.test", { alias: "inside.test" });
    network.dns.set("inside.test", { addresses: ["127.0.0.1"] });
    expect(await askEverything(`victim.test:${trapPort}`)).toEqual(nothing);
    expect(await askEverything(`alias.test:${trapPort}`)).toEqual(nothing);
    expect([dialled, trapped]).toEqual([[], 0]);
  });

  it.each(forbidden)("go to no server that SRV records or delegation put at %s", async (address) => {
    network.dns.set("inside.test", { addresses: [address] });
    network.dns.set("_matrix-fed._tcp.victim.test", { services: [{ target: "inside.test", port: trapPort }] });
    network.dns.set("victim.test", { addresses: ["10.77.9.9"] });
    expect(await askEverything("victim.test")).toEqual(nothing);
    const delegating = await testHomeserver(network, "delegating.test");
    delegating.intercept = () => ({ status: 200, body: { "m.server": `${literal(address)}:${trapPort}` } });
    expect(await askEverything("delegating.test")).toEqual(nothing);
    const known = delegating.received.map(({ target }) => target);
    expect(known).toEqual(["/.well-known/matrix/server"]);
    expect(dialled.filter((place) => !place.startsWith("10.77."))).toEqual([]);
    expect(trapped).toBe(0);
  });

  it.each([...forbidden.map(literal), "2130706433", "0x7f.1", "victim.test"])(
    "follow no redirect to %s",
    async (host) => {
      network.dns.set("victim.test", { addresses: ["127.0.0.1"] });
      const redirecting = await testHomeserver(network, "redirecting.test");
      const location = `https://${host}:${trapPort}/.well-known/matrix/server`;
      redirecting.intercept = () => ({ status: 302, headers: { location } });
      expect(await askEverything("redirecting.test")).toEqual(nothing);
      expect(dialled.filter((place) => !place.startsWith("10.77."))).toEqual([]);
      expect(trapped).toBe(0);
    },
  );

  it("follow no redirect of an answer, wherever it leads", async () => {
    const redirecting = await testHomeserver(network, "away.test:8449", "port");
    const elsewhere = await testHomeserver(network, "elsewhere.test:8450", "port");
    redirecting.intercept = () => ({ status: 307, headers: { location: "https://elsewhere.test:8450/" } });
    expect(await askEverything(redirecting.name)).toEqual(nothing);
    expect(await askIdentityServer(redirecting.name)).toEqual(["unsupported", "unsupported"]);
    expect(elsewhere.received).toEqual([]);
  });

  it("go to the address that was checked, though the name has another one a moment later", async () => {
    const honest = await testHomeserver(network, "rebinding.test:8451", "port");
    let asked = 0;
    network.dns.set("rebinding.test", () => {
      asked += 1;
      // One question for each family of addresses.
      return { addresses: [asked <= 2 ? honest.address : "127.0.0.1"] };
    });
    const { access_token } = honest.openidToken(`@alice:${honest.name}`);
    expect((await federation.userinfo(honest.name, access_token)).outcome).toBe("answered");
    expect(dialled).toEqual([`${honest.address} 8451`]);
    await federation.close();
    federation = federationOver(network, { dialled });
    expect((await federation.userinfo(honest.name, access_token)).outcome).toBe("unreachable");
    expect([asked, dialled.length, trapped]).toEqual([4, 1, 0]);
  });

  it("go to private addresses that the operator lists, and to no others", async () => {
    const address = await network.listen({ port: 8448, certificateFor: ["127.0.0.1"], respond: answerUnknown });
    expect(await askEverything(address)).toEqual(["refused", "refused", "undefined"]);
    const strict = federationOver(network, { listed: [], dialled });
    dialled.length = 0;
    expect((await strict.userinfo(address, "token")).outcome).toBe("unreachable");
    expect(dialled).toEqual([]);
    await strict.close();
  });
});

const answerUnknown: Parameters<TestNetwork["listen"]>[0]["respond"] = (_request, response) => {
  response.writeHead(401).end('{"errcode":"M_UNKNOWN_TOKEN"}');
};

describe("Sydent 2.3.0, users whom their homeserver may not name", () => {
  it.each([
    "@victim:example.org",
    "@victim:Mallory.test:8453",
    "@victim:mallory.test",
    "@victim:mallory.test:8454",
    "@victim:mallory.test:8453.example.org",
    "@a:mallory.test:8453:example.org",
    "@victim:example.org\u0000:mallory.test:8453",
    "victim:mallory.test:8453",
    "@victim",
    "",
  ])("are not believed: %j", async (mxid) => {
    const mallory = await testHomeserver(network, "mallory.test:8453", "port");
    const { access_token } = mallory.openidToken(mxid);
    const { outcome } = await federation.userinfo(mallory.name, access_token);
    expect(outcome).not.toBe("answered");
    const honest = mallory.openidToken("@own:mallory.test:8453").access_token;
    const want = { outcome: "answered", mxid: "@own:mallory.test:8453" };
    expect(await federation.userinfo(mallory.name, honest)).toEqual(want);
  });
});

describe("CVE-2021-29430 and CVE-2021-21274, answers without an end", () => {
  let homeserver: TestHomeserver;
  beforeAll(async () => {
    homeserver = await testHomeserver(network, "endless.test:8452", "port");
  });

  const deep = "[".repeat(60_000);
  it.each<{ what: string; how: Misbehaviour }>([
    { what: "that never end", how: "never ends" },
    { what: "that are long", how: { status: 200, body: { sub: "@a:endless.test:8452", more: "x".repeat(65_536) } } },
    { what: "with a head that is long", how: { status: 200, headers: { "x-long": "x".repeat(20_000) } } },
  ])("$what are cut", async ({ how }) => {
    homeserver.intercept = () => how;
    expect(await askEverything(homeserver.name)).toEqual(nothing);
    expect(await askIdentityServer(homeserver.name)).toEqual(["unreachable", "unreachable"]);
  });

  it("that never begin, or drip, are not waited for", async () => {
    homeserver.intercept = () => "never answers";
    const hasty = federationOver(network, { timeoutMs: 200 });
    const began = Date.now();
    expect((await hasty.userinfo(homeserver.name, "token")).outcome).toBe("unreachable");
    expect(await hasty.publicKey(homeserver.name, "ed25519:1")).toBeUndefined();
    expect(Date.now() - began).toBeLessThan(20_000);
    await hasty.close();
  });

  it("that nest without an end are no answers", async () => {
    let body = deep;
    const respond: typeof answerUnknown = (_request, response) => void response.writeHead(200).end(body);
    const address = await network.listen({ port: 8448, certificateFor: ["127.0.0.1"], respond });
    expect((await federation.userinfo(address, "token")).outcome).toBe("unreachable");
    const signatures = { [address]: { "ed25519:1": "x" } };
    const key = { key: "XSl0kuyvrXNj6A+7/tkrB9sxSbRi08Of5uRhxOqZtEQ" };
    const about = {
      server_name: address,
      verify_keys: { "ed25519:1": key },
      valid_until_ts: Date.now() + 1e6,
      signatures,
    };
    body = `${JSON.stringify(about).slice(0, -1)},"deep":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    expect(await federation.publicKey(address, "ed25519:1")).toBeUndefined();
  });

  it("in a well-known file do not keep the server from being found", async () => {
    const host = await testHomeserver(network, "wordy.test");
    host.intercept = ({ target }) => (target.startsWith("/.well-known") ? "never ends" : undefined);
    network.dns.set("_matrix-fed._tcp.wordy.test", { services: [{ target: "box.wordy.test", port: 4443 }] });
    const respond = answerUnknown;
    const address = await network.listen({ port: 4443, certificateFor: ["wordy.test"], respond });
    network.dns.set("box.wordy.test", { addresses: [address] });
    expect((await federation.userinfo("wordy.test", "token")).outcome).toBe("refused");
  });

  it("are cut where they come from: what was sent stays near what is read, and so does memory", async () => {
    const sent: number[] = [];
    const chunk = Buffer.alloc(65_536, " ");
    const respond: typeof answerUnknown = ({ socket }, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      socket.on("close", () => sent.push(socket.bytesWritten));
      response.on("drain", pour);
      pour();
    };
    const address = await network.listen({ port: 8448, certificateFor: ["127.0.0.1"], respond });
    // Twenty handshakes at once take a busy machine a while.
    const patient = federationOver(network, { timeoutMs: 30_000 });
    const requests = Array.from({ length: 20 }, () => patient.userinfo(address, "token"));
    const answers = await Promise.all(requests);
    await patient.close();
    const cut = { outcome: "unreachable", reason: "the answer is longer than 65536 bytes" };
    expect(answers).toEqual(answers.map(() => cut));
    await expect.poll(() => sent.length, { interval: 10 }).toBe(20);
    // Twice what is read, and what two sockets of this machine hold between them.
    expect(Math.max(...sent)).toBeLessThan(8 * 1024 * 1024);
  });
});
