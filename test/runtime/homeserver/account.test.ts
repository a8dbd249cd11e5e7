import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthData, ThreepidCreds } from "../../../generated/client-server/index.js";
import { endPasswordResets } from "../../../runtime/homeserver/domain/password.js";
import { passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import {
  addEmail,
  type Homeserver,
  homeserver,
  mailedLink,
  password,
  registerUser,
  sessionOf,
  validatedEmail,
} from "./homeserver.js";

const alice = "@alice:example.org";
const newPassword = "an even better one";

let server: Homeserver;
let accessToken: string;
beforeEach(async () => {
  server = homeserver();
  accessToken = (await registerUser(server, "alice")).accessToken;
});
afterEach(() => server.close());

const whoami = (token: string) => server.client.getTokenOwner({}, { accessToken: token });

/** Whether it is the password of the account. */
const opens = async (tried: string): Promise<boolean> => {
  const stored = await server.accounts.find(alice);
  return (await passwords(systemRandom).verify(tried, stored?.passwordHash)).matches;
};

describe("whoami", () => {
  it("tells whose token it is, from header and from query", async () => {
    expect(await whoami(accessToken)).toMatchObject({ status: 200, body: { user_id: alice } });
    const response = await server.fetch(
      `https://matrix.example.org/_matrix/client/r0/account/whoami?access_token=${accessToken}`,
    );
    expect(response.status).toBe(200);
  });

  it("refuses unknown and absent tokens", async () => {
    expect(await whoami("unknown")).toMatchObject({ status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } });
    expect(await server.client.getTokenOwner()).toMatchObject({ status: 401, body: { errcode: "M_MISSING_TOKEN" } });
  });

  it("lets nobody act as somebody else", async () => {
    const ask = (user: string) =>
      server.fetch(`https://matrix.example.org/_matrix/client/r0/account/whoami?user_id=${encodeURIComponent(user)}`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
    expect((await ask(alice)).status).toBe(200);
    const refused = await ask("@bob:example.org");
    expect([refused.status, await refused.json()]).toMatchObject([403, { errcode: "M_FORBIDDEN" }]);
  });
});

describe("changing the password when logged in", () => {
  const change = (auth?: AuthData, token = accessToken) =>
    server.client.changePassword(
      { body: { new_password: newPassword, ...(auth === undefined ? {} : { auth }) } },
      { accessToken: token },
    );

  it.each([
    { by: "identifier", names: { identifier: { type: "m.id.user", user: "alice" } } },
    { by: "whole user ID", names: { identifier: { type: "m.id.user", user: alice } } },
    { by: "the old user field", names: { user: "alice" } },
    { by: "nothing", names: {} },
  ])("takes the password of the account, named by $by", async ({ names }) => {
    const session = await sessionOf(change());
    expect(await change({ type: "m.login.password", session, password, ...names })).toMatchObject({
      status: 200,
      body: {},
    });
    expect([await opens(newPassword), await opens(password)]).toEqual([true, false]);
  });

  it.each([
    { by: "email", names: { identifier: { type: "m.id.thirdparty", medium: "email", address: "ALICE@example.org" } } },
    { by: "the old email fields", names: { medium: "email", address: "alice@example.org" } },
    { by: "phone", names: { identifier: { type: "m.id.phone", country: "GB", phone: "07400 123456" } } },
    { by: "phone as number", names: { identifier: { type: "m.id.phone", country: "GB", number: "07400123456" } } },
  ])("finds the account by $by", async ({ names }) => {
    const at = { validatedAt: 1, addedAt: 1 };
    await server.accounts.addThreepid(alice, { medium: "email", address: "alice@example.org", ...at });
    await server.accounts.addThreepid(alice, { medium: "msisdn", address: "447400123456", ...at });
    expect(await change({ type: "m.login.password", password, ...names })).toMatchObject({ status: 200 });
  });

  it("offers password, email and msisdn, and refuses a wrong password with the flows", async () => {
    const session = await sessionOf(change());
    const answer = await change({ type: "m.login.password", session, password: "wrong" });
    expect(answer).toMatchObject({
      status: 401,
      body: {
        session,
        errcode: "M_FORBIDDEN",
        completed: [],
        flows: [
          { stages: ["m.login.password"] },
          { stages: ["m.login.email.identity"] },
          { stages: ["m.login.msisdn"] },
        ],
      },
    });
    expect(await change({ type: "m.login.password", session, password })).toMatchObject({ status: 200 });
  });

  it("tells unknown users, others' accounts and wrong passwords alike", async () => {
    await registerUser(server, "bob");
    const tries = [
      { user: "nobody", password },
      { user: "bob", password },
      { user: "@alice:elsewhere.example", password },
      { user: "alice", password: "wrong" },
      { identifier: { type: "m.id.thirdparty", medium: "pigeon", address: "x" }, password },
      { identifier: { type: "m.id.phone", country: "GB", phone: "12" }, password },
    ];
    const bodies = new Set<unknown>();
    for (const tried of tries) {
      const { status, body } = await change({ type: "m.login.password", ...tried });
      expect(status).toBe(401);
      bodies.add("error" in body ? body.error : undefined);
    }
    expect(bodies.size).toBe(1);
  });

  it.each([
    { auth: { type: "m.login.password" }, errcode: "M_MISSING_PARAM" },
    { auth: { type: "m.login.email.identity" }, errcode: "M_MISSING_PARAM" },
    { auth: { type: "m.login.password", password: 7 }, errcode: "M_INVALID_PARAM" },
    { auth: { type: "m.login.password", password: "x".repeat(2000) }, errcode: "M_INVALID_PARAM" },
    { auth: { type: "m.login.password", password, identifier: [] }, errcode: "M_INVALID_PARAM" },
    { auth: { type: "m.login.password", password, identifier: {} }, errcode: "M_MISSING_PARAM" },
    { auth: { type: "m.login.password", password, identifier: { type: "m.id.other" } }, errcode: "M_INVALID_PARAM" },
    { auth: { type: "m.login.password", password, medium: "email" }, errcode: "M_MISSING_PARAM" },
    { auth: { type: "m.login.email.identity", threepid_creds: { sid: "x" } }, errcode: "M_MISSING_PARAM" },
    { auth: { type: "m.login.email.identity", threepid_creds: [] }, errcode: "M_INVALID_PARAM" },
  ])("answers $errcode for $auth", async ({ auth, errcode }) => {
    expect(await change(auth as AuthData)).toMatchObject({ status: 400, body: { errcode } }); // wrong on purpose
  });

  it("revokes every other token, and keeps the one that asked", async () => {
    await server.logInElsewhere(alice, "other");
    expect(await server.accounts.useAccessToken("other", 5)).toMatchObject({ mxid: alice });
    await change({ type: "m.login.password", password });
    expect(await server.accounts.useAccessToken("other", 5)).toBeUndefined();
    expect(await whoami(accessToken)).toMatchObject({ status: 200 });
  });

  it("refuses a weak password before anything else", async () => {
    const answer = await server.client.changePassword({ body: { new_password: "short" } }, { accessToken });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_WEAK_PASSWORD" } });
  });

  it("limits guesses at what names nobody as at what names somebody", async () => {
    const identifier = { type: "m.id.thirdparty", medium: "email", address: "nobody@example.org" };
    server.limiter.refused.add("password.account");
    expect(await change({ type: "m.login.password", password, identifier })).toMatchObject({ status: 429 });
  });

  it.each(["password.ip", "password.account"] as const)("limits guesses by %s", async (scope) => {
    server.limiter.refused.add(scope);
    const answer = await change({ type: "m.login.password", password });
    expect(answer).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } });
  });
});

