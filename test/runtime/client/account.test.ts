import { describe, expect, it } from "vitest";
import {
  addThreepid,
  bindThreepid,
  identityAccount,
  removeThreepid,
  resetPassword,
  unbindThreepid,
  withPassword,
} from "../../../runtime/client/index.js";
import { challenge, type Line, refused, scripted } from "./scripted.js";

const soon = { intervalMs: 0 };
const mail = { medium: "email", address: "alice@example.org" } as const;
const phone = { medium: "msisdn", country: "GB", number: "07400 123456" } as const;

/** Whatever a step of this kind comes to. */
const whenConfirmed = async (step: Awaited<ReturnType<typeof addThreepid>>) => {
  if (!step.ok || step.needs !== "link") throw new Error(`no link is awaited: ${JSON.stringify(step)}`);
  return step.confirmed(soon);
};

describe("a forgotten password", () => {
  const msisdn = "m.login.msisdn";
  const submitUrl = "https://hs.example/code";

  it("is set by a number, and logs everybody out", async () => {
    const server = scripted(
      { to: "POST /account/password", ...challenge([["m.login.password"], [msisdn]]) },
      { to: "POST /account/password/msisdn/requestToken", answer: { sid: "sid1", submit_url: submitUrl } },
      { to: "POST /code", answer: { success: true } },
      { to: "POST /account/password" },
    );
    const step = await resetPassword(server, { threepid: phone, newPassword: "new one" });
    expect(step.ok && step.needs === "code" && (await step.submit("123456"))).toEqual({ ok: true });
    const { clientSecret: client_secret } = (step as Extract<typeof step, { ok: true }>).validation; // as seen above
    expect(server.sent.map((it) => it.body)).toMatchObject([
      { new_password: "new one", logout_devices: true },
      { country: "GB", phone_number: "07400 123456", client_secret, send_attempt: 1 },
      { token: "123456" },
      { new_password: "new one", auth: { type: msisdn, threepid_creds: { sid: "sid1", client_secret } } },
    ]);
  });

  it.each([
    ["M_THREEPID_NOT_FOUND", 400],
    ["M_THREEPID_DENIED", 403],
  ] as const)("tells %s", async (errcode, status) => {
    const server = scripted(
      { to: "POST /account/password", ...challenge([["m.login.email.identity"]]) },
      { to: "POST /account/password/email/requestToken", ...refused(status, errcode) },
    );
    const step = await resetPassword(server, { threepid: mail, newPassword: "new one" });
    expect(step).toMatchObject({ ok: false, errcode, status });
  });
});

