import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import { addEmail, baseUrl, type Homeserver, homeserver, mailedLink, openLink, registerUser } from "./homeserver.js";

const emailOperations = [
  "requestTokenToRegisterEmail",
  "requestTokenToResetPasswordEmail",
  "requestTokenTo3PIDEmail",
] as const;
const msisdnOperations = [
  "requestTokenToRegisterMSISDN",
  "requestTokenToResetPasswordMSISDN",
  "requestTokenTo3PIDMSISDN",
] as const;

const email = (address = "alice@example.org", more: object = {}) => ({
  email: address,
  client_secret: "secret",
  send_attempt: 1,
  ...more,
});

const phone = (phone_number = "07400 123456", more: object = {}) => ({
  country: "GB",
  phone_number,
  client_secret: "secret",
  send_attempt: 1,
  ...more,
});

const msisdn = "447400123456";

let server: Homeserver;
beforeEach(() => {
  server = homeserver();
});
afterEach(() => server.close());

/** Puts a phone number on an account. */
const addPhone = async (accessToken: string): Promise<void> => {
  const { sid } = await server.client.orThrow.requestTokenTo3PIDMSISDN({ body: phone() });
  const token = server.sms.sent.at(-1)?.code ?? "";
  await server.client.orThrow.submitUrlMsisdnPost({ body: { sid, client_secret: "secret", token } });
  await server.client.orThrow.post3PIDs(
    { body: { three_pid_creds: { sid, client_secret: "secret" } } },
    { accessToken },
  );
};

