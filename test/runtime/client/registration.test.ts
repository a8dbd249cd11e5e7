import { describe, expect, it } from "vitest";
import { type NewAccount, registerWithEmail, type Validation } from "../../../runtime/client/index.js";
import { challenge, type Line, refused, scripted } from "./scripted.js";

const email = "m.login.email.identity";
const account: NewAccount = { username: "alice", password: "correct horse", email: "alice@example.org" };
const asked: Line = { to: "POST /register", ...challenge([["m.login.dummy"], [email]]) };
const mailed: Line = { to: "POST /register/email/requestToken", answer: { sid: "sid1" } };
const pending: Line = {
  to: "POST /register",
  ...challenge([[email]], { errcode: "M_THREEPID_AUTH_FAILED", error: "not yet", completed: [] }),
};
const made: Line = { to: "POST /register", answer: { user_id: "@alice:hs", access_token: "a", device_id: "D" } };
const alice = { ok: true, mxid: "@alice:hs", accessToken: "a", deviceId: "D" };

/** A server with these lines, and the step that registering leads to. */
const begun = async (lines: readonly Line[], more: Partial<NewAccount> = {}) => {
  const server = scripted(...lines);
  return { server, step: await registerWithEmail(server, { ...account, ...more }) };
};

const atLink = async (lines: readonly Line[], more: Partial<NewAccount> = {}) => {
  const { server, step } = await begun([asked, mailed, ...lines], more);
  if (!step.ok || step.needs !== "link") throw new Error(`no link is awaited: ${JSON.stringify(step)}`);
  return { server, step };
};

const atCode = async (lines: readonly Line[]) => {
  const answer = { sid: "sid1", submit_url: "https://hs.example/code?of=mail" };
  const { server, step } = await begun([asked, { ...mailed, answer }, ...lines]);
  if (!step.ok || step.needs !== "code") throw new Error(`no code is awaited: ${JSON.stringify(step)}`);
  return { server, step };
};

const soon = { intervalMs: 0 };

