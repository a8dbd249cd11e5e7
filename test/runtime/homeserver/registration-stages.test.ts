import { afterEach, describe, expect, it } from "vitest";
import type { AuthData } from "../../../generated/client-server/index.js";
import type { Captcha, CaptchaVerdict } from "../../../runtime/ports/captcha.js";
import type { Terms } from "../../../runtime/protocol/terms.js";
import { type Changes, type Homeserver, homeserver, password, sessionOf } from "./homeserver.js";

let server: Homeserver;
afterEach(() => server.close());

const request = { username: "alice", password };
const register = (auth?: AuthData, more: object = {}) =>
  server.client.register({ body: { ...request, ...more, ...(auth === undefined ? {} : { auth }) } });

const terms: Terms = new Map([
  ["privacy", { version: "1.2", texts: new Map([["en", { name: "Privacy", url: "https://example.org/privacy" }]]) }],
]);
const policies = { privacy: { version: "1.2", en: { name: "Privacy", url: "https://example.org/privacy" } } };

const serve = (changes: Changes) => {
  server = homeserver(changes);
};

describe("m.login.terms", () => {
  const flows = [["m.login.terms"]] as const;

  it("shows the documents, and is completed by going on", async () => {
    serve({ registration: { flows }, terms });
    const asked = await register();
    expect(asked).toMatchObject({ status: 401, body: { params: { "m.login.terms": { policies } } } });
    const session = await sessionOf(Promise.resolve(asked));
    expect(await register({ type: "m.login.terms", session })).toMatchObject({ status: 200 });
  });

  it("is not shown where no flow asks for it", async () => {
    serve({ terms });
    expect(await register()).toMatchObject({ status: 401, body: { params: {} } });
  });

  it("accepts nothing where nothing was shown", async () => {
    serve({ registration: { flows } });
    const session = await sessionOf(register());
    expect(await register({ type: "m.login.terms", session })).toMatchObject({
      status: 401,
      body: { errcode: "M_FORBIDDEN", completed: [] },
    });
  });

  it("goes on showing what was shown first, whatever holds by then", async () => {
    serve({ registration: { flows: [["m.login.terms", "m.login.dummy"]] }, terms: new Map(terms) });
    const session = await sessionOf(register());
    const { settings } = server;
    (settings.terms as Map<string, unknown>).clear(); // As if the server had started again without documents.
    expect(await register({ session })).toMatchObject({ body: { params: { "m.login.terms": { policies } } } });
  });
});

describe("m.login.registration_token", () => {
  const flows = [["m.login.registration_token", "m.login.dummy"]] as const;
  const issue = (token: string, usesAllowed?: number) =>
    server.storage.registrationTokens.issue({
      token,
      usesAllowed,
      expiresAt: undefined,
      createdAt: server.clock.now(),
    });
  const show = (session: string, token?: string, more: object = {}) =>
    register({ type: "m.login.registration_token", session, ...(token === undefined ? {} : { token }) }, more);
  const completed = { status: 401, body: { completed: ["m.login.registration_token"] } };
  const refused = { status: 401, body: { errcode: "M_FORBIDDEN", completed: [] } };

  it("takes a token that is good, and refuses others alike", async () => {
    serve({ registration: { flows } });
    await issue("spring-2026");
    const session = await sessionOf(register());
    for (const wrong of ["winter-2026", "SPRING-2026", "", "spring 2026", "x".repeat(65)]) {
      expect(await show(session, wrong)).toMatchObject(refused);
    }
    expect(await show(session)).toMatchObject({ status: 400, body: { errcode: "M_MISSING_PARAM" } });
    expect(await show(session, "spring-2026")).toMatchObject(completed);
    expect(await register({ type: "m.login.dummy", session })).toMatchObject({ status: 200 });
  });

  it("limits how many tokens somebody tries", async () => {
    serve({ registration: { flows } });
    const session = await sessionOf(register());
    await show(session, "guess");
    expect(server.limiter.counted).toContain("token.ip ");
    server.limiter.refused.add("token.ip");
    expect(await show(session, "guess")).toMatchObject({ status: 429 });
  });

  it("keeps a use for who showed the token, and gives it to others when their session is over", async () => {
    serve({ registration: { flows } });
    await issue("once", 1);
    const first = await sessionOf(register());
    const second = await sessionOf(register({}, { username: "bob" }));
    expect(await show(first, "once")).toMatchObject(completed);
    expect(await show(second, "once", { username: "bob" })).toMatchObject(refused);
    server.clock.advance(24 * 60 * 60 * 1000);
    const third = await sessionOf(register());
    expect(await show(third, "once")).toMatchObject(completed);
  });

  it("is asked for anew where the token ended before the account was made, and what came before it stays", async () => {
    serve({ registration: { flows: [["m.login.dummy", "m.login.registration_token", "m.login.terms"]] }, terms });
    await issue("first");
    await issue("second");
    const session = await sessionOf(register({ type: "m.login.dummy" }));
    await show(session, "first");
    await server.storage.registrationTokens.revoke("first");
    const ended = await register({ type: "m.login.terms", session });
    expect(ended).toMatchObject({
      status: 401,
      body: {
        errcode: "M_FORBIDDEN",
        error: expect.stringContaining("registration token"),
        session,
        completed: ["m.login.dummy"],
      },
    });
    expect(await show(session, "first")).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN", session } });
    expect(await show(session, "second")).toMatchObject({
      status: 401,
      body: { completed: ["m.login.dummy", "m.login.registration_token"] },
    });
    expect(await register({ type: "m.login.terms", session })).toMatchObject({ status: 200 });
  });

  it("is taken back from no one who showed another token meanwhile", async () => {
    serve({ registration: { flows: [["m.login.registration_token", "m.login.dummy"]] } });
    await issue("first");
    await issue("second");
    const session = await sessionOf(register());
    await show(session, "first");
    await server.storage.registrationTokens.revoke("first");
    const { reserve } = server.storage.claims;
    let others = 0;
    // The slower of two requests learns that the token ended when the faster one has gone on with another.
    server.storage.claims.reserve = async (claim, at) => {
      const outcome = await reserve(claim, at);
      if (outcome === "token-ended" && others === 0) {
        others += 1;
        await register({ session });
        await show(session, "second");
      }
      return outcome;
    };
    const slower = await register({ type: "m.login.dummy", session });
    expect([others, slower]).toMatchObject([1, { status: 401, body: { completed: ["m.login.registration_token"] } }]);
    expect(await register({ type: "m.login.dummy", session })).toMatchObject({ status: 200 });
  });
});

