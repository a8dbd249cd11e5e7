import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ThreepidCreds } from "../../../generated/client-server/index.js";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { mailedLink, validatedSession } from "../identity/identity-server.js";
import { password, registerUser, sessionOf } from "./homeserver.js";
import { bothServers, idServer, proxied } from "./identity-server.js";

const day = 24 * 60 * 60 * 1000;

type Servers = Awaited<ReturnType<typeof bothServers>>;

let servers: Servers;
beforeEach(async () => {
  servers = await bothServers({ threepids: proxied });
});
afterEach(() => servers.close());

const email = (more: object = {}) => ({
  email: "alice@example.org",
  client_secret: "secret",
  send_attempt: 1,
  id_server: idServer,
  ...more,
});

/** Opens the link that the identity server mailed. */
const openIdentityLink = async ({ identity }: Servers): Promise<void> => {
  const { query } = mailedLink(identity);
  const { sid = "", client_secret = "", token = "" } = query;
  await identity.client.orThrow.emailSubmitTokenPost({ body: { sid, client_secret, token } });
};

const validate = async (operation: "requestTokenToRegisterEmail", more: object = {}) => {
  const { sid } = await servers.server.client.orThrow[operation]({ body: email(more) });
  await openIdentityLink(servers);
  return { sid, client_secret: "secret", id_server: idServer, ...more };
};

describe("what an identity server says that it has validated", () => {
  const answered = async (validated_at: number) => {
    const { accessToken } = await registerUser(servers.server, "alice");
    servers.stand.in = () => Response.json({ medium: "email", address: "alice@example.org", validated_at });
    const creds = { sid: "1", client_secret: "secret", id_server: idServer };
    return servers.server.client.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken });
  };

  it.each([-day, day])("does not count when that was %i ms from now", async (distance) => {
    const answer = await answered(servers.server.clock.now() + distance);
    expect(answer).toMatchObject({ status: 403, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
  });

  it("counts for a day", async () => {
    expect(await answered(servers.server.clock.now() - day + 1)).toMatchObject({ status: 200 });
  });
});

describe("asking an identity server what it has validated", () => {
  const attempt = async (answer: Response, clientSecret = "secret") => {
    servers.stand.in = () => answer;
    const threepid_creds = { sid: "1", client_secret: clientSecret, id_server: idServer };
    const auth = { type: "m.login.email.identity", threepid_creds };
    return servers.server.client.changePassword({ body: { new_password: password, auth } });
  };
  const refusal = (errcode: string) => Response.json({ errcode, error: "no" }, { status: 404 });
  const proofs = () => servers.server.limiter.counted.filter((it) => /^(secret|proof)/.test(it));

  it("counts by client address, and what may be a guess by session", async () => {
    await attempt(refusal("M_SESSION_NOT_VALIDATED"));
    expect(proofs()).toEqual(["proof.ip "]);
    await attempt(refusal("M_NO_VALID_SESSION"), "guess");
    expect(proofs().slice(1)).toEqual(["proof.ip ", `secret.sid ${idServer} 1`]);
  });

  it.each(["proof.ip", "secret.sid"] as const)("ends with %s, and nobody is asked", async (scope) => {
    servers.server.limiter.refused.add(scope);
    expect(await attempt(refusal("M_NO_VALID_SESSION"))).toMatchObject({ status: 429 });
    expect(servers.asked).toEqual([]);
  });
});