describe("registering with an address", () => {
  it("waits for the link, in one session, and names the proof of the address", async () => {
    const { server, step } = await atLink([pending, pending, made]);
    expect(await step.confirmed(soon)).toEqual(alice);
    expect(server.left).toEqual([]);
    const { sid, clientSecret } = step.validation;
    const body = { username: "alice", password: "correct horse" };
    const auth = { type: email, session: "s1", threepid_creds: { sid, client_secret: clientSecret } };
    expect(server.sent.map((it) => it.body)).toEqual([
      body,
      { email: "alice@example.org", client_secret: clientSecret, send_attempt: 1 },
      ...[1, 2, 3].map(() => ({ ...body, auth })),
    ]);
    expect(clientSecret).toMatch(/^[0-9a-zA-Z.=_-]{32,255}$/);
  });

  it("sends nothing for a name that is taken", async () => {
    const { server, step } = await begun([{ to: "POST /register", ...refused(400, "M_USER_IN_USE") }]);
    expect(step).toEqual({ ok: false, errcode: "M_USER_IN_USE", error: "M_USER_IN_USE in words", status: 400 });
    expect(server.sent).toHaveLength(1);
  });

  it("sends nothing where no flow takes an address, or one has stages that nobody goes through", async () => {
    for (const flows of [[["m.login.dummy"]], [[email, "m.login.recaptcha"]]]) {
      const { server, step } = await begun([{ to: "POST /register", ...challenge(flows) }]);
      expect(step).toMatchObject({ ok: false, errcode: "NO_FLOW" });
      expect(server.sent).toHaveLength(1);
    }
  });

  it.each(["M_THREEPID_IN_USE", "M_THREEPID_DENIED", "M_EMAIL_SEND_ERROR"] as const)("tells %s", async (errcode) => {
    const { step } = await begun([asked, { ...mailed, ...refused(400, errcode) }]);
    expect(step).toMatchObject({ ok: false, errcode, status: 400 });
  });

  it("goes through the other stages of the shortest flow, each asked once, with what the server tells of it", async () => {
    const flows = [
      ["m.login.terms", "m.login.recaptcha", "m.login.dummy", email],
      ["m.login.terms", email, "m.login.dummy"],
    ];
    const told: unknown[] = [];
    const params = { "m.login.terms": { policies: {} } };
    const go = (completed: readonly string[], more = {}) => ({
      to: "POST /register",
      ...challenge(flows, { params, completed, ...more }),
    });
    const failure = { errcode: "M_THREEPID_AUTH_FAILED", error: "not yet" };
    const server = scripted(
      go([]),
      mailed,
      go(["m.login.terms"]),
      go(["m.login.terms"], failure),
      go(["m.login.terms"], failure),
      go(["m.login.terms", email]),
      made,
    );
    const stages = {
      "m.login.terms": (about: unknown) => {
        told.push(about);
        return {};
      },
      "m.login.recaptcha": () => ({ response: "solved" }),
    };
    const step = await registerWithEmail(server, { ...account, stages });
    expect(step.ok && step.needs === "link" && (await step.confirmed(soon))).toEqual(alice);
    expect(told).toEqual([{ policies: {} }]);
    const types = server.sent.map(({ body }) => (body as { auth?: { type?: string } }).auth?.type);
    expect(types).toEqual([undefined, undefined, "m.login.terms", email, email, email, "m.login.dummy"]);
  });

  it("tells of another stage that is not accepted, and asks for it anew the next time", async () => {
    const flow = [["m.login.registration_token", email]];
    const server = scripted(
      { to: "POST /register", ...challenge(flow) },
      mailed,
      { to: "POST /register", ...challenge(flow, { errcode: "M_FORBIDDEN", error: "wrong" }) },
      { to: "POST /register", ...challenge(flow, { completed: ["m.login.registration_token"] }) },
      made,
    );
    const tokens = ["wrong", "right"];
    const stages = { "m.login.registration_token": () => ({ token: tokens.shift() }) };
    const step = await registerWithEmail(server, { ...account, stages });
    if (!step.ok || step.needs !== "link") throw new Error("no link is awaited");
    expect(await step.confirmed(soon)).toMatchObject({ ok: false, errcode: "M_FORBIDDEN", error: "wrong" });
    expect(await step.confirmed(soon)).toEqual(alice);
    expect(tokens).toEqual([]);
  });

  it("goes on in the session that the server opens when the old one is over", async () => {
    const over = { errcode: "M_FORBIDDEN", error: "over", session: "s2", completed: [] };
    const { server, step } = await atLink([{ to: "POST /register", ...challenge([[email]], over) }, made]);
    expect(await step.confirmed(soon)).toEqual(alice);
    expect(server.sent.at(-1)?.body).toMatchObject({ auth: { session: "s2" } });
  });

  it("gives a server up that is never content", async () => {
    const more = Array.from({ length: 20 }, (_, n) => ({
      to: "POST /register",
      ...challenge([[email]], { completed: [email], session: `s${n}` }),
    }));
    const { server, step } = await atLink(more);
    expect(await step.confirmed(soon)).toMatchObject({ ok: false, errcode: "NO_FLOW" });
    expect(server.left.length).toBeGreaterThan(0);
  });

  it("is no account without a token", async () => {
    const { step } = await atLink([{ to: "POST /register", answer: { user_id: "@alice:hs" } }]);
    expect(await step.confirmed(soon)).toMatchObject({ ok: false, errcode: "M_UNKNOWN", status: 200 });
  });

  it("keeps what refreshing needs", async () => {
    const answer = { ...(made.answer as object), refresh_token: "r", expires_in_ms: 1 };
    const { server, step } = await atLink([{ ...made, answer }], { canRefresh: true, deviceName: "Mine" });
    expect(await step.confirmed(soon)).toEqual({ ...alice, refreshToken: "r", expiresInMs: 1 });
    expect(server.sent[0]?.body).toMatchObject({ refresh_token: true, initial_device_display_name: "Mine" });
  });
});

