import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FoundBy } from "../../support/settlement.js";
import { type Misbehaviour, type TestHomeserver, testHomeserver } from "../../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../../support/test-network.js";
import { federationOver } from "./federation.js";

let network: TestNetwork;
let federation: ReturnType<typeof federationOver>;
let homeserver: TestHomeserver;
beforeAll(async () => {
  network = await testNetwork();
  federation = federationOver(network);
  homeserver = await testHomeserver(network, "hs.test:8449", "port");
});
afterAll(async () => {
  await federation.close();
  await network.close();
});
beforeEach(() => {
  homeserver.intercept = undefined;
});

describe("a homeserver that is found by", () => {
  it.each<{ by: FoundBy; name: string; host: string }>([
    { by: "port", name: "port.test:8450", host: "port.test:8450" },
    { by: "name", name: "name.test", host: "name.test" },
    { by: "srv", name: "srv.test", host: "srv.test" },
    { by: "old srv", name: "old-srv.test", host: "old-srv.test" },
    { by: "well-known", name: "delegating.test", host: "matrix.delegating.test:8443" },
    { by: "well-known and srv", name: "twice.test", host: "matrix.twice.test" },
  ])("$by is asked by the name it answers to, with a certificate for that name", async ({ by, name, host }) => {
    const found = await testHomeserver(network, name, by);
    const { access_token } = found.openidToken(`@alice:${name}`);
    expect(await federation.userinfo(name, access_token)).toEqual({ outcome: "answered", mxid: `@alice:${name}` });
    expect(found.received.filter(({ target }) => !target.startsWith("/.well-known"))).toEqual([
      { method: "GET", target: `/_matrix/federation/v1/openid/userinfo?access_token=${access_token}`, host, body: "" },
    ]);
    expect(await federation.publicKey(name, "ed25519:1")).toBe(found.signingKey.publicKey);
    expect(await federation.onbind(name, { mxid: `@alice:${name}` })).toEqual({ outcome: "taken" });
    expect(found.bindings).toEqual([{ mxid: `@alice:${name}` }]);
  });

  it("an address is asked with a certificate for that address", async () => {
    const respond = homeserverAnswering({ sub: "@alice:elsewhere.test" });
    const address = await network.listen({ port: 8448, certificateFor: ["127.0.0.1"], respond });
    const answer = await federation.userinfo(address, "token");
    expect(answer).toEqual({ outcome: "refused", reason: "the homeserver named a user of another server" });
  });

  it("SRV records is asked at the next place when one is down", async () => {
    const found = await testHomeserver(network, "backup.test", "srv");
    const services = [
      { target: "gone.backup.test", port: 1, priority: 1 },
      { target: "box.backup.test", port: 1, priority: 2 },
      { target: "box.backup.test", port: 4443, priority: 3 },
    ];
    network.dns.set("_matrix-fed._tcp.backup.test", { services });
    const { access_token } = found.openidToken("@alice:backup.test");
    expect((await federation.userinfo("backup.test", access_token)).outcome).toBe("answered");
  });

  it.each([
    { what: "whose name says that there is none", name: "none.test", reason: "the server says that it has no place" },
    { what: "whose name servers fail", name: "broken.test", reason: "broken.test cannot be found" },
    { what: "that does not exist", name: "nowhere.test", reason: "nowhere.test has no address" },
    {
      what: "whose certificate is another's",
      name: "thief.test",
      reason: "the other server could not be asked (ERR_TLS_CERT_ALTNAME_INVALID)",
    },
    { what: "whose name is no address", name: "1.2.3.4.5", reason: "the other server could not be asked" },
    { what: "whose name is no international one", name: "xn--a", reason: "the other server could not be asked" },
    { what: "whose name is none", name: "no name", reason: "this is no name of a server" },
  ])("nothing, $what, is unreachable", async ({ name, reason }) => {
    network.dns.set("_matrix-fed._tcp.none.test", { services: [{ target: "", port: 0 }] });
    network.dns.set("_matrix-fed._tcp.broken.test", "fails");
    const respond = homeserverAnswering({ sub: "@alice:thief.test" });
    const address = await network.listen({ port: 8448, certificateFor: ["honest.test"], respond });
    network.dns.set("thief.test", { addresses: [address] });
    expect(await federation.userinfo(name, "token")).toEqual({ outcome: "unreachable", reason });
  });
});

const homeserverAnswering =
  (body: unknown): Parameters<TestNetwork["listen"]>[0]["respond"] =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  };

