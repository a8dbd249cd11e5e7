import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { Stage } from "../../../runtime/homeserver/domain/stage.js";
import type { Captcha, CaptchaVerdict } from "../../../runtime/ports/captcha.js";
import type { Terms } from "../../../runtime/protocol/terms.js";
import {
  baseUrl,
  type Changes,
  type Homeserver,
  homeserver,
  password,
  registerUser,
  sessionOf,
  validatedEmail,
} from "./homeserver.js";

let server: Homeserver;
afterEach(() => server.close());

const terms: Terms = new Map([
  [
    "privacy",
    {
      version: "3",
      texts: new Map([
        ["en", { name: "Privacy <notice>", url: 'https://example.org/privacy?a=1&b="2"' }],
        ["de", { name: "Datenschutz", url: "https://example.org/datenschutz" }],
      ]),
    },
  ],
]);

const captcha: Captcha = {
  publicKey: 'key"><script>',
  widget: {
    script: "https://captcha.example/api.js",
    sources: ["https://captcha.example", "https://*.captcha.example"],
  },
  verify: async (response) => ({ outcome: response === "solved" ? "solved" : "refused" }),
};

const serve = async (flow: readonly Stage[], more: Changes = {}): Promise<string> => {
  server = homeserver({
    registration: { flows: [flow, ["m.login.dummy", "m.login.msisdn"]] },
    terms,
    captcha,
    ...more,
  });
  await server.storage.registrationTokens.issue({
    token: "spring",
    usesAllowed: 1,
    expiresAt: undefined,
    createdAt: server.clock.now(),
  });
  return sessionOf(server.client.register({ body: registration }));
};

const registration = { username: "alice-of-the-request", password: "password-of-the-request" };

const address = (stage: string, session: string, more = ""): string =>
  `${baseUrl}/_matrix/client/r0/auth/${encodeURIComponent(stage)}/fallback/web?session=${encodeURIComponent(session)}${more}`;

