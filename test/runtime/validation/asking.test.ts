import { describe, expect, it } from "vitest";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { defaultValidationSettings } from "../../../runtime/validation/validation.js";
import { email, phone, setUp } from "./sessions.js";

const day = 24 * 60 * 60 * 1000;

describe("asking for a message", () => {
  it.each([
    ["GB", "+447400123456", false],
    ["44", "+447400123456", false],
    ["44", "+447781123456", false],
    ["GB", "+447781123456", true],
    ["33", "+447400123456", true],
    ["all", "+447400123456", false],
  ])("by phone, with %s rejected, reaches %s: %s", async (rejected, phoneNumber, reached) => {
    const { requestMsisdn, sms, sessions, limiter } = setUp({
      ...defaultValidationSettings,
      rejectedCountries: rejected === "all" ? rejected : new Set([rejected]),
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

const gate = (): { promise: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
};