describe("requestToken, handed on to an identity server (J1-old)", () => {
  it.each([idServer, `https://${idServer}`, `${idServer}/`, "ID.example.org"])(
    "understands id_server %s",
    async (named) => {
      const answer = await servers.server.client.orThrow.requestTokenToRegisterEmail({
        body: email({ id_server: named }),
      });
      expect(servers.asked).toEqual(["POST /_matrix/identity/api/v1/validate/email/requestToken"]);
      expect(mailedLink(servers.identity).query).toMatchObject({ sid: answer.sid });
      expect(servers.server.courier.sent).toEqual([]);
    },
  );

  it.each([
    "evil.example",
    `${idServer}:8448`,
    `${idServer}/path`,
    `user@${idServer}`,
    `${idServer}?x`,
    `${idServer}#x`,
    "",
    "127.0.0.1",
  ])("trusts no %s", async (named) => {
    for (const operation of ["requestTokenToRegisterEmail", "requestTokenTo3PIDEmail"] as const) {
      const answer = await servers.server.client[operation]({ body: email({ id_server: named }) });
      expect(answer).toMatchObject({ status: 400, body: { errcode: "M_SERVER_NOT_TRUSTED" } });
    }
    expect(servers.asked).toEqual([]);
  });

  it("misses an id_server that is not given", async () => {
    const { email: address, client_secret, send_attempt } = email();
    const body = { email: address, client_secret, send_attempt };
    const answer = await servers.server.client.requestTokenToRegisterEmail({ body });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_MISSING_PARAM" } });
  });

  it("uses version 2 with the client's token for it, and passes neither token nor id_server on", async () => {
    const id_access_token = await servers.identity.issueToken("@alice:example.org");
    const bodies: unknown[] = [];
    servers.stand.in = async (request) => {
      expect(request.headers.get("authorization")).toBe(`Bearer ${id_access_token}`);
      bodies.push(await request.clone().json());
      return servers.identity.fetch(request);
    };
    await servers.server.client.orThrow.requestTokenToRegisterEmail({
      body: email({ id_access_token, next_link: "https://app.example.org/" }),
    });
    expect(servers.asked).toEqual(["POST /_matrix/identity/v2/validate/email/requestToken"]);
    expect(bodies).toEqual([
      { email: "alice@example.org", client_secret: "secret", send_attempt: 1, next_link: "https://app.example.org/" },
    ]);
  });

  it("passes what the identity server says about a phone number on", async () => {
    const body = {
      country: "GB",
      phone_number: "07400123456",
      client_secret: "s",
      send_attempt: 1,
      id_server: idServer,
    };
    const answer = await servers.server.client.orThrow.requestTokenTo3PIDMSISDN({ body });
    expect(answer).toEqual({
      sid: answer.sid,
      submit_url: "https://matrix.example.org/_threepid/client/r0/validate/msisdn/submitToken",
      msisdn: "447400123456",
      intl_fmt: "+44 7400 123456",
    });
    expect(servers.identity.texts).toHaveLength(1);
  });

  it.each([
    { status: 400, body: { errcode: "M_EMAIL_SEND_ERROR", error: "no" }, want: 400 },
    { status: 400, body: { errcode: "M_INVALID_EMAIL", error: "no" }, want: 400 },
    { status: 403, body: { errcode: "M_TERMS_NOT_SIGNED", error: "read them" }, want: 403 },
    { status: 401, body: { errcode: "M_UNAUTHORIZED", error: "no" }, want: 403 },
    { status: 500, body: { errcode: "M_UNKNOWN", error: "oh" }, want: 502 },
    { status: 429, body: { errcode: "M_LIMIT_EXCEEDED", error: "slow", retry_after_ms: 7000 }, want: 429 },
  ])("relays $status $body.errcode with $want", async ({ status, body, want }) => {
    servers.stand.in = () => Response.json(body, { status });
    const answer = await servers.server.client.requestTokenToRegisterEmail({ body: email() });
    expect(answer).toMatchObject({ status: want, body: { errcode: body.errcode } });
  });

  it.each([
    { what: "a page", answer: () => new Response("<html>", { status: 502 }) },
    {
      what: "a redirect",
      answer: () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
    },
    { what: "another shape", answer: () => Response.json({ sid: 7 }) },
    { what: "no JSON", answer: () => new Response("{", { status: 200 }) },
    { what: "a sid that no session has", answer: () => Response.json({ sid: "a b" }) },
    { what: "nothing", answer: () => Promise.reject<Response>(new TypeError("fetch failed")) },
  ])("answers 502 where the identity server answers $what", async ({ answer }) => {
    servers.stand.in = answer;
    const got = await servers.server.client.requestTokenToRegisterEmail({ body: email() });
    expect(got).toMatchObject({ status: 502, body: { errcode: "M_UNKNOWN" } });
  });
});