describe("adding an address", () => {
  const requested: Line = { to: "POST /account/3pid/email/requestToken", answer: { sid: "sid1" } };
  const add = (more: Omit<Line, "to"> = {}): Line => ({ to: "POST /account/3pid/add", ...more });
  const password = ["m.login.password"];
  const owner = withPassword("@alice:hs", "correct horse");

  it("takes the password once, and waits in the session that it opened", async () => {
    const server = scripted(
      requested,
      add(challenge([password])),
      add(refused(400, "M_THREEPID_AUTH_FAILED")),
      add(refused(400, "M_THREEPID_AUTH_FAILED")),
      add(),
    );
    expect(await whenConfirmed(await addThreepid(server, { threepid: mail, stages: owner }))).toEqual({ ok: true });
    const identifier = { type: "m.id.user", user: "@alice:hs" };
    const auth = { type: "m.login.password", session: "s1", identifier, password: "correct horse" };
    expect(server.sent.slice(1).map(({ body }) => (body as { auth?: unknown }).auth)).toEqual([
      undefined,
      auth,
      { session: "s1" },
      { session: "s1" },
    ]);
  });

  it("proves the password anew, without asking for it, where the session does not outlive a failure", async () => {
    const server = scripted(
      requested,
      add(challenge([password])),
      add(refused(400, "M_THREEPID_AUTH_FAILED")),
      add(challenge([password], { session: "s2", completed: [] })),
      add(),
    );
    let asked = 0;
    const stages = { "m.login.password": () => ({ password: `asked ${++asked}` }) };
    expect(await whenConfirmed(await addThreepid(server, { threepid: mail, stages }))).toEqual({ ok: true });
    expect(server.sent.at(-1)?.body).toMatchObject({ auth: { session: "s2", password: "asked 1" } });
  });

  it("adds the session of the message that was sent last, which is authorised anew", async () => {
    const server = scripted(
      requested,
      add(challenge([password])),
      add(refused(400, "M_THREEPID_AUTH_FAILED")),
      { to: requested.to, answer: { sid: "sid2" } },
      add(challenge([password], { session: "s2" })),
      add(),
    );
    const step = await addThreepid(server, { threepid: mail, stages: owner });
    if (!step.ok || step.needs !== "link") throw new Error("no link is awaited");
    expect(await step.confirmed({ timeoutMs: -1 })).toMatchObject({ errcode: "NOT_CONFIRMED" });
    expect(await whenConfirmed(await step.resend())).toEqual({ ok: true });
    expect(server.sent.slice(4).map(({ body }) => body)).toMatchObject([
      { sid: "sid2" },
      { sid: "sid2", auth: { session: "s2", password: "correct horse" } },
    ]);
    expect(server.sent[4]?.body).not.toHaveProperty("auth");
  });

  it("submits a code to where the server said, and nowhere else", async () => {
    const submitUrl = "https://hs.example/code";
    const server = scripted(
      { to: "POST /account/3pid/msisdn/requestToken", answer: { sid: "sid1", submit_url: submitUrl } },
      { to: "POST /code", answer: { success: true } },
      add(),
    );
    const redirects: string[] = [];
    const fetch = (request: Request) => {
      redirects.push(request.redirect);
      return server.fetch(request);
    };
    const step = await addThreepid({ ...server, fetch }, { threepid: phone, stages: owner });
    expect(step.ok && step.needs === "code" && (await step.submit("123456"))).toEqual({ ok: true });
    expect(redirects).toEqual(["error"]);
  });

  it.each([
    [refused(400, "M_THREEPID_IN_USE"), "M_THREEPID_IN_USE"],
    [refused(401, "M_UNKNOWN_TOKEN", { soft_logout: true }), "M_UNKNOWN_TOKEN"],
    [refused(401, "M_MISSING_TOKEN"), "M_UNKNOWN_TOKEN"],
    [challenge([["m.login.sso"]]), "NO_FLOW"],
    [refused(403, "ORG.EXAMPLE.TEAPOT"), "M_UNKNOWN"],
  ])("tells %o as %s", async (answer, errcode) => {
    const step = await addThreepid(scripted(requested, add(answer)), { threepid: mail, stages: owner });
    expect(await whenConfirmed(step)).toMatchObject({ ok: false, errcode });
  });

  it("tells a wrong password", async () => {
    const wrong = challenge([password], { errcode: "M_FORBIDDEN", error: "wrong" });
    const server = scripted(requested, add(challenge([password])), add(wrong));
    const step = await addThreepid(server, { threepid: mail, stages: owner });
    expect(await whenConfirmed(step)).toMatchObject({ ok: false, errcode: "M_FORBIDDEN", error: "wrong" });
  });
});

