import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { serverName, type TestServer, testServer, validatedSession } from "./identity-server.js";

const alice = "@alice:example.org";
const hundredYears = 100 * 365 * 24 * 60 * 60 * 1000;
const day = 24 * 60 * 60 * 1000;

describe("associations", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
  });
  afterEach(() => server.close());

  const isSigned = (body: object): boolean => {
    const { keyId, publicKey } = server.keyring.signingKey;
    return verifyJson(body, serverName, keyId, publicKey);
  };

  const openSession = async (email = "alice@example.org") => {
    const client_secret = "open_secret";
    const { sid } = await server.client.orThrow.emailRequestToken({ body: { email, client_secret } });
    return { sid, client_secret };
  };

  describe.each(["v1", "v2"] as const)("getValidated3pid %s", (version) => {
    const check = async (query: { sid: string; client_secret: string }) => {
      if (version === "v1") return server.client.getValidated3pid({ query });
      return server.client.getValidated3pidV2({ query }, { accessToken: await server.issueToken(alice) });
    };

    it("answers what the session has proven, folded, and when", async () => {
      const session = await validatedSession(server, "Alice@Example.ORG");
      const validatedAt = server.now();
      server.advance(1000);
      expect(await check(session)).toMatchObject({
        status: 200,
        body: { medium: "email", address: "alice@example.org", validated_at: validatedAt },
      });
    });

    it("tells an unknown sid and a wrong secret alike", async () => {
      const { sid, client_secret } = await validatedSession(server, "alice@example.org");
      const answers = [await check({ sid, client_secret: "another" }), await check({ sid: "unknown", client_secret })];
      const want = { status: 404, body: { errcode: "M_NO_VALID_SESSION" } };
      expect(answers).toMatchObject([want, want]);
      expect(answers[0]?.body).toEqual(answers[1]?.body);
    });

    it("refuses a session that is not validated, or over", async () => {
      expect(await check(await openSession())).toMatchObject({
        status: 400,
        body: { errcode: "M_SESSION_NOT_VALIDATED" },
      });
      const session = await validatedSession(server, "alice@example.org");
      server.advance(day);
      expect(await check(session)).toMatchObject({ status: 400, body: { errcode: "M_SESSION_EXPIRED" } });
    });
  });

  describe.each(["v1", "v2"] as const)("bind %s", (version) => {
    const bind = async (session: { sid: string; client_secret: string }, mxid: string, caller = mxid) => {
      const request = { body: { ...session, mxid } };
      if (version === "v1") return server.client.bind(request);
      return server.client.bindV2(request, { accessToken: await server.issueToken(caller) });
    };

    it("publishes the folded address for a hundred years, signed under the server's name", async () => {
      const session = await validatedSession(server, "Strauß@Example.com");
      const { status, body } = await bind(session, alice);
      const ts = server.now();
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          medium: "email",
          address: "strauss@example.com",
          mxid: alice,
          ts,
          not_before: ts,
          not_after: ts + hundredYears,
          signatures: { [serverName]: { "ed25519:0": expect.any(String) } },
        },
      });
      expect(isSigned(body)).toBe(true);
    });

    it("lets the newest binding win, and may be repeated", async () => {
      const session = await validatedSession(server, "alice@example.org");
      expect(await bind(session, alice)).toMatchObject({ status: 200 });
      expect(await bind(session, alice)).toMatchObject({ status: 200 });
      expect(await bind(session, "@other:example.org")).toMatchObject({ status: 200 });
      const query = { medium: "email", address: "alice@example.org" };
      expect((await server.client.lookupUser({ query })).body).toMatchObject({ mxid: "@other:example.org" });
    });

    it("refuses a session that proves nothing", async () => {
      expect(await bind({ sid: "unknown", client_secret: "x" }, alice)).toMatchObject({
        status: 404,
        body: { errcode: "M_NO_VALID_SESSION" },
      });
      expect(await bind(await openSession(), alice)).toMatchObject({
        status: 400,
        body: { errcode: "M_SESSION_NOT_VALIDATED" },
      });
      const session = await validatedSession(server, "alice@example.org");
      server.advance(day);
      expect(await bind(session, alice)).toMatchObject({ status: 400, body: { errcode: "M_SESSION_EXPIRED" } });
    });

    it.each(["@", "@alice", "@alice:", "@a:exa mple.org", "@a:300.1.1.1", `@${"a".repeat(250)}:b.org`])(
      "refuses %s as a user",
      async (mxid) => {
        const session = await validatedSession(server, "alice@example.org");
        expect(await bind(session, mxid, alice)).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
      },
    );

    it("is limited by client and by user, and strangers use up nobody's allowance", async () => {
      const session = await validatedSession(server, "alice@example.org");
      server.consumed.length = 0;
      await bind({ sid: "unknown", client_secret: "x" }, alice);
      expect(server.consumed).toEqual(["bind.ip "]);
      await bind(session, alice);
      expect(server.consumed.slice(1)).toEqual(["bind.ip ", `bind.mxid ${alice}`]);
      for (const scope of ["bind.ip", "bind.mxid"] as const) {
        server.exhausted.clear();
        server.exhausted.add(scope);
        const refused = await bind(session, alice);
        expect(refused).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 1500 } });
      }
    });
  });

  it("binds phone numbers too", async () => {
    const client_secret = "phone_secret";
    const body = { country: "GB", phone_number: "07400 123456", client_secret, send_attempt: 1 };
    const { sid } = await server.client.orThrow.msisdnRequestToken({ body });
    const token = server.texts.at(-1)?.code ?? "";
    await server.client.orThrow.msisdnSubmitTokenPost({ body: { sid, client_secret, token } });
    expect((await server.client.bind({ body: { sid, client_secret, mxid: alice } })).body).toMatchObject({
      medium: "msisdn",
      address: "447400123456",
      mxid: alice,
    });
  });

  it("binds on v2 for nobody but the caller", async () => {
    const session = await validatedSession(server, "alice@example.org");
    const accessToken = await server.issueToken("@mallory:example.org");
    expect(await server.client.bindV2({ body: { ...session, mxid: alice } }, { accessToken })).toMatchObject({
      status: 403,
      body: { errcode: "M_UNAUTHORIZED" },
    });
    const query = { medium: "email", address: "alice@example.org" };
    expect((await server.client.lookupUser({ query })).body).toEqual({});
  });

  it("leaves v1 without bind when the operator wants it so", async () => {
    const strict = await testServer({ v1: { enabled: true, bindAnyMxid: false, inviteAsAnySender: true } });
    const session = await validatedSession(strict, "alice@example.org");
    const refused = await strict.client.bind({ body: { ...session, mxid: alice } });
    expect(refused).toMatchObject({ status: 404, body: { errcode: "M_UNRECOGNIZED" } });
    const accessToken = await strict.issueToken(alice);
    expect(await strict.client.bindV2({ body: { ...session, mxid: alice } }, { accessToken })).toMatchObject({
      status: 200,
    });
    strict.close();
  });

  it("ends with one of the bindings when many are made at once", async () => {
    const sessions = await Promise.all(
      Array.from({ length: 10 }, (_, i) => i).map(async (i) => {
        const client_secret = `secret_${i}`;
        const body = { email: "alice@example.org", client_secret };
        const { sid } = await server.client.orThrow.emailRequestToken({ body });
        return { sid, client_secret, mxid: `@user${i}:example.org` };
      }),
    );
    for (const mail of server.mails) {
      if (mail.purpose !== "email-validation") continue;
      const query = Object.fromEntries(new URL(mail.link).searchParams);
      const { sid = "", client_secret = "", token = "" } = query;
      await server.client.orThrow.emailSubmitTokenPost({ body: { sid, client_secret, token } });
    }
    const answers = await Promise.all(sessions.map((body) => server.client.orThrow.bind({ body })));
    const query = { medium: "email", address: "alice@example.org" };
    const { body } = await server.client.lookupUser({ query });
    expect(answers).toContainEqual(body);
    expect(isSigned(body)).toBe(true);
  });
});