describe("waiting for the person", () => {
  it("ends in time, and may begin again", async () => {
    const { step } = await atLink([pending, pending, made]);
    expect(await step.confirmed({ timeoutMs: 0, intervalMs: 1 })).toMatchObject({
      ok: false,
      errcode: "NOT_CONFIRMED",
    });
    expect(await step.confirmed(soon)).toEqual(alice);
  });

  it("waits as long as the server wants, unless that is longer than the person does", async () => {
    const limited = (wait: number): Line => ({
      to: "POST /register",
      ...refused(429, "M_LIMIT_EXCEEDED", { retry_after_ms: wait }),
    });
    const { step } = await atLink([limited(1), pending, limited(60_000), made]);
    expect(await step.confirmed({ timeoutMs: 30_000, intervalMs: 0 })).toMatchObject({
      errcode: "M_LIMIT_EXCEEDED",
      retryAfterMs: 60_000,
    });
    expect(await step.confirmed(soon)).toEqual(alice);
  });

  it("is aborted between two looks", async () => {
    const controller = new AbortController();
    const { server, step } = await atLink([
      { ...pending, meanwhile: () => setImmediate(() => controller.abort("enough")) },
    ]);
    const waiting = step.confirmed({ signal: controller.signal, intervalMs: 60_000 });
    await expect(waiting).rejects.toBe("enough");
    await expect(step.confirmed({ signal: controller.signal })).rejects.toBe("enough");
    expect(server.left).toEqual([]);
  });

  it("goes on in another page with what was kept, and sends no second message", async () => {
    const { step } = await atLink([]);
    const kept = JSON.parse(JSON.stringify(step.validation)) as Validation;
    const { server, step: again } = await begun([asked, pending, made], { validation: kept });
    expect(again.ok && again.needs === "link" && (await again.confirmed(soon))).toEqual(alice);
    expect(server.sent.at(-1)?.body).toMatchObject({ auth: { threepid_creds: { sid: kept.sid } } });
  });

  it("sends the message again when it is asked to, for the same secret", async () => {
    const { server, step } = await atLink([{ ...mailed, answer: { sid: "sid2" } }, made]);
    const again = await step.resend();
    expect(again.ok && again.needs === "link" && (await again.confirmed(soon))).toEqual(alice);
    const { clientSecret: client_secret } = step.validation;
    expect(server.sent[2]?.body).toEqual({ email: account.email, client_secret, send_attempt: 2 });
    expect(server.sent[3]?.body).toMatchObject({ auth: { threepid_creds: { sid: "sid2", client_secret } } });
  });
});

describe("a code", () => {
  const submitted = (more: Omit<Line, "to">): Line => ({ to: "POST /code", ...more });

  it("is submitted where the server says, without credentials, and finishes the journey", async () => {
    const { server, step } = await atCode([submitted({ answer: { success: true } }), made]);
    expect(await step.submit("123456")).toEqual(alice);
    const { sid, clientSecret: client_secret } = step.validation;
    expect(server.sent[2]).toEqual({
      to: "POST /code",
      body: { sid, client_secret, token: "123456" },
      authorization: null,
    });
  });

  it.each<{ what: string; answer: Omit<Line, "to">; errcode: string }>([
    { what: "is wrong", answer: refused(400, "M_TOKEN_INCORRECT", { success: false }), errcode: "M_TOKEN_INCORRECT" },
    { what: "is wrong, on an old server", answer: { answer: { success: false } }, errcode: "M_TOKEN_INCORRECT" },
    { what: "comes too late", answer: refused(400, "M_SESSION_EXPIRED"), errcode: "M_SESSION_EXPIRED" },
    { what: "is for no session", answer: refused(400, "M_INVALID_PARAM"), errcode: "M_NO_VALID_SESSION" },
    {
      what: "is for no session, in older words",
      answer: refused(404, "M_NO_VALID_SESSION"),
      errcode: "M_NO_VALID_SESSION",
    },
    { what: "comes too often", answer: refused(429, "M_LIMIT_EXCEEDED"), errcode: "M_LIMIT_EXCEEDED" },
    { what: "breaks the server", answer: { status: 500, answer: "oh" }, errcode: "M_UNKNOWN" },
  ])("that $what is told so, and another may be typed", async ({ answer, errcode }) => {
    const { step } = await atCode([submitted(answer), submitted({ answer: { success: true } }), made]);
    expect(await step.submit("000000")).toMatchObject({ ok: false, errcode });
    expect(await step.submit("123456")).toEqual(alice);
  });

  it("is not submitted again when what came after it failed", async () => {
    const limited: Line = { to: "POST /register", ...refused(429, "M_LIMIT_EXCEEDED") };
    const { server, step } = await atCode([submitted({ answer: { success: true } }), limited, made]);
    expect(await step.submit("123456")).toMatchObject({ ok: false, errcode: "M_LIMIT_EXCEEDED" });
    expect(await step.submit("123456")).toEqual(alice);
    expect(server.left).toEqual([]);
  });
});
