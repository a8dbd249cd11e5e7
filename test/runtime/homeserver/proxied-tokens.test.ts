import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { mailedLink } from "../identity/identity-server.js";
import { password } from "./homeserver.js";
import { bothServers, email, idServer, proxied, type Servers } from "./identity-server.js";

let servers: Servers;
beforeEach(async () => {
  servers = await bothServers({ threepids: proxied });
});
afterEach(() => servers.close());

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

describe("an identity server that cannot send", () => {
  it("has its error relayed", async () => {
    servers.identity.fail(new DeliveryError("unreachable", "no mail server"));
    const answer = await servers.server.client.requestTokenToRegisterEmail({ body: email() });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_EMAIL_SEND_ERROR" } });
  });
});