describe("binding an address", () => {
  const parties = (server: ReturnType<typeof scripted>) => ({ ...server, idServer: "is.example", idAccessToken: "id" });
  const validated = (more: Omit<Line, "to">): Line => ({ to: "GET /3pid/getValidated3pid", ...more });

  it("waits until the identity server has it confirmed, and hands the session to the homeserver", async () => {
    const server = scripted(
      { to: "POST /validate/email/requestToken", answer: { sid: "sid1" } },
      validated(refused(400, "M_SESSION_NOT_VALIDATED")),
      validated({ answer: { medium: "email", address: mail.address, validated_at: 1 } }),
      { to: "POST /account/3pid/bind" },
    );
    const step = await bindThreepid(parties(server), { threepid: mail, nextLink: "https://app.example/" });
    expect(await whenConfirmed(step as never)).toEqual({ ok: true });
    expect(server.sent.map((it) => it.authorization)).toEqual(["Bearer id", "Bearer id", "Bearer id", "Bearer token"]);
    expect(server.sent[0]?.body).toMatchObject({ email: mail.address, next_link: "https://app.example/" });
    expect(server.sent[3]?.body).toMatchObject({ sid: "sid1", id_server: "is.example", id_access_token: "id" });
  });

  it("submits a number's code to the identity server", async () => {
    const server = scripted(
      { to: "POST /validate/msisdn/requestToken", answer: { sid: "sid1" } },
      { to: "POST /validate/msisdn/submitToken", ...refused(400, "M_TOKEN_INCORRECT", { success: false }) },
      { to: "POST /validate/msisdn/submitToken", answer: { success: true } },
      validated({ answer: { medium: "msisdn", address: "447400123456", validated_at: 1 } }),
      { to: "POST /account/3pid/bind" },
    );
    const step = await bindThreepid(parties(server), { threepid: phone });
    if (!step.ok || step.needs !== "code") throw new Error("no code is awaited");
    expect(await step.submit("000000")).toMatchObject({ errcode: "M_TOKEN_INCORRECT" });
    expect(await step.submit("123456")).toEqual({ ok: true });
    expect(server.sent.slice(0, 4).every(({ authorization }) => authorization === "Bearer id")).toBe(true);
  });

  it("tells what the identity server refused, through the homeserver, too", async () => {
    const server = scripted(
      { to: "POST /validate/email/requestToken", answer: { sid: "sid1" } },
      validated({ answer: { medium: "email", address: mail.address, validated_at: 1 } }),
      { to: "POST /account/3pid/bind", ...refused(403, "M_TERMS_NOT_SIGNED") },
    );
    const step = await bindThreepid(parties(server), { threepid: mail });
    expect(await whenConfirmed(step as never)).toMatchObject({ ok: false, errcode: "M_TERMS_NOT_SIGNED" });
    const early = scripted({ to: "POST /validate/email/requestToken", ...refused(403, "M_TERMS_NOT_SIGNED") });
    expect(await bindThreepid(parties(early), { threepid: mail })).toMatchObject({ errcode: "M_TERMS_NOT_SIGNED" });
  });
});

describe("letting go of an address", () => {
  it.each([
    ["success", true],
    ["no-support", false],
  ])("answers %s as %s", async (id_server_unbind_result, isUnbound) => {
    const answer = { id_server_unbind_result };
    const server = scripted(
      { to: "POST /account/3pid/unbind", answer },
      { to: "POST /account/3pid/delete", answer },
      { to: "POST /account/3pid/delete", ...refused(404, "M_NOT_FOUND") },
    );
    expect(await unbindThreepid(server, { ...mail, idServer: "is.example" })).toEqual({ ok: true, isUnbound });
    expect(await removeThreepid(server, mail)).toEqual({ ok: true, isUnbound });
    expect(await removeThreepid(server, mail)).toMatchObject({ ok: false, errcode: "M_NOT_FOUND" });
    expect(server.sent.map(({ body }) => body)).toEqual([{ ...mail, id_server: "is.example" }, mail, mail]);
  });
});