describe("resetting the password (J2)", () => {
  it.each(["by another address session", "by the old password"])(
    "cannot be undone %s by whoever had a session ready",
    async (way) => {
      await addEmail(server, accessToken, "alice@example.org");
      const ready = await validatedEmail(server, "ResetPassword", "alice@example.org", "ready");
      const body = { email: "alice@example.org", client_secret: "mailed", send_attempt: 1 };
      const mailed = await server.client.orThrow.requestTokenToResetPasswordEmail({ body });
      const { url } = mailedLink(server);
      const byAddress = (threepid_creds: ThreepidCreds) => reset({ type: "m.login.email.identity", threepid_creds });
      if (way === "by the old password") {
        const auth = { type: "m.login.password", password };
        const changed = () =>
          server.client.changePassword({ body: { new_password: newPassword, auth } }, { accessToken });
        expect(await changed()).toMatchObject({ status: 200 });
      } else {
        const creds = await validatedEmail(server, "ResetPassword", "alice@example.org", "owner");
        expect(await byAddress(creds)).toMatchObject({ status: 200 });
      }
      expect((await server.fetch(url)).status).toBe(400);
      for (const creds of [ready, { sid: mailed.sid, client_secret: "mailed" }]) {
        expect(await byAddress(creds)).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
      }
      expect(await opens(newPassword)).toBe(true);
    },
  );

  const reset = (auth?: AuthData, new_password = newPassword) =>
    server.client.changePassword({ body: { new_password, ...(auth === undefined ? {} : { auth }) } });

  describe("cannot undo what an operator set", () => {
    const setByOperator = "set by the operator";
    const locked = { status: 401, body: { errcode: "M_USER_LOCKED" } };
    const forbidden = { status: 403, body: { errcode: "M_FORBIDDEN" } };
    const setPassword = async () => {
      const passwordHash = await passwords(systemRandom).hash(setByOperator);
      await server.accounts.changePassword({ mxid: alice, passwordHash, keepDevices: [] });
    };
    const endResets = () => endPasswordResets({ accounts: server.accounts, ...server.storage }, alice);
    beforeEach(async () => {
      await addEmail(server, accessToken, "alice@example.org");
      await server.accounts.setLocked(alice, true);
    });

    it.each([
      ["its password is another one", setPassword],
      ["resets were ended", endResets],
    ])("by a session that was complete before: %s", async (_, operate) => {
      const session = await sessionOf(reset());
      const creds = await validatedEmail(server, "ResetPassword", "alice@example.org", "theirs");
      const auth = { type: "m.login.email.identity", session, threepid_creds: creds };
      expect(await reset(auth)).toMatchObject(locked);
      await operate();
      await server.accounts.setLocked(alice, false);
      expect(await reset({ session })).toMatchObject(forbidden);
      expect(await opens(newPassword)).toBe(false);
    });

    it("by a session in which the password of before was shown", async () => {
      const close = (auth: AuthData) => server.client.deactivateAccount({ body: { auth } });
      const identifier = { type: "m.id.user", user: "alice" };
      const session = await sessionOf(server.client.deactivateAccount({}));
      expect(await close({ type: "m.login.password", session, identifier, password })).toMatchObject(locked);
      await setPassword();
      await server.accounts.setLocked(alice, false);
      expect(await close({ session })).toMatchObject(forbidden);
      expect(await opens(setByOperator)).toBe(true);
    });
  });

  it("takes an address of the account for it, and revokes every token", async () => {
    await addEmail(server, accessToken, "alice@example.org");
    const session = await sessionOf(reset());
    const creds = await validatedEmail(server, "ResetPassword", "Alice@example.org", "reset");
    const auth = { type: "m.login.email.identity", session, threepid_creds: creds };
    expect(await reset(auth)).toMatchObject({ status: 200 });
    expect(await opens(newPassword)).toBe(true);
    expect(await whoami(accessToken)).toMatchObject({ status: 401 });
    const again = { type: "m.login.email.identity", threepid_creds: creds };
    expect(await reset(again, "yet another one")).toMatchObject({
      status: 401,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    });
    expect(await opens(newPassword)).toBe(true);
  });

  it("is told as it is where only what follows fails", async () => {
    await addEmail(server, accessToken, "alice@example.org");
    server.storage.validationPurposes.endSessions = () => Promise.reject(new Error("the disk is full"));
    const creds = await validatedEmail(server, "ResetPassword", "alice@example.org", "reset");
    expect(await reset({ type: "m.login.email.identity", threepid_creds: creds })).toMatchObject({ status: 200 });
    expect(await opens(newPassword)).toBe(true);
    expect(server.log.lines.filter((line) => line.includes("the disk is full"))).toHaveLength(1);
  });

  it("takes a phone number just so", async () => {
    await server.accounts.addThreepid(alice, {
      medium: "msisdn",
      address: "447400123456",
      validatedAt: 1,
      addedAt: 1,
    });
    const phone = { country: "GB", phone_number: "07400123456", client_secret: "s", send_attempt: 1 };
    const { sid } = await server.client.orThrow.requestTokenToResetPasswordMSISDN({ body: phone });
    const token = server.sms.sent.at(-1)?.code ?? "";
    await server.client.orThrow.submitUrlMsisdnPost({ body: { sid, client_secret: "s", token } });
    const auth = { type: "m.login.msisdn", threepid_creds: { sid, client_secret: "s" } };
    expect(await reset(auth)).toMatchObject({ status: 200 });
    expect(await opens(newPassword)).toBe(true);
  });

  it("offers no password stage to somebody without a session", async () => {
    const stages = await reset({ type: "m.login.password", password, user: "alice" });
    expect(stages).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN", completed: [] } });
    expect(await opens(password)).toBe(true);
  });

  it("never resets another account than the address's, whatever the client names", async () => {
    const bob = await registerUser(server, "bob");
    await addEmail(server, bob.accessToken, "bob@example.org");
    const creds = await validatedEmail(server, "ResetPassword", "bob@example.org", "reset");
    const auth = { type: "m.login.email.identity", threepid_creds: creds, user: "alice" };
    const asAlice = await server.client.changePassword({ body: { new_password: newPassword, auth } }, { accessToken });
    expect(asAlice).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    expect(await reset(auth)).toMatchObject({ status: 200 });
    expect(await opens(password)).toBe(true);
    expect(await whoami(accessToken)).toMatchObject({ status: 200 });
  });

  it("refuses an address that left the account after it was confirmed", async () => {
    await addEmail(server, accessToken, "alice@example.org");
    const creds = await validatedEmail(server, "ResetPassword", "alice@example.org", "reset");
    await server.client.orThrow.delete3pidFromAccount(
      { body: { medium: "email", address: "alice@example.org" } },
      { accessToken },
    );
    const auth = { type: "m.login.email.identity", threepid_creds: creds };
    expect(await reset(auth)).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
    expect(await opens(password)).toBe(true);
  });

  it("refuses a session that was validated to add an address", async () => {
    const creds = await validatedEmail(server, "3PID", "alice@example.org", "add");
    await server.client.orThrow.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken });
    const auth = { type: "m.login.email.identity", threepid_creds: creds };
    expect(await reset(auth)).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
  });
});
