import { describe, expect, it } from "vitest";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { sqliteValidationSessions } from "../../../runtime/storage/sqlite/validation-sessions.js";
import { openLink } from "../../../runtime/validation/page.js";
import {
  defaultValidationSettings,
  type EmailRequest,
  type TokenSubmission,
  validation,
} from "../../../runtime/validation/validation.js";
import { fakeClock, fakeCourier, fakeLimiter, fakePages, fakeSms } from "../fakes.js";

const day = 24 * 60 * 60 * 1000;

const setUp = (settings = defaultValidationSettings) => {
  const connection = openSqlite(":memory:");
  migrate(connection, baseMigrations, 0);
  const ports = {
    sessions: sqliteValidationSessions(connection),
    courier: fakeCourier(),
    sms: fakeSms(),
    pages: fakePages,
    clock: fakeClock(),
    limiter: fakeLimiter(),
    random: systemRandom,
  };
  const it = validation(ports, settings);
  const link = (index = -1): TokenSubmission => {
    const mail = ports.courier.sent.at(index);
    if (mail?.purpose !== "email-validation") throw new Error("expected a mail with a link");
    const { searchParams } = new URL(mail.link);
    const value = (name: string) => searchParams.get(name) ?? "";
    return { sid: value("sid"), clientSecret: value("client_secret"), token: value("token") };
  };
  return { ...ports, ...it, link };
};

const byLink = { by: "link", submitUrl: "https://id.example/submitToken" } as const;

const email = (overrides: Partial<EmailRequest> = {}): EmailRequest => ({
  email: "Alice@example.org",
  clientSecret: "secret",
  sendAttempt: 1,
  clientIp: "192.0.2.1",
  proof: byLink,
  ...overrides,
});

const phone = {
  country: "GB",
  phoneNumber: "07400 123456",
  clientSecret: "secret",
  sendAttempt: 1,
  clientIp: "192.0.2.1",
};