const read = async (answer: Response) => {
  const html = await answer.text();
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  // What the request holds is nobody's business here.
  expect(html).not.toMatch(/of-the-request|undefined|\{\{|\[object/);
  return { status: answer.status, html, policy: answer.headers.get("content-security-policy") ?? "", answer };
};

const show = async (stage: string, session: string, headers: Readonly<Record<string, string>> = {}) =>
  read(await server.fetch(address(stage, session), { headers }));

const submit = async (stage: string, session: string, form: Readonly<Record<string, string>> = {}) =>
  read(await server.fetch(address(stage, session), { method: "POST", body: new URLSearchParams(form) }));

const scriptIn = (html: string) => /<script>([^<]*)<\/script>/.exec(html)?.[1];

const register = (session: string) => server.client.register({ body: { ...registration, auth: { session } } });

describe("the page of a stage", () => {
  it.each([
    { stage: "m.login.dummy", form: {}, says: "Go on" },
    { stage: "m.login.terms", form: { accepted: "yes" }, says: "Terms of service" },
    { stage: "m.login.registration_token", form: { token: " spring " }, says: "Registration token" },
    { stage: "m.login.recaptcha", form: { "g-recaptcha-response": "solved" }, says: "Are you a person?" },
    { stage: "m.login.recaptcha", form: { "h-captcha-response": "solved" }, says: "Are you a person?" },
  ] as const)("completes $stage, and the client goes on with the session alone", async ({ stage, form, says }) => {
    const session = await serve([stage]);
    const page = await show(stage, session);
    expect(page).toMatchObject({ status: 200 });
    expect(page.html).toContain(`<h1>${says}</h1>`);
    expect(scriptIn(page.html)).toBeUndefined();
    expect(await register(session)).toMatchObject({ status: 401, body: { completed: [] } });

    const done = await submit(stage, session, form);
    expect(done).toMatchObject({ status: 200 });
    expect(done.html).toContain("<h1>This step is done</h1>");
    // Its script, and no other, may run.
    const digest = createHash("sha256")
      .update(scriptIn(done.html) ?? "")
      .digest("base64");
    expect(done.policy).toContain(`script-src 'sha256-${digest}';`);
    expect((await show(stage, session)).html).toContain("This step is done");
    expect(await register(session)).toMatchObject({ status: 200 });
    expect(await show(stage, session)).toMatchObject({ status: 400 });
  });

  it.each([
    { stage: "m.login.terms", form: {}, says: "You have not accepted yet." },
    { stage: "m.login.registration_token", form: { token: "summer" }, says: "not valid, or is used up" },
    { stage: "m.login.registration_token", form: {}, says: "not valid, or is used up" },
    { stage: "m.login.recaptcha", form: { response: "guessed" }, says: "not solved" },
    { stage: "m.login.recaptcha", form: {}, says: "not solved" },
  ] as const)("asks again where a form does not complete $stage: $form", async ({ stage, form, says }) => {
    const session = await serve([stage]);
    const page = await submit(stage, session, form);
    expect(page).toMatchObject({ status: 400 });
    expect(page.html).toMatch(/<p class="problem" role="alert" id="problem">/);
    expect(page.html).toContain(says);
    expect(page.html).toContain("<h1>Please try again: ");
    expect(await register(session)).toMatchObject({ status: 401, body: { completed: [] } });
  });

  it.each([
    { stage: "m.login.email.identity", says: "asks for your email address" },
    { stage: "m.login.msisdn", says: "asks for your phone number" },
    { stage: "m.login.password", says: "do not give it to them" },
  ] as const)("of $stage says that it is completed in the application", async ({ stage, says }) => {
    const session = await serve([stage]);
    for (const page of [await show(stage, session), await submit(stage, session, { user: "a", password })]) {
      expect(page).toMatchObject({ status: 200 });
      expect(page.html).toContain(says);
      expect(page.html).not.toContain("<form");
    }
    expect(await register(session)).toMatchObject({ status: 401, body: { completed: [] } });
  });

  it.each([
    { what: "an unknown stage", stage: "m.login.sso", session: undefined, status: 404, says: "no such page" },
    { what: "an unknown session", stage: "m.login.dummy", session: "unknown", status: 400, says: "no longer valid" },
    { what: "an empty session", stage: "m.login.dummy", session: "", status: 400, says: "no longer valid" },
    { what: "a stage of no flow", stage: "m.login.msisdn", session: undefined, status: 400, says: "Another step" },
    {
      what: "a stage that is not next",
      stage: "m.login.recaptcha",
      session: undefined,
      status: 400,
      says: "Another step",
    },
  ])("is refused for $what", async ({ stage, session: given, status, says }) => {
    const opened = await serve(["m.login.terms", "m.login.recaptcha"]);
    const session = given ?? opened;
    for (const page of [await show(stage, session), await submit(stage, session, { response: "solved" })]) {
      expect(page).toMatchObject({ status });
      expect(page.html).toContain(says);
    }
  });

  it("is over with its session", async () => {
    const session = await serve(["m.login.terms"]);
    server.clock.advance(24 * 60 * 60 * 1000);
    expect(await submit("m.login.terms", session, { accepted: "yes" })).toMatchObject({ status: 400 });
  });

  it("speaks German to whoever reads that", async () => {
    const session = await serve(["m.login.terms"]);
    const page = await show("m.login.terms", session, { "accept-language": "de-AT, en;q=0.5" });
    expect(page.html).toContain('<html lang="de">');
    expect(page.html).toContain("<h1>Nutzungsbedingungen</h1>");
    expect(page.html).toContain('<a href="https://example.org/datenschutz" lang="de"');
  });

  it("has the documents that were shown to the client", async () => {
    const session = await serve(["m.login.terms"]);
    const { html } = await show("m.login.terms", session);
    expect(html).toContain('href="https://example.org/privacy?a&#x3D;1&amp;b&#x3D;&quot;2&quot;"');
    expect(html).toContain("Privacy &lt;notice&gt;");
  });

  it("is not loaded with anything but the captcha, framed by nobody, and sends its form nowhere else", async () => {
    const session = await serve(["m.login.recaptcha"]);
    const { html, policy, answer } = await show("m.login.recaptcha", session);
    expect(html).toContain('<script src="https://captcha.example/api.js" async defer></script>');
    expect(html).toContain('data-sitekey="key&quot;&gt;&lt;script&gt;"');
    expect(html).toMatch(/<noscript>.*scripts/s);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src https://captcha.example https://*.captcha.example;");
    expect(policy).toContain("form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("says whose fault it is not that a captcha cannot be checked, and takes it later", async () => {
    let verdict: CaptchaVerdict = { outcome: "unreachable", reason: "a test" };
    const session = await serve(["m.login.recaptcha"], { captcha: { ...captcha, verify: async () => verdict } });
    const page = await submit("m.login.recaptcha", session, { response: "solved" });
    expect(page).toMatchObject({ status: 502 });
    expect(page.html).toContain("That is not your fault");
    expect(page.html).toContain("<h1>Please try again later: ");
    expect(page.html).toContain("data-sitekey");
    verdict = { outcome: "solved" };
    expect(await submit("m.login.recaptcha", session, { response: "solved" })).toMatchObject({ status: 200 });
  });

  it("tells who sends too many forms to wait", async () => {
    const session = await serve(["m.login.registration_token"]);
    server.limiter.refused.add("token.ip");
    const page = await submit("m.login.registration_token", session, { token: "spring" });
    expect(page).toMatchObject({ status: 429 });
    expect(page.html).toContain("Please wait a little");
    expect(page.answer.headers.get("retry-after")).toBe("2");
  });
});

describe("markup in a parameter", () => {
  const attack = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{title}}`;

  it.each(["m.login.terms", "m.login.registration_token", "m.login.password", attack])(
    "is none on the page of %s",
    async (stage) => {
      const isKnown = stage !== attack;
      const session = await serve([isKnown ? (stage as Stage) : "m.login.dummy"]);
      const form = { accepted: attack, token: attack, user: attack, password: attack, response: attack };
      const more = `&lang=${encodeURIComponent(attack)}&brand=${encodeURIComponent(attack)}&x=${encodeURIComponent(attack)}`;
      for (const named of [session, attack]) {
        for (const init of [
          { headers: { "accept-language": attack } },
          { method: "POST", body: new URLSearchParams({ ...form, accepted: "" }) },
          { method: "POST", body: new URLSearchParams({ ...form, [attack]: attack }) },
        ]) {
          const { html } = await read(await server.fetch(address(stage, named, more), init));
          expect(html).not.toMatch(/alert\(|onerror/);
        }
      }
    },
  );
});

describe("the page of m.login.password", () => {
  const other = "the password of somebody else";

  const deactivating = async (loggedIn: boolean) => {
    server = homeserver();
    const { accessToken } = await registerUser(server, "alice");
    const bob = { username: "bob", password: other };
    const auth = { type: "m.login.dummy", session: await sessionOf(server.client.register({ body: bob })) };
    await server.client.orThrow.register({ body: { ...bob, auth } });
    const options = loggedIn ? { accessToken } : {};
    const session = await sessionOf(server.client.deactivateAccount({ body: {} }, options));
    return { session, finish: () => server.client.deactivateAccount({ body: { auth: { session } } }, options) };
  };

  it("takes the password of who is logged in, and says what it leads to", async () => {
    const { session, finish } = await deactivating(true);
    const page = await show("m.login.password", session);
    expect(page.html).toContain("close your account for ever");
    for (const form of [
      { user: "alice", password: "wrong" },
      { user: "bob", password: other },
      { user: "@alice:other.example", password },
      { user: "", password },
      { user: "alice" },
    ]) {
      expect(await submit("m.login.password", session, form)).toMatchObject({ status: 400 });
    }
    expect(await finish()).toMatchObject({ status: 401, body: { completed: [] } });
    expect(await submit("m.login.password", session, { user: "@alice:example.org", password })).toMatchObject({
      status: 200,
    });
    expect(await finish()).toMatchObject({ status: 200 });
  });

  it("says so of an address that is added, too", async () => {
    server = homeserver();
    const { accessToken } = await registerUser(server, "alice");
    const creds = await validatedEmail(server, "3PID", "alice@example.org", "add");
    const session = await sessionOf(server.v3.add3PID({ body: creds }, { accessToken }));
    expect((await show("m.login.password", session)).html).toContain("add an address to your account");
    expect(await submit("m.login.password", session, { user: "alice", password })).toMatchObject({ status: 200 });
    const body = { ...creds, auth: { session } };
    expect(await server.v3.add3PID({ body }, { accessToken })).toMatchObject({ status: 200 });
  });

  it("asks nobody for a password in a session that anybody may have opened", async () => {
    const { session, finish } = await deactivating(false);
    const page = await submit("m.login.password", session, { user: "alice", password });
    expect(page.html).toContain("do not give it to them");
    expect(await finish()).toMatchObject({ status: 401, body: { completed: [] } });
  });
});