describe("the code of a number that an identity server validates", () => {
  const phone = {
    country: "GB",
    phone_number: "07400123456",
    client_secret: "s",
    send_attempt: 1,
    id_server: idServer,
  };
  let sid = "";
  let code = "";
  beforeEach(async () => {
    sid = (await servers.server.client.orThrow.requestTokenToRegisterMSISDN({ body: phone })).sid;
    code = servers.identity.texts.at(-1)?.code ?? "";
  });
  const submit = (token: string, client_secret = "s") =>
    servers.server.client.submitUrlMsisdnPost({ body: { sid, client_secret, token } });

  it("is submitted to the homeserver, which passes it on, and registers the number", async () => {
    expect(await submit(code === "000000" ? "000001" : "000000")).toMatchObject({
      status: 400,
      body: { success: false, errcode: "M_TOKEN_INCORRECT" },
    });
    expect(await submit(code)).toMatchObject({ status: 200, body: { success: true } });
    expect(servers.asked.at(-1)).toBe("POST /_matrix/identity/api/v1/validate/msisdn/submitToken");
    const creds = { sid, client_secret: "s", id_server: idServer };
    const auth = { type: "m.login.msisdn", threepid_creds: creds };
    const body = await servers.server.client.orThrow.register({ body: { username: "alice", password, auth } });
    expect(await servers.server.accounts.threepids(body.user_id)).toMatchObject([{ address: "447400123456" }]);
  });

  it("is not passed on for somebody who does not know the secret", async () => {
    servers.asked.length = 0;
    expect(await submit(code, "guess")).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    expect(servers.asked).toEqual([]);
  });

  it.each([
    {
      status: 404,
      body: { errcode: "M_NO_VALID_SESSION", error: "?" },
      want: { status: 400, body: { errcode: "M_INVALID_PARAM" } },
    },
    {
      status: 400,
      body: { errcode: "M_SESSION_EXPIRED", error: "late" },
      want: { status: 400, body: { errcode: "M_SESSION_EXPIRED" } },
    },
    { status: 200, body: { success: false }, want: { status: 400, body: { errcode: "M_TOKEN_INCORRECT" } } },
    { status: 200, body: {}, want: { status: 502, body: { errcode: "M_UNKNOWN" } } },
    {
      status: 503,
      body: { errcode: "M_UNKNOWN", error: "down" },
      want: { status: 502, body: { errcode: "M_UNKNOWN" } },
    },
    { status: 429, body: { errcode: "M_LIMIT_EXCEEDED", error: "slow" }, want: { status: 429 } },
  ])("is judged by the identity server: $status $body", async ({ status, body, want }) => {
    servers.stand.in = () => Response.json(body, { status });
    expect(await submit(code)).toMatchObject(want);
  });

  it("is limited, whoever judges it", async () => {
    servers.server.limiter.refused.add("submit.address");
    expect(await submit(code)).toMatchObject({ status: 429 });
  });
});