describe("asking for a message", () => {
  it.each([
    ["GB", "+447400123456", false],
    ["44", "+447400123456", false],
    ["44", "+447781123456", false],
    ["GB", "+447781123456", true],
    ["33", "+447400123456", true],
  ])("by phone, with %s rejected, reaches %s: %s", async (rejected, phoneNumber, reached) => {
    const { requestMsisdn, sms, sessions, limiter } = setUp({
      ...defaultValidationSettings,
      rejectedCountries: new Set([rejected]),
    });
    // Whether it would have been sent is nobody's business: the answer is the same.
    for (const silent of [false, true]) {
      const asked = requestMsisdn({ ...phone, phoneNumber, clientSecret: `secret${silent}`, silent });
      if (reached) await asked;
      else await expect(asked).rejects.toMatchObject({ errcode: "M_DESTINATION_REJECTED", status: 400 });
    }
    expect(sms.sent.length).toBe(reached ? 1 : 0);
    if (reached) return;
    expect(limiter.counted).toEqual([]);
    expect(await sessions.deleteChangedBefore(Number.MAX_SAFE_INTEGER, 10)).toBe(0);
  });

  it("mails a link to exactly the address that was typed", async () => {
    const { requestEmail, courier, link } = setUp();
    const { sid } = await requestEmail(email());
    expect(courier.sent).toHaveLength(1);
    expect(courier.sent[0]).toMatchObject({ purpose: "email-validation", to: "Alice@example.org" });
    expect(link()).toEqual({ sid, clientSecret: "secret", token: expect.stringMatching(/^[0-9A-Za-z]{32}$/) });
  });

  it("mails a code to be typed", async () => {
    const { requestEmail, submit, courier } = setUp();
    const { sid } = await requestEmail(email({ proof: { by: "code" } }));
    const [mail] = courier.sent;
    if (mail?.purpose !== "email-code") throw new Error("expected a code");
    expect(mail.code).toMatch(/^\d{6}$/);
    expect((await submit("email", { sid, clientSecret: "secret", token: mail.code })).success).toBe(true);
  });

  it("texts a code and tells how the number was understood", async () => {
    const { requestMsisdn, submit, validated, sms, limiter } = setUp();
    const { sid, ...rest } = await requestMsisdn(phone);
    expect(rest).toEqual({ msisdn: "447400123456", intlFmt: "+44 7400 123456" });
    expect(sms.sent).toEqual([
      { purpose: "msisdn-validation", to: "447400123456", code: expect.stringMatching(/^\d{6}$/) },
    ]);
    expect(limiter.counted).toContain("send.country GB");
    await submit("msisdn", { sid, clientSecret: "secret", token: sms.sent[0]?.code ?? "" });
    expect(await validated(sid, "secret")).toMatchObject({ medium: "msisdn", address: "447400123456" });
  });

  it("sends once for each attempt, and less than before is nothing new", async () => {
    const { requestEmail, courier } = setUp();
    const sids: string[] = [];
    for (const sendAttempt of [2, 2, 1, 3]) sids.push((await requestEmail(email({ sendAttempt }))).sid);
    expect(new Set(sids).size).toBe(1);
    expect(courier.sent).toHaveLength(2);
    expect(courier.sent[0]).toEqual(courier.sent[1]);
  });

  it("takes two spellings of one number for one session", async () => {
    const { requestMsisdn, sms } = setUp();
    const first = await requestMsisdn(phone);
    expect(await requestMsisdn({ ...phone, phoneNumber: "+447400123456", country: "US" })).toEqual(first);
    expect(sms.sent).toHaveLength(1);
  });

  it("shares one sending among identical requests at the same time", async () => {
    const { requestEmail, courier } = setUp();
    const { promise, open } = gate();
    courier.gate = promise;
    const requests = Array.from({ length: 10 }, () => requestEmail(email()));
    open();
    const answers = await Promise.all([...requests, promise.then(() => requestEmail(email()))]);
    expect(new Set(answers.map(({ sid }) => sid)).size).toBe(1);
    expect(courier.sent).toHaveLength(1);
  });

  it.each([
    ["a mail that failed", "unreachable", "M_EMAIL_SEND_ERROR"],
    ["a mail that was refused", "refused", "M_EMAIL_SEND_ERROR"],
  ] as const)("reports %s and repeats it by the same attempt", async (_, failure, errcode) => {
    const { requestEmail, courier } = setUp();
    courier.failure = new DeliveryError(failure, "no");
    await expect(requestEmail(email())).rejects.toMatchObject({ errcode, status: 400 });
    courier.failure = undefined;
    await requestEmail(email());
    expect(courier.sent).toHaveLength(1);
  });

  it.each([
    ["unreachable", "M_SEND_ERROR"],
    ["destination-rejected", "M_DESTINATION_REJECTED"],
  ] as const)("reports a text message that is %s as %s", async (failure, errcode) => {
    const { requestMsisdn, sms } = setUp();
    sms.failure = new DeliveryError(failure, "no");
    await expect(requestMsisdn(phone)).rejects.toMatchObject({ errcode, status: 400 });
  });

  it("lets a defect of ours pass as what it is", async () => {
    const { requestEmail, courier } = setUp();
    courier.failure = new TypeError("a defect");
    await expect(requestEmail(email())).rejects.toThrow(TypeError);
  });

  it("opens another session for another address or secret, and after a day", async () => {
    const { requestEmail, clock, courier } = setUp();
    const sids = [await requestEmail(email()), await requestEmail(email({ email: "bob@example.org" }))];
    sids.push(await requestEmail(email({ clientSecret: "other" })));
    clock.advance(day);
    sids.push(await requestEmail(email()));
    expect(new Set(sids.map(({ sid }) => sid)).size).toBe(4);
    expect(courier.sent).toHaveLength(4);
  });

  it.each([
    ["a secret of 256 characters", { clientSecret: "a".repeat(256) }, "M_INVALID_PARAM"],
    ["a secret with a quote", { clientSecret: "d0n'tT3ll" }, "M_INVALID_PARAM"],
    ["an attempt that is no integer", { sendAttempt: 1.5 }, "M_INVALID_PARAM"],
    ["two addresses", { email: "a@b.test@c.test" }, "M_INVALID_EMAIL"],
    ["501 characters", { email: `${"a".repeat(489)}@example.org` }, "M_INVALID_EMAIL"],
    ["next_link to a script", { nextLink: "javascript:alert(1)" }, "M_INVALID_PARAM"],
    ["next_link to a file", { nextLink: "file:///etc/passwd" }, "M_INVALID_PARAM"],
    ["next_link without scheme", { nextLink: "//evil.example/" }, "M_INVALID_PARAM"],
    ["next_link with a password", { nextLink: "https://good.example:x@evil.example/" }, "M_INVALID_PARAM"],
    ["next_link elsewhere", { nextLink: "https://evil.example/" }, "M_INVALID_PARAM"],
  ])("refuses %s: nothing is stored or sent", async (_, overrides, errcode) => {
    const { requestEmail, courier, sessions } = setUp({
      ...defaultValidationSettings,
      nextLinkHosts: ["good.example"],
    });
    await expect(requestEmail(email(overrides))).rejects.toMatchObject({ errcode });
    expect(courier.sent).toEqual([]);
    expect(await sessions.deleteChangedBefore(Number.MAX_SAFE_INTEGER, 10)).toBe(0);
  });

  it.each(["send.ip", "send.address"] as const)("stops at the limit of %s, and stores nothing", async (scope) => {
    const { requestEmail, courier, limiter, sessions } = setUp();
    limiter.refused.add(scope);
    await expect(requestEmail(email())).rejects.toMatchObject({ status: 429, extra: { retry_after_ms: 1500 } });
    expect(courier.sent).toEqual([]);
    expect(await sessions.deleteChangedBefore(Number.MAX_SAFE_INTEGER, 10)).toBe(0);
  });

  it("still names the session of an attempt that was sent, whatever limit has been reached", async () => {
    const { requestEmail, limiter } = setUp();
    const first = await requestEmail(email());
    limiter.refused.add("send.ip");
    expect(await requestEmail(email())).toEqual(first);
    await expect(requestEmail(email({ sendAttempt: 2 }))).rejects.toMatchObject({ status: 429 });
  });

  it("counts the user whose token came with the request, too, and not instead of the address", async () => {
    const { requestEmail, requestMsisdn, limiter } = setUp();
    await requestEmail(email({ requester: "@alice:example.org" }));
    await requestMsisdn({ ...phone, requester: "@alice:example.org" });
    const byUser = ["send.ip 192.0.2.1", "send.mxid @alice:example.org"];
    expect(limiter.counted).toEqual([
      ...byUser,
      "send.address alice@example.org",
      ...byUser,
      "send.address 447400123456",
      "send.country GB",
    ]);
    limiter.refused.add("send.mxid");
    const again = email({ requester: "@alice:example.org", sendAttempt: 2 });
    await expect(requestEmail(again)).rejects.toMatchObject({ errcode: "M_LIMIT_EXCEEDED", status: 429 });
    await requestEmail(email({ sendAttempt: 2 }));
  });

  it("counts by the canonical address, and counts nothing when nothing is sent", async () => {
    const { requestEmail, limiter } = setUp();
    await requestEmail(email());
    await requestEmail(email());
    expect(limiter.counted).toEqual(["send.ip 192.0.2.1", "send.address alice@example.org"]);
  });
});