describe("requestToken, validating here", () => {
  it.each(["requestTokenToRegisterEmail", "requestTokenTo3PIDEmail"] as const)("%s mails a link", async (operation) => {
    const { sid } = await server.client.orThrow[operation]({ body: email("Alice@Example.org") });
    expect(server.courier.sent).toMatchObject([{ purpose: "email-validation", to: "Alice@Example.org" }]);
    const { url, query } = mailedLink(server);
    expect(url.startsWith(`${baseUrl}/_threepid/client/r0/validate/email/submitToken?`)).toBe(true);
    expect(query).toMatchObject({ sid, client_secret: "secret" });
    const page = await openLink(server);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
  });

  it.each(["requestTokenToRegisterMSISDN", "requestTokenTo3PIDMSISDN"] as const)(
    "%s sends a code and says where it is typed",
    async (operation) => {
      const answer = await server.client.orThrow[operation]({ body: phone() });
      expect(answer).toMatchObject({
        msisdn,
        intl_fmt: "+44 7400 123456",
        submit_url: `${baseUrl}/_threepid/client/r0/validate/msisdn/submitToken`,
      });
      expect(server.sms.sent).toMatchObject([{ purpose: "msisdn-validation", to: msisdn }]);
    },
  );

  it("sends clients of v3 to a path of their own", async () => {
    const { sid } = await server.v3.orThrow.requestTokenToRegisterEmail({ body: email() });
    const path = `${baseUrl}/_threepid/client/v3/validate`;
    expect(mailedLink(server).url.startsWith(`${path}/email/submitToken?`)).toBe(true);
    expect([(await openLink(server)).status, sid]).toEqual([200, mailedLink(server).query["sid"]]);
    const { submit_url } = await server.v3.orThrow.requestTokenToRegisterMSISDN({ body: phone() });
    expect(submit_url).toBe(`${path}/msisdn/submitToken`);
  });

  it("has a mailed code typed where the operator wants one (J10)", async () => {
    const typing = homeserver({ threepids: { email: { enabled: true, validatedBy: "homeserver", proof: "code" } } });
    const { sid, submit_url } = await typing.client.orThrow.requestTokenToRegisterEmail({ body: email() });
    expect(submit_url).toBe(`${baseUrl}/_threepid/client/r0/validate/email/submitToken`);
    const [mail] = typing.courier.sent;
    const token = mail?.purpose === "email-code" ? mail.code : "";
    const submit = (body: object) =>
      typing.fetch(submit_url ?? "", {
        method: "POST",
        body: JSON.stringify({ sid, client_secret: "secret", token, ...body }),
      });
    const wrong = await submit({ token: token === "000000" ? "000001" : "000000" });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { success: false, errcode: "M_TOKEN_INCORRECT" }]);
    const unknown = await submit({ client_secret: "other" });
    expect([unknown.status, await unknown.json()]).toMatchObject([400, { success: false, errcode: "M_INVALID_PARAM" }]);
    const right = await submit({});
    expect([right.status, await right.json()]).toEqual([200, { success: true }]);
    typing.clock.advance(24 * 60 * 60 * 1000);
    const late = await submit({});
    expect([late.status, await late.json()]).toMatchObject([400, { success: false, errcode: "M_SESSION_EXPIRED" }]);
    typing.close();
  });

  it("takes no addresses of a medium that is turned off, for whatever purpose", async () => {
    const mailing = homeserver({ threepids: { msisdn: { enabled: false, validatedBy: "homeserver" } } });
    for (const operation of msisdnOperations) {
      expect(await mailing.client[operation]({ body: phone() })).toMatchObject({
        status: 400,
        body: { errcode: "M_THREEPID_MEDIUM_NOT_SUPPORTED" },
      });
    }
    await mailing.client.orThrow.requestTokenToRegisterEmail({ body: email() });
    expect([mailing.courier.sent.length, mailing.sms.sent.length]).toEqual([1, 0]);
    const offered = [["m.login.dummy"], ["m.login.email.identity"]].map((stages) => ({ stages }));
    expect(await mailing.client.register({ body: {} })).toMatchObject({ status: 401, body: { flows: offered } });
    expect(await mailing.client.changePassword({ body: { new_password: "a new password" } })).toMatchObject({
      status: 401,
      body: { flows: [{ stages: ["m.login.email.identity"] }] },
    });
    const none = homeserver({
      threepids: {
        email: { enabled: false, validatedBy: "homeserver", proof: "link" },
        msisdn: { enabled: false, validatedBy: "homeserver" },
      },
    });
    expect(await none.client.changePassword({ body: { new_password: "a new password" } })).toMatchObject({
      status: 403,
      body: { errcode: "M_FORBIDDEN" },
    });
    none.close();
    mailing.close();
  });

  it("says in the message that it lets whoever asked set a new password, and only then", async () => {
    const { accessToken } = await registerUser(server, "alice");
    await addEmail(server, accessToken, "alice@example.org");
    await addPhone(accessToken);
    await server.client.orThrow.requestTokenToResetPasswordEmail({ body: email() });
    await server.client.orThrow.requestTokenToResetPasswordMSISDN({ body: phone() });
    expect(server.courier.sent).toMatchObject([{ resetsPassword: false }, { resetsPassword: true }]);
    expect(server.sms.sent).toMatchObject([{ resetsPassword: false }, { resetsPassword: true }]);
  });

  it("sends once for each send_attempt", async () => {
    const operation = server.client.orThrow.requestTokenToRegisterEmail;
    const first = await operation({ body: email() });
    expect(await operation({ body: email() })).toEqual(first);
    expect(server.courier.sent).toHaveLength(1);
    expect(await operation({ body: email("alice@example.org", { send_attempt: 2 }) })).toEqual(first);
    expect(server.courier.sent).toHaveLength(2);
  });

  it.each([...emailOperations])("%s refuses what is no address", async (operation) => {
    for (const bad of ["a@b@c.test", "A <a@b.test>", "a b@c.test", "nobody", "a@b.test\r\nBcc: c@d.test"]) {
      const answer = await server.client[operation]({ body: email(bad) });
      expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_EMAIL" } });
    }
    expect(server.courier.sent).toEqual([]);
  });

  it.each([...msisdnOperations])("%s refuses what is no number", async (operation) => {
    const answer = await server.client[operation]({ body: phone("12") });
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_ADDRESS" } });
  });

  it.each([...emailOperations])("%s refuses an address that the operator denies", async (operation) => {
    const answer = await server.client[operation]({ body: email("x@Denied.example") });
    expect(answer).toMatchObject({ status: 403, body: { errcode: "M_THREEPID_DENIED" } });
  });

  it.each([...msisdnOperations])("%s refuses a number that the operator denies", async (operation) => {
    const answer = await server.client[operation]({ body: phone("030 901820", { country: "DE" }) });
    expect(answer).toMatchObject({ status: 403, body: { errcode: "M_THREEPID_DENIED" } });
  });

  it("allows only what the operator lists, where something is listed", async () => {
    const picky = homeserver({ threepids: { allow: ["*@example.org"], deny: ["bob@*"] } });
    const statuses: number[] = [];
    for (const address of ["alice@example.org", "alice@example.net", "bob@example.org"]) {
      statuses.push((await picky.client.requestTokenToRegisterEmail({ body: email(address) })).status);
    }
    expect(statuses).toEqual([200, 403, 403]);
    picky.close();
  });

  it("tells which addresses are in use, and which are not known", async () => {
    const { accessToken } = await registerUser(server, "alice");
    await addEmail(server, accessToken, "alice@example.org");
    await addPhone(accessToken);
    const inUse = { status: 400, body: { errcode: "M_THREEPID_IN_USE" } };
    const unknown = { status: 400, body: { errcode: "M_THREEPID_NOT_FOUND" } };
    const { client } = server;
    expect(await client.requestTokenToRegisterEmail({ body: email("ALICE@example.org") })).toMatchObject(inUse);
    expect(await client.requestTokenTo3PIDEmail({ body: email() })).toMatchObject(inUse);
    expect(await client.requestTokenToRegisterMSISDN({ body: phone() })).toMatchObject(inUse);
    expect(await client.requestTokenTo3PIDMSISDN({ body: phone("+447400123456") })).toMatchObject(inUse);
    expect(await client.requestTokenToResetPasswordEmail({ body: email("bob@example.org") })).toMatchObject(unknown);
    expect(await client.requestTokenToResetPasswordMSISDN({ body: phone("07911123456") })).toMatchObject(unknown);
    expect(await client.requestTokenToResetPasswordEmail({ body: email() })).toMatchObject({ status: 200 });
    expect(await client.requestTokenToResetPasswordMSISDN({ body: phone() })).toMatchObject({ status: 200 });
  });

  it.each([
    { operation: "requestTokenToRegisterEmail" as const, errcode: "M_EMAIL_SEND_ERROR" },
    { operation: "requestTokenTo3PIDEmail" as const, errcode: "M_EMAIL_SEND_ERROR" },
  ])(
    "$operation tells when the mail cannot be sent, and sends with the same attempt later",
    async ({ operation, errcode }) => {
      server.courier.failure = new DeliveryError("unreachable", "no mail server");
      expect(await server.client[operation]({ body: email() })).toMatchObject({ status: 400, body: { errcode } });
      server.courier.failure = undefined;
      expect(await server.client[operation]({ body: email() })).toMatchObject({ status: 200 });
      expect(server.courier.sent).toHaveLength(1);
    },
  );

  it.each([true, false])(
    "asks anew when a secret is used for something else; confirmed before: %s",
    async (confirmed) => {
      const { accessToken } = await registerUser(server, "alice");
      const { sid } = await server.client.orThrow.requestTokenToRegisterEmail({ body: email() });
      const firstLink = mailedLink(server).url;
      if (confirmed) await openLink(server);
      const again = await server.client.orThrow.requestTokenTo3PIDEmail({ body: email() });
      expect(again.sid).not.toBe(sid);
      expect(server.courier.sent).toHaveLength(2);
      expect((await server.fetch(firstLink)).status).toBe(400);
      const creds = { sid: again.sid, client_secret: "secret" };
      const add = () => server.client.post3PIDs({ body: { three_pid_creds: creds } }, { accessToken });
      expect(await add()).toMatchObject({ status: 403, body: { errcode: "M_THREEPID_AUTH_FAILED" } });
      await openLink(server);
      expect(await add()).toMatchObject({ status: 200 });
    },
  );

  it.each(["send.ip", "send.address", "send.country"] as const)("is limited by %s", async (scope) => {
    server.limiter.refused.add(scope);
    const answer = await server.client.requestTokenToRegisterMSISDN({ body: phone() });
    expect(answer).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } });
    expect(server.sms.sent).toEqual([]);
  });

  it("limits how fast addresses are asked for", async () => {
    server.limiter.refused.add("send.ip");
    const answer = await server.client.requestTokenToResetPasswordEmail({ body: email() });
    expect(answer).toMatchObject({ status: 429 });
  });
});