describe("an OpenID token", () => {
  it("that the homeserver does not know is refused", async () => {
    expect(await federation.userinfo(homeserver.name, "made up & odd")).toEqual({
      outcome: "refused",
      reason: "the homeserver does not accept the token",
    });
    expect(homeserver.received.at(-1)?.target).toBe(
      "/_matrix/federation/v1/openid/userinfo?access_token=made+up+%26+odd",
    );
  });

  it.each([
    "@alice:other.test",
    "@alice:hs.test",
    "@alice:hs.test:8450",
    "@alice:HS.test:8449",
    "@alice:hs.test:8449:8449.test",
  ])("of %s proves nobody", async (sub) => {
    homeserver.intercept = () => ({ status: 200, body: { sub } });
    const { outcome } = await federation.userinfo(homeserver.name, "token");
    expect(outcome).toBe(sub.endsWith("8449.test") ? "unreachable" : "refused");
  });

  it.each<{ what: string; how: Misbehaviour; outcome: "refused" | "unreachable" }>([
    { what: "is forbidden", how: { status: 403, body: { errcode: "M_FORBIDDEN" } }, outcome: "refused" },
    { what: "is not understood", how: { status: 400, body: { errcode: "M_INVALID_PARAM" } }, outcome: "refused" },
    {
      what: "is no matter of the server",
      how: { status: 404, body: { errcode: "M_UNRECOGNIZED" } },
      outcome: "unreachable",
    },
    { what: "meets a proxy's own 403", how: { status: 403 }, outcome: "unreachable" },
    { what: "came too often", how: { status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } }, outcome: "unreachable" },
    { what: "breaks the server", how: { status: 500, body: { errcode: "M_UNKNOWN" } }, outcome: "unreachable" },
    {
      what: "is redirected",
      how: { status: 302, headers: { location: "https://127.0.0.1/" } },
      outcome: "unreachable",
    },
    { what: "has nobody's name", how: { status: 200, body: {} }, outcome: "unreachable" },
    { what: "has a number for a name", how: { status: 200, body: { sub: 1 } }, outcome: "unreachable" },
    { what: "has no user id", how: { status: 200, body: { sub: "alice" } }, outcome: "unreachable" },
    { what: "has a list for an answer", how: { status: 200, body: [] }, outcome: "unreachable" },
    { what: "meets silence", how: "hangs up", outcome: "unreachable" },
  ])("that $what: $outcome", async ({ how, outcome }) => {
    homeserver.intercept = () => how;
    expect((await federation.userinfo(homeserver.name, "token")).outcome).toBe(outcome);
  });

  it("is never told in a reason", async () => {
    for (const how of ["hangs up", { status: 500 }, { status: 401, body: { errcode: "M_X" } }] as const) {
      homeserver.intercept = () => how;
      expect(JSON.stringify(await federation.userinfo(homeserver.name, "hush-hush"))).not.toContain("hush");
    }
  });
});

describe("a binding", () => {
  const body = { medium: "email", address: "a@b.test", mxid: "@alice:hs.test:8449", invites: [] };
  const methods = () => homeserver.received.filter(({ target }) => target.endsWith("onbind")).map((it) => it.method);

  it("is posted, and put where that is not known", async () => {
    for (const status of [404, 405]) {
      const before = methods().length;
      homeserver.intercept = ({ method }) => (method === "POST" ? { status } : undefined);
      expect(await federation.onbind(homeserver.name, body)).toEqual({ outcome: "taken" });
      expect(methods().slice(before)).toEqual(["POST", "PUT"]);
      expect(homeserver.bindings.at(-1)).toEqual(body);
    }
  });

  it.each<{ how: Misbehaviour; want: object }>([
    { how: { status: 200, body: "anything" }, want: { outcome: "taken" } },
    { how: { status: 404 }, want: { outcome: "refused", status: 404 } },
    { how: { status: 403, body: { errcode: "M_FORBIDDEN" } }, want: { outcome: "refused", status: 403 } },
    { how: { status: 502 }, want: { outcome: "unreachable", reason: "the homeserver answered with status 502" } },
    { how: { status: 429, headers: { "retry-after": "7" } }, want: { outcome: "unreachable", retryAfterMs: 7000 } },
    { how: { status: 503, headers: { "retry-after": "999999" } }, want: { retryAfterMs: 86_400_000 } },
    { how: { status: 503, headers: { "retry-after": "9".repeat(400) } }, want: { retryAfterMs: 86_400_000 } },
    { how: { status: 503, headers: { "retry-after": "tomorrow" } }, want: { retryAfterMs: undefined } },
    { how: { status: 429, body: { retry_after_ms: 2500 } }, want: { retryAfterMs: 2500 } },
    { how: { status: 429, body: { retry_after_ms: 1e12 } }, want: { retryAfterMs: 86_400_000 } },
    { how: { status: 429, body: { retry_after_ms: "2500" } }, want: { retryAfterMs: undefined } },
    { how: { status: 429, body: { retry_after_ms: -1 } }, want: { retryAfterMs: undefined } },
    {
      how: { status: 429, headers: { "retry-after": "7" }, body: { retry_after_ms: 2500 } },
      want: { retryAfterMs: 7000 },
    },
    { how: { status: 307, headers: { location: "https://127.0.0.1/" } }, want: { outcome: "unreachable" } },
    {
      how: "hangs up",
      want: { outcome: "unreachable", reason: "the other server could not be asked (UND_ERR_SOCKET)" },
    },
  ])("that meets $how", async ({ how, want }) => {
    homeserver.intercept = () => how;
    expect(await federation.onbind(homeserver.name, body)).toMatchObject(want);
  });

  it("ends with its caller", async () => {
    homeserver.intercept = () => "never answers";
    const answer = await federation.onbind(homeserver.name, body, AbortSignal.timeout(50));
    expect(answer.outcome).toBe("unreachable");
  });
});