describe("submitting a token", () => {
  it("validates", async () => {
    const { requestEmail, submit, validated, link, clock } = setUp();
    const { sid } = await requestEmail(email());
    await expect(validated(sid, "secret")).rejects.toMatchObject({ errcode: "M_SESSION_NOT_VALIDATED", status: 400 });
    expect(await submit("email", link())).toMatchObject({ success: true });
    expect(await validated(sid, "secret")).toEqual({
      sid,
      medium: "email",
      address: "alice@example.org",
      destination: "Alice@example.org",
      validatedAt: clock.now(),
    });
  });

  it("tells an unknown sid, a wrong secret and another medium alike", async () => {
    const { requestEmail, submit, validated, link } = setUp();
    await requestEmail(email());
    const right = link();
    const failures = [
      await submit("email", { ...right, sid: "unknown" }),
      await submit("email", { ...right, sid: "not a sid" }),
      await submit("email", { ...right, clientSecret: "wrong" }),
      await submit("msisdn", right),
    ].map((result) => (result.success ? undefined : { status: result.error.status, body: result.error.body }));
    expect(failures[0]).toMatchObject({ status: 400, body: { success: false, errcode: "M_INVALID_PARAM" } });
    for (const failure of failures) expect(failure).toEqual(failures[0]);

    const refusals = [
      await validated("unknown", "secret").catch((error: unknown) => error),
      await validated(right.sid, "wrong").catch((error: unknown) => error),
    ];
    expect(refusals[0]).toMatchObject({ errcode: "M_NO_VALID_SESSION", status: 404 });
    expect(refusals[1]).toEqual(refusals[0]);
  });

  it("ends after five wrong tokens, and a new request begins again", async () => {
    const { requestEmail, submit, link } = setUp();
    await requestEmail(email());
    const right = link();
    for (let i = 0; i < 5; i++) {
      expect(await submit("email", { ...right, token: i === 0 ? "" : `wrong${i}` })).toMatchObject({
        success: false,
        error: { errcode: "M_TOKEN_INCORRECT", status: 400 },
      });
      // An empty token is no try.
      if (i === 0) await submit("email", { ...right, token: "wrong0" });
    }
    expect(await submit("email", right)).toMatchObject({ success: false, error: { errcode: "M_SESSION_EXPIRED" } });
    const { sid } = await requestEmail(email());
    expect(sid).not.toBe(right.sid);
    expect((await submit("email", link())).success).toBe(true);
  });

  it("keeps to 24 hours, for validating and for checking", async () => {
    const { requestEmail, submit, validated, link, clock } = setUp();
    const { sid } = await requestEmail(email());
    clock.advance(day - 1);
    expect((await submit("email", link())).success).toBe(true);
    clock.advance(day - 1);
    expect(await validated(sid, "secret")).toMatchObject({ sid });
    // Validating again is no change.
    expect((await submit("email", link())).success).toBe(true);
    clock.advance(1);
    await expect(validated(sid, "secret")).rejects.toMatchObject({ errcode: "M_SESSION_EXPIRED", status: 400 });
    expect(await submit("email", link())).toMatchObject({ error: { errcode: "M_SESSION_EXPIRED" } });
  });

  it("is limited by address", async () => {
    const { requestEmail, submit, link, limiter } = setUp();
    await requestEmail(email());
    limiter.refused.add("submit.address");
    await expect(submit("email", link())).rejects.toMatchObject({ errcode: "M_LIMIT_EXCEEDED" });
    expect(await openLink({ submit, pages: fakePages }, "email", link(), {})).toMatchObject({
      status: 429,
      headers: { "Retry-After": "2" },
    });
  });

  it("counts nothing for a session that has ended: strangers would use up the owner's tries", async () => {
    const { requestEmail, submit, link, limiter } = setUp();
    await requestEmail(email());
    for (let i = 0; i < 8; i++) await submit("email", { ...link(), token: "wrong" });
    expect(limiter.counted.filter((it) => it.startsWith("submit.address"))).toHaveLength(5);
  });

  it("counts wrong secrets of a session, and nothing else; after too many the right one is refused as well", async () => {
    const { requestEmail, submit, validated, link, limiter } = setUp();
    const { sid } = await requestEmail(email());
    await submit("email", link());
    await validated(sid, "secret");
    const wrongSecrets = () => limiter.counted.filter((it) => it.startsWith("secret.sid"));
    expect(wrongSecrets()).toEqual([]);
    await expect(validated(sid, "guessed")).rejects.toMatchObject({ errcode: "M_NO_VALID_SESSION" });
    await submit("email", { ...link(), clientSecret: "guessed" });
    await expect(validated("unknown", "guessed")).rejects.toMatchObject({ errcode: "M_NO_VALID_SESSION" });
    expect(wrongSecrets()).toEqual([`secret.sid ${sid}`, `secret.sid ${sid}`]);
    limiter.refused.add("secret.sid");
    const refused = { errcode: "M_LIMIT_EXCEEDED", status: 429 };
    for (const secret of ["guessed", "secret"]) await expect(validated(sid, secret)).rejects.toMatchObject(refused);
    await expect(submit("email", link())).rejects.toMatchObject(refused);
  });

  it("sweeps sessions some days after they ended", async () => {
    const { requestEmail, sweep, sessions, clock } = setUp();
    const { sid } = await requestEmail(email());
    clock.advance(6 * day - 1);
    expect(await sweep(5 * day)).toBe(0);
    clock.advance(1);
    expect(await sweep(5 * day)).toBe(1);
    expect(await sessions.find(sid)).toBeUndefined();
  });
});