describe("an identity server that speaks version 2 alone", () => {
  const address = "alice@example.org";
  let begun: object;
  let accessToken: string;
  beforeEach(async () => {
    servers.stand.in = (request) =>
      request.url.includes("/api/v1/")
        ? new Response("nothing here", { status: 404 })
        : servers.identity.fetch(request);
    begun = { id_server: idServer, id_access_token: await servers.identity.issueToken("@alice:example.org") };
    accessToken = (await registerUser(servers.server, "alice")).accessToken;
  });
  const byPassword = { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password };
  const add = (sid: string, client_secret: string) =>
    servers.server.v3.add3PID({ body: { sid, client_secret, auth: byPassword } }, { accessToken });
  const held = async () => (await servers.server.accounts.threepids("@alice:example.org")).map((it) => it.address);

  it("is asked with the token that the session was begun with, where the client brings it no more", async () => {
    const { server } = servers;
    const body = { email: address, client_secret: "secret", send_attempt: 1, ...begun };
    const { sid } = await server.v3.orThrow.requestTokenTo3PIDEmail({ body });
    const { query } = mailedLink(servers.identity);
    await servers.identity.client.orThrow.emailSubmitTokenGetV2({
      query: { sid, client_secret: "secret", token: query["token"] ?? "" },
    });
    expect(await add(sid, "guessed")).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    expect(await add(sid, "secret")).toMatchObject({ status: 200 });
    expect(await held()).toEqual([address]);
  });

  it("gets the code of a number, too", async () => {
    const { server } = servers;
    const number = { country: "GB", phone_number: "07400123456", client_secret: "secret", send_attempt: 1 };
    const { sid } = await server.v3.orThrow.requestTokenTo3PIDMSISDN({ body: { ...number, ...begun } });
    const token = servers.identity.texts.at(-1)?.code ?? "";
    const typed = await server.v3.submitUrlMsisdnPost({ body: { sid, client_secret: "secret", token } });
    expect(typed).toMatchObject({ status: 200, body: { success: true } });
    expect(await add(sid, "secret")).toMatchObject({ status: 200 });
    expect(await held()).toEqual(["447400123456"]);
  });

  it("is asked with what the client brings now, if it brings a token", async () => {
    const { server } = servers;
    const body = { email: address, client_secret: "secret", send_attempt: 1, ...begun };
    const { sid } = await server.v3.orThrow.requestTokenToRegisterEmail({ body });
    const newer = await servers.identity.issueToken("@alice:example.org");
    const asked: (string | null)[] = [];
    servers.stand.in = (request) => {
      asked.push(request.headers.get("authorization"));
      return servers.identity.fetch(request);
    };
    const creds = { sid, client_secret: "secret", id_server: idServer, id_access_token: newer };
    const auth = { type: "m.login.email.identity", threepid_creds: creds };
    await server.v3.register({ body: { username: "bob", password, auth } });
    expect(asked).toEqual([`Bearer ${newer}`]);
  });
});

describe("accounts and sessions of an identity server", () => {
  const register = async (creds: ThreepidCreds, more: object = {}) => {
    const request = { username: "alice", password, ...more };
    const session = await sessionOf(servers.server.client.register({ body: request }));
    const auth = { type: "m.login.email.identity", session, threepidCreds: [creds] };
    return servers.server.client.register({ body: { ...request, auth } });
  };

  it("registers with a session that it validated, and binds when asked to", async () => {
    const creds = await validate("requestTokenToRegisterEmail");
    expect(await register(creds, { bind_email: true })).toMatchObject({ status: 200 });
    const found = await servers.identity.client.orThrow.lookupUser({
      query: { medium: "email", address: "alice@example.org" },
    });
    expect(found).toMatchObject({ mxid: "@alice:example.org" });
    expect(await servers.server.storage.recordedBindings.list("@alice:example.org")).toEqual([
      { mxid: "@alice:example.org", medium: "email", address: "alice@example.org", idServer },
    ]);
  });

  it("registers all the same when binding fails", async () => {
    const creds = await validate("requestTokenToRegisterEmail");
    servers.stand.in = (request) =>
      request.url.endsWith("/bind")
        ? Response.json({ errcode: "M_UNKNOWN", error: "oh" }, { status: 500 })
        : servers.identity.fetch(request);
    expect(await register(creds, { bind_email: true })).toMatchObject({ status: 200 });
    expect(await servers.server.storage.recordedBindings.list("@alice:example.org")).toEqual([]);
    expect(servers.server.log.lines.join()).toContain("not bound");
  });

  it("does not bind unless asked to, and uses the session once", async () => {
    const creds = await validate("requestTokenToRegisterEmail");
    expect(await register(creds, { bind_msisdn: true })).toMatchObject({ status: 200 });
    expect(await servers.server.storage.recordedBindings.list("@alice:example.org")).toEqual([]);
    const second = await register(creds, { username: "bob" });
    expect(second).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
  });

  it.each([
    { what: "is not validated", answer: { errcode: "M_SESSION_NOT_VALIDATED", error: "not yet" }, status: 400 },
    { what: "is over", answer: { errcode: "M_SESSION_EXPIRED", error: "too late" }, status: 400 },
    { what: "is unknown", answer: { errcode: "M_NO_VALID_SESSION", error: "what?" }, status: 404 },
    { what: "proved another kind of thing", answer: { medium: "pigeon", address: "x", validated_at: 1 }, status: 200 },
    {
      what: "proved a denied address",
      answer: { medium: "email", address: "x@denied.example", validated_at: 1 },
      status: 200,
    },
  ])("registers nobody whose session $what", async ({ answer, status }) => {
    servers.stand.in = () => Response.json(answer, { status });
    expect(await register({ sid: "1", client_secret: "s", id_server: idServer })).toMatchObject({
      status: 401,
      body: { completed: [] },
    });
    expect(await servers.server.accounts.find("@alice:example.org")).toBeUndefined();
  });

  it.each([true, false])("lets a session reset a password only where the operator says so: %s", async (mayReset) => {
    servers.close();
    servers = await bothServers({ threepids: proxied }, mayReset);
    const { accessToken } = await registerUser(servers.server, "alice");
    const added = await validatedSession(servers.identity, "alice@example.org", "add");
    const three_pid_creds = { ...added, id_server: idServer };
    await servers.server.client.orThrow.post3PIDs({ body: { three_pid_creds } }, { accessToken });
    const { client } = servers.server;
    expect(await client.requestTokenToResetPasswordEmail({ body: email() })).toMatchObject(
      mayReset ? { status: 200 } : { status: 400, body: { errcode: "M_SERVER_NOT_TRUSTED" } },
    );
    const session = await validatedSession(servers.identity, "alice@example.org", "reset");
    const threepid_creds = { ...session, id_server: idServer };
    const body = { new_password: "a new password", auth: { type: "m.login.email.identity", threepid_creds } };
    const answer = await client.changePassword({ body });
    expect(answer).toMatchObject(
      mayReset ? { status: 200 } : { status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } },
    );
  });
});

