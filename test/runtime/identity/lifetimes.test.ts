/** How long things last at the identity server: the clock is turned by hand. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operations } from "../../../generated/identity/index.js";
import { endedAccessTokens, endedSessions } from "../../../runtime/compose/upkeep.js";
import { termsPermit } from "../../../runtime/identity/terms.js";
import type { Terms } from "../../../runtime/protocol/terms.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { validation } from "../../../runtime/validation/validation.js";
import { fakeCourier, fakeLimiter, fakePages, fakeSms } from "../fakes.js";
import { mailedLink, type TestServer, testServer, validatedSession } from "./identity-server.js";

const hour = 60 * 60 * 1000;
const day = 24 * hour;

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

const asked = async (email = "alice@example.org", send_attempt = 1) => {
  const body = { email, client_secret: "a_secret", send_attempt };
  const { sid } = await server.client.orThrow.emailRequestToken({ body });
  return { sid, client_secret: "a_secret", token: mailedLink(server).query["token"] ?? "" };
};
const submit = async (body: { sid: string; client_secret: string; token: string }) =>
  (await server.client.emailSubmitTokenPost({ body })).body;

const expired = { status: 400, body: { errcode: "M_SESSION_EXPIRED" } };

describe("an access token", () => {
  const lifetime = 30 * day;
  const isKnown = async (at: TestServer, accessToken: string) =>
    (await at.client.getAccount({}, { accessToken })).status === 200;

  it("holds for as long as the operator says, used or not, to the millisecond", async () => {
    const strict = await testServer({ accessTokenLifetimeMs: lifetime });
    const token = await strict.issueToken("@alice:example.org");
    strict.advance(lifetime - 1);
    expect(await isKnown(strict, token)).toBe(true);
    const later = await strict.issueToken("@alice:example.org");
    const [sweep] = endedAccessTokens(strict.storage.accessTokens, lifetime, { now: strict.now });
    expect(await sweep?.()).toBe(0);
    strict.advance(1);
    expect(await strict.client.getAccount({}, { accessToken: token })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNAUTHORIZED" },
    });
    expect(await isKnown(strict, later)).toBe(true);
    expect(await sweep?.()).toBe(1);
    expect(await sweep?.()).toBe(0);
    expect(await isKnown(strict, later)).toBe(true);
    strict.close();
  });

  it("holds for ever where the operator says nothing", async () => {
    const token = await server.issueToken("@alice:example.org");
    server.advance(200 * 365 * day);
    expect(await isKnown(server, token)).toBe(true);
    expect(endedAccessTokens(server.storage.accessTokens, undefined, { now: server.now })).toEqual([]);
  });
});

describe("a session", () => {
  it("can be validated for 24 hours", async () => {
    const early = await asked();
    server.advance(day - 1);
    expect(await submit(early)).toEqual({ success: true });
    const late = await asked("bob@example.org");
    server.advance(day);
    expect(await submit(late)).toMatchObject({ success: false, errcode: "M_SESSION_EXPIRED" });
    const query = { sid: late.sid, client_secret: late.client_secret };
    expect(await server.client.getValidated3pid({ query })).toMatchObject(expired);
  });

  it("is not prolonged by asking for its message again, nor by wrong tokens", async () => {
    const first = await asked();
    server.advance(day - hour);
    expect((await asked("alice@example.org", 2)).sid).toBe(first.sid);
    expect(await submit({ ...first, token: "wrong" })).toMatchObject({ errcode: "M_TOKEN_INCORRECT" });
    server.advance(hour);
    expect(await submit(first)).toMatchObject({ errcode: "M_SESSION_EXPIRED" });
    expect((await asked("alice@example.org", 2)).sid).not.toBe(first.sid);
  });

  it("can be used for 24 hours more, as often as wanted, and using it prolongs nothing", async () => {
    const session = await validatedSession(server, "alice@example.org");
    const validatedAt = server.now();
    server.advance(day - 1);
    const body = { ...session, mxid: "@alice:example.org" };
    expect(await server.client.bind({ body })).toMatchObject({ status: 200 });
    expect(await server.client.bind({ body })).toMatchObject({ status: 200 });
    expect(await server.client.orThrow.getValidated3pid({ query: session })).toMatchObject({
      validated_at: validatedAt,
    });
    server.advance(1);
    const { status, body: refusal } = await server.client.bind({ body });
    expect({ status, body: refusal }).toMatchObject(expired);
    const threepid = { medium: "email", address: "alice@example.org" };
    expect(await server.client.unbind({ body: { ...body, threepid } })).toMatchObject(expired);
    expect(await server.client.getValidated3pid({ query: session })).toMatchObject(expired);
  });

  it("is told to have expired for a day more, and then is gone from the disk", async () => {
    const { sid, client_secret } = await validatedSession(server, "alice@example.org");
    const ports = {
      courier: fakeCourier(),
      sms: fakeSms(),
      pages: fakePages,
      limiter: fakeLimiter(),
      random: systemRandom,
    };
    const sessions = server.storage.validationSessions;
    const sweep = endedSessions(validation({ ...ports, sessions, clock: { now: server.now } }));
    const query = { sid, client_secret };
    server.advance(2 * day - 1);
    expect(await sweep()).toBe(0);
    expect(await server.client.getValidated3pid({ query })).toMatchObject(expired);
    server.advance(1);
    expect(await sweep()).toBe(1);
    expect(await sessions.find(sid)).toBeUndefined();
    const unknown = { status: 404, body: { errcode: "M_NO_VALID_SESSION" } };
    expect(await server.client.getValidated3pid({ query })).toMatchObject(unknown);
  });
});

describe("an association", () => {
  it("outlives the session that proved it, and says that it holds for 100 years", async () => {
    const session = await validatedSession(server, "alice@example.org");
    const body = { ...session, mxid: "@alice:example.org" };
    const { ts, not_before, not_after } = await server.client.orThrow.bind({ body });
    expect([not_before, not_after - ts]).toEqual([ts, 100 * 365 * day]);
    server.advance(365 * day);
    const query = { medium: "email", address: "alice@example.org" };
    expect(await server.client.orThrow.lookupUser({ query })).toMatchObject({ mxid: "@alice:example.org" });
  });
});

describe("an access token", () => {
  it("holds until its user leaves, however long that is", async () => {
    const accessToken = await server.issueToken("@alice:example.org");
    server.advance(10 * 365 * day);
    expect(await server.client.getAccount({}, { accessToken })).toMatchObject({ status: 200 });
    await server.client.logout({}, { accessToken });
    expect(await server.client.getAccount({}, { accessToken })).toMatchObject({ status: 401 });
  });
});

describe("accepted terms", () => {
  const edition = (version: string): Terms =>
    new Map([
      ["tos", { version, texts: new Map([["en", { name: "Terms", url: `https://id.example.org/tos-${version}` }]]) }],
      ["privacy", { version: "7", texts: new Map([["en", { name: "P", url: "https://id.example.org/privacy-7" }]]) }],
    ]);

  it("hold for one edition: a new one asks again, and only for what is new", async () => {
    const { acceptedTerms } = server.storage;
    const alice = { mxid: "@alice:example.org", tokenHash: "x" };
    const mayEnter = async (terms: Terms): Promise<boolean> => {
      const permit = termsPermit(terms, acceptedTerms);
      if (permit === undefined) throw new Error("there are terms");
      return permit(alice, operations.getAccount).then(
        () => true,
        () => false,
      );
    };
    await acceptedTerms.accept(alice.mxid, ["https://id.example.org/tos-1", "https://id.example.org/privacy-7"], 1);
    expect([await mayEnter(edition("1")), await mayEnter(edition("2"))]).toEqual([true, false]);
    await acceptedTerms.accept(alice.mxid, ["https://id.example.org/tos-2"], 2);
    expect(await mayEnter(edition("2"))).toBe(true);
    // Whoever puts the old edition back asks nobody twice.
    expect(await mayEnter(edition("1"))).toBe(true);
  });
});