describe("the page behind the link", () => {
  it("says that it worked, without scripts and without telling other sites", async () => {
    const { requestEmail, submit, link } = setUp();
    await requestEmail(email());
    const page = await openLink({ submit, pages: fakePages }, "email", link(), {});
    expect(page.status).toBe(200);
    expect(page.html).toContain("<h1>Your email address is confirmed</h1>");
    expect(page.html).not.toMatch(/<script|https?:/);
    expect(page.headers["Content-Type"]).toBe("text/html; charset=utf-8");
    expect(page.headers["Referrer-Policy"]).toBe("no-referrer");
    expect(page.headers["Content-Security-Policy"]).toContain("default-src 'none'");
  });

  it.each([
    ["https://app.example/done?a=1#x", "https://app.example/done?a=1&sid=SID#x"],
    ["http://app.example/?sid=mine", "http://app.example/?sid=mine"],
    [
      'https://app.example/"><script>alert(1)</script>',
      "https://app.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E?sid=SID",
    ],
  ])("leads on to %s", async (nextLink, want) => {
    const { requestEmail, submit, link } = setUp();
    const { sid } = await requestEmail(email({ nextLink }));
    const page = await openLink({ submit, pages: fakePages }, "email", link(), {});
    expect(page.status).toBe(302);
    expect(page.headers["Location"]).toBe(want.replace("SID", sid));
    expect(page.html).not.toContain("<script");
  });

  it("follows the newest next_link", async () => {
    const { requestEmail, submit, link } = setUp();
    await requestEmail(email({ nextLink: "https://one.example/" }));
    await requestEmail(email({ nextLink: "https://two.example/", sendAttempt: 2 }));
    const page = await openLink({ submit, pages: fakePages }, "email", link(), {});
    expect(page.headers["Location"]).toMatch(/^https:\/\/two\.example\//);
  });

  it.each([
    ["a wrong token", { token: "<script>alert(1)</script>" }],
    ["a wrong secret", { clientSecret: "<script>alert(1)</script>" }],
    ["an unknown sid", { sid: '"><script>alert(1)</script>' }],
  ])("explains %s and leads nowhere", async (_, overrides) => {
    const { requestEmail, submit, link } = setUp();
    await requestEmail(email({ nextLink: "https://app.example/" }));
    const page = await openLink({ submit, pages: fakePages }, "email", { ...link(), ...overrides }, {});
    expect(page.status).toBe(400);
    expect(page.headers["Location"]).toBeUndefined();
    expect(page.html).toContain("<h1>Your email address was not confirmed</h1>");
    expect(page.html).not.toContain("<script");
  });
});

const gate = (): { promise: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
};