describe("POST /account/3pid with a session of an identity server", () => {
  const alice = "@alice:example.org";
  let accessToken = "";
  beforeEach(async () => {
    servers.close();
    // Sessions of an identity server count even where the homeserver validates by itself.
    servers = await bothServers();
    accessToken = (await registerUser(servers.server, "alice")).accessToken;
  });

  const creds = async () => ({
    ...(await validatedSession(servers.identity, "Alice@example.org")),
    id_server: idServer,
  });
  const add = async (body: { three_pid_creds: Awaited<ReturnType<typeof creds>>; bind?: boolean }) =>
    servers.server.client.post3PIDs({ body }, { accessToken });
  const list = async () => (await servers.server.client.orThrow.getAccount3PIDs({}, { accessToken })).threepids;
  const bound = () => servers.server.storage.recordedBindings.list(alice);

  it("adds without binding", async () => {
    expect(await add({ three_pid_creds: await creds() })).toMatchObject({ status: 200, body: {} });
    expect(await list()).toMatchObject([{ medium: "email", address: "alice@example.org" }]);
    expect(await bound()).toEqual([]);
  });

  it("adds and binds, and adding again changes nothing", async () => {
    const three_pid_creds = await creds();
    for (const _ of [1, 2]) expect(await add({ three_pid_creds, bind: true })).toMatchObject({ status: 200 });
    expect(await list()).toHaveLength(1);
    expect(await bound()).toMatchObject([{ address: "alice@example.org", idServer }]);
  });

  it("keeps the address, unbound, when the identity server refuses to bind", async () => {
    const three_pid_creds = await creds();
    servers.stand.in = (request) =>
      request.url.endsWith("/bind")
        ? Response.json({ errcode: "M_TERMS_NOT_SIGNED", error: "terms" }, { status: 403 })
        : servers.identity.fetch(request);
    expect(await add({ three_pid_creds, bind: true })).toMatchObject({
      status: 403,
      body: { errcode: "M_TERMS_NOT_SIGNED" },
    });
    expect(await list()).toHaveLength(1);
    expect(await bound()).toEqual([]);
  });

  it.each([
    { what: "refuses to bind it again", answer: () => Response.json({ errcode: "M_X", error: "x" }, { status: 400 }) },
    { what: "does not answer", answer: () => Promise.reject<Response>(new TypeError("fetch failed")) },
  ])("remembers where it may be bound when the identity server $what", async ({ what, answer }) => {
    const three_pid_creds = await creds();
    const again = what.includes("again");
    if (again) expect(await add({ three_pid_creds, bind: true })).toMatchObject({ status: 200 });
    servers.stand.in = (request) => (request.url.endsWith("/bind") ? answer() : servers.identity.fetch(request));
    expect(await add({ three_pid_creds, bind: true })).toMatchObject({ status: again ? 400 : 502 });
    expect(await bound()).toMatchObject([{ address: "alice@example.org", idServer }]);
  });

  it("refuses sessions that prove nothing, and servers that are not trusted", async () => {
    const three_pid_creds = await creds();
    const wrong = { ...three_pid_creds, client_secret: "wrong" };
    expect(await add({ three_pid_creds: wrong })).toMatchObject({
      status: 403,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
    const foreign = { ...three_pid_creds, id_server: "evil.example" };
    expect(await add({ three_pid_creds: foreign })).toMatchObject({
      status: 400,
      body: { errcode: "M_SERVER_NOT_TRUSTED" },
    });
    expect(await list()).toEqual([]);
  });

  describe("and taking it away again", () => {
    const remove = (more: object = {}) =>
      servers.server.client.delete3pidFromAccount(
        { body: { medium: "email", address: "ALICE@example.org", ...more } },
        { accessToken },
      );
    const lookup = () =>
      servers.identity.client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } });

    it("unbinds where it was bound, signed as this homeserver", async () => {
      await add({ three_pid_creds: await creds(), bind: true });
      expect(await lookup()).toMatchObject({ mxid: alice });
      expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
      expect(servers.asked.at(-1)).toBe("POST /_matrix/identity/v2/3pid/unbind");
      expect(await lookup()).toEqual({});
      expect([await list(), await bound()]).toEqual([[], []]);
    });

    it("turns to version 1 where version 2 is not spoken", async () => {
      await add({ three_pid_creds: await creds(), bind: true });
      servers.stand.in = (request) =>
        request.url.includes("/v2/") ? new Response("nothing here", { status: 404 }) : servers.identity.fetch(request);
      expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
      expect(await lookup()).toEqual({});
    });

    it("says no-support where no identity server is known, and takes it away", async () => {
      await add({ three_pid_creds: await creds() });
      expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
      expect(await list()).toEqual([]);
    });

    it("unbinds at the server that the client names, too", async () => {
      await add({ three_pid_creds: await creds() });
      const three_pid_creds = await creds();
      await servers.identity.client.orThrow.bind({ body: { ...three_pid_creds, mxid: alice } });
      expect(await remove({ id_server: `https://${idServer}/` })).toMatchObject({
        body: { id_server_unbind_result: "success" },
      });
      expect(await lookup()).toEqual({});
    });

    it.each([400, 404, 501])(
      "says no-support when %s comes without a Matrix error, and takes it away",
      async (status) => {
        await add({ three_pid_creds: await creds(), bind: true });
        servers.stand.in = () => new Response("no", { status });
        expect(await remove()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
        expect(await list()).toEqual([]);
      },
    );

    it.each([
      { status: 400, errcode: "M_UNKNOWN" },
      { status: 403, errcode: "M_FORBIDDEN" },
    ])("relays $status $errcode, and keeps the address", async ({ status, errcode }) => {
      await add({ three_pid_creds: await creds(), bind: true });
      servers.stand.in = () => Response.json({ errcode, error: "no" }, { status });
      expect(await remove()).toMatchObject({ status, body: { errcode } });
      expect([await list(), await bound()]).toMatchObject([[{}], [{}]]);
    });

    it("keeps the address when this homeserver's key is not published", async () => {
      await add({ three_pid_creds: await creds(), bind: true });
      servers.identity.homeserverKeys.clear();
      expect(await remove()).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
      expect(await list()).toHaveLength(1);
    });

    it("answers no-support for a server that cannot be reached", async () => {
      await add({ three_pid_creds: await creds() });
      expect(await remove({ id_server: "gone.example" })).toMatchObject({
        body: { id_server_unbind_result: "no-support" },
      });
    });

    it.each(["id.example.org/path", "user@id.example.org", "a b", ""])("refuses id_server %j", async (id_server) => {
      expect(await remove({ id_server })).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    });
  });
});

describe("an identity server that cannot send", () => {
  it("has its error relayed", async () => {
    servers.identity.fail(new DeliveryError("unreachable", "no mail server"));
    const answer = await servers.server.client.requestTokenToRegisterEmail({ body: email() });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_EMAIL_SEND_ERROR" } });
  });
});