describe("m.login.recaptcha", () => {
  const flows = [["m.login.recaptcha"]] as const;
  const answering = (verdict: CaptchaVerdict): Captcha & { readonly asked: string[] } => {
    const asked: string[] = [];
    return {
      asked,
      publicKey: "site key",
      widget: { script: "https://captcha.example/api.js", sources: ["https://captcha.example"] },
      verify: async (response) => {
        asked.push(response);
        return verdict;
      },
    };
  };

  it.each([
    { verdict: { outcome: "solved" }, response: "answer", want: { status: 200 } },
    {
      verdict: { outcome: "refused" },
      response: "answer",
      want: { status: 401, body: { errcode: "M_CAPTCHA_INVALID" } },
    },
    {
      verdict: { outcome: "unreachable", reason: "a test" },
      response: "answer",
      want: { status: 502, body: { errcode: "M_UNKNOWN", error: expect.stringContaining("try again later") } },
    },
    { verdict: { outcome: "solved" }, response: "", want: { status: 401, body: { errcode: "M_CAPTCHA_NEEDED" } } },
    {
      verdict: { outcome: "solved" },
      response: undefined,
      want: { status: 401, body: { errcode: "M_CAPTCHA_NEEDED" } },
    },
  ] as const)("is completed by what the service takes: $verdict.outcome of $response", async (row) => {
    const captcha = answering(row.verdict);
    serve({ registration: { flows }, captcha });
    const asked = await register();
    expect(asked).toMatchObject({ body: { params: { "m.login.recaptcha": { public_key: "site key" } } } });
    const session = await sessionOf(Promise.resolve(asked));
    const response = row.response === undefined ? {} : { response: row.response };
    expect(await register({ type: "m.login.recaptcha", session, ...response })).toMatchObject(row.want);
    expect(captcha.asked).toEqual(row.response ? [row.response] : []);
  });

  it("limits how often somebody has the service asked", async () => {
    const captcha = answering({ outcome: "refused" });
    serve({ registration: { flows }, captcha });
    const session = await sessionOf(register());
    server.limiter.refused.add("captcha.ip");
    const auth = { type: "m.login.recaptcha", session, response: "answer" };
    expect(await register(auth)).toMatchObject({ status: 429 });
    expect(captcha.asked).toEqual([]);
  });
});

describe("a password", () => {
  it.each([
    { given: "short", want: "A password needs at least 8 characters, an upper-case letter, a digit." },
    { given: "ALL UPPER 1", want: "A password needs a lower-case letter." },
    { given: "Abcdefgh1", want: undefined },
    { given: "Ähnlich gute ٣", want: undefined },
  ])("has what the operator wants of it: $given", async ({ given, want }) => {
    serve({ passwords: { requiredCharacters: ["lowercase", "uppercase", "digit"] } });
    const answer = await server.client.register({ body: { username: "alice", password: given } });
    expect(answer).toMatchObject(
      want === undefined ? { status: 401 } : { status: 400, body: { errcode: "M_WEAK_PASSWORD", error: want } },
    );
  });
});
