import { describe, expect, it } from "vitest";
import { openLink } from "../../../runtime/validation/page.js";
import { fakePages } from "../fakes.js";
import { email, setUp } from "./sessions.js";

const day = 24 * 60 * 60 * 1000;

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