describe("an account on an identity server", () => {
  const mxid = "@alice:hs";
  const openid = { access_token: "o", token_type: "Bearer", matrix_server_name: "hs", expires_in: 3600 };
  const vouched: Line = { to: `POST /user/${encodeURIComponent(mxid)}/openid/request_token`, answer: openid };
  const registered: Line = { to: "POST /account/register", answer: { token: "id" } };
  const unsigned: Line = { to: "GET /account", ...refused(403, "M_TERMS_NOT_SIGNED") };
  const texts = (id: string, ...languages: readonly string[]) =>
    Object.fromEntries(languages.map((it) => [it, { name: `${id} ${it}`, url: `https://t.example/${id}/${it}` }]));
  const policies = {
    privacy: { version: "2", ...texts("privacy", "de", "en") },
    tos: { version: "1", ...texts("tos", "fr", "pt-BR") },
  };
  const terms: Line = { to: "GET /terms", answer: { policies } };

  it("needs nothing more where there are no terms", async () => {
    const server = scripted(vouched, registered, { to: "GET /account", answer: { user_id: mxid } });
    const accepted = ["https://elsewhere.example/terms"];
    const opened = { ok: true, needs: "nothing", accessToken: "id", accepted };
    expect(await identityAccount(server, { mxid, accepted })).toEqual(opened);
    expect(server.sent.map((it) => [it.body, it.authorization])).toEqual([
      [{}, "Bearer token"],
      [openid, null],
      [undefined, "Bearer id"],
    ]);
  });

  it("needs terms, in the languages of the user as far as there are texts", async () => {
    const server = scripted(vouched, registered, unsigned, terms, { to: "POST /terms" });
    const opened = await identityAccount(server, {
      mxid,
      languages: ["de-AT", "pt"],
      accepted: ["https://x.example/"],
    });
    if (!opened.ok || opened.needs !== "terms") throw new Error("no terms are to be accepted");
    const [privacy, tos] = ["https://t.example/privacy/de", "https://t.example/tos/pt-BR"];
    expect(opened.documents).toEqual([
      { id: "privacy", version: "2", language: "de", name: "privacy de", url: privacy },
      { id: "tos", version: "1", language: "pt-BR", name: "tos pt-BR", url: tos },
    ]);
    const accepted = ["https://x.example/", privacy, tos];
    expect(await opened.accept()).toEqual({ ok: true, needs: "nothing", accessToken: "id", accepted });
    expect(server.sent.at(-1)).toEqual({
      to: "POST /terms",
      body: { user_accepts: [privacy, tos] },
      authorization: "Bearer id",
    });
  });

  it("asks for no document again that was accepted in any language, and tells the server of it", async () => {
    const accepted = ["https://t.example/privacy/en", "https://t.example/tos/fr"];
    const server = scripted(vouched, registered, unsigned, terms, { to: "POST /terms" });
    expect(await identityAccount(server, { mxid, accepted })).toMatchObject({ ok: true, needs: "nothing", accepted });
    expect(server.sent.at(-1)?.body).toEqual({ user_accepts: accepted });
  });

  it("sees to new terms with the token from before", async () => {
    const server = scripted(unsigned, terms);
    expect(await identityAccount(server, { mxid, accessToken: "old" })).toMatchObject({ needs: "terms" });
    expect(server.sent[0]?.authorization).toBe("Bearer old");
  });

  it.each<{ what: string; lines: readonly Line[]; errcode: string }>([
    {
      what: "the user's token",
      lines: [{ ...vouched, ...refused(401, "M_UNKNOWN_TOKEN") }],
      errcode: "M_UNKNOWN_TOKEN",
    },
    { what: "another's user", lines: [{ ...vouched, ...refused(403, "M_FORBIDDEN") }], errcode: "M_FORBIDDEN" },
    {
      what: "the proof",
      lines: [vouched, { ...registered, ...refused(401, "M_UNAUTHORIZED") }],
      errcode: "M_UNKNOWN_TOKEN",
    },
    { what: "to answer a token", lines: [vouched, { ...registered, answer: {} }], errcode: "M_UNKNOWN" },
    {
      what: "to say which terms",
      lines: [vouched, registered, unsigned, { ...terms, answer: {} }],
      errcode: "M_UNKNOWN",
    },
  ])("is not to be had where a server refuses $what", async ({ lines, errcode }) => {
    expect(await identityAccount(scripted(...lines), { mxid })).toMatchObject({ ok: false, errcode });
  });
});