describe("requestToken, where it is concealed which addresses are known", () => {
  beforeEach(() => {
    server.close();
    server = homeserver({ threepids: { whetherKnown: "conceal" } });
  });

  it("answers as if, and writes to the owner instead", async () => {
    const { accessToken } = await registerUser(server, "alice");
    await addEmail(server, accessToken, "alice@example.org");
    server.courier.sent.length = 0;
    const known = await server.client.orThrow.requestTokenToRegisterEmail({ body: email() });
    const unknown = await server.client.orThrow.requestTokenToRegisterEmail({ body: email("bob@example.org") });
    expect(Object.keys(known)).toEqual(Object.keys(unknown));
    expect(known.sid).toMatch(new RegExp(`^[0-9A-Za-z]{${unknown.sid.length}}$`));
    expect(await server.client.orThrow.requestTokenToRegisterEmail({ body: email() })).toEqual(known);
    expect(server.courier.sent.slice(0, 2)).toMatchObject([
      { purpose: "already-registered", to: "alice@example.org" },
      { purpose: "email-validation", to: "bob@example.org" },
    ]);
    const reset = await server.client.requestTokenToResetPasswordEmail({ body: email("carol@example.org") });
    expect(reset).toMatchObject({ status: 200 });
    // As slow, and as likely to fail, as for an address that an account has.
    expect(server.courier.sent.at(-1)).toMatchObject({ purpose: "no-account", to: "carol@example.org" });
    const numbers = await server.client.requestTokenToResetPasswordMSISDN({ body: phone() });
    expect(numbers).toMatchObject({ status: 200, body: { msisdn, submit_url: expect.any(String) } });
    expect(server.sms.sent).toEqual([]);
  });

  it("tells of a mail that fails, whomever it was for", async () => {
    const { accessToken } = await registerUser(server, "alice");
    await addEmail(server, accessToken, "alice@example.org");
    server.courier.failure = new DeliveryError("unreachable", "no mail server");
    for (const body of [email(), email("bob@example.org")]) {
      const answer = await server.client.requestTokenToRegisterEmail({ body });
      expect(answer).toMatchObject({ status: 400, body: { errcode: "M_EMAIL_SEND_ERROR" } });
    }
    expect(server.log.lines.join()).not.toContain("alice");
  });
});

describe("secrets that clients use again", () => {
  it("get a new session, and a new mail, once the old one has served", async () => {
    const { accessToken } = await registerUser(server, "alice");
    await addEmail(server, accessToken, "alice@example.org");
    const reset = async (new_password: string) => {
      const { sid } = await server.client.orThrow.requestTokenToResetPasswordEmail({ body: email() });
      const opened = await openLink(server);
      const threepid_creds = { sid, client_secret: "secret" };
      const body = { new_password, auth: { type: "m.login.email.identity", threepid_creds } };
      return [sid, opened.status, (await server.client.changePassword({ body })).status];
    };
    const first = await reset("the first one");
    const second = await reset("the second one");
    expect([first.slice(1), second.slice(1)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
    expect(second[0]).not.toBe(first[0]);
  });
});
