import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeliveryError, type DeliveryFailure } from "../../../runtime/ports/delivery-error.js";
import { mailedLink, publicBaseUrl, type TestServer, testServer } from "./identity-server.js";

const day = 24 * 60 * 60 * 1000;
const sessionId = /^[0-9a-zA-Z.=_-]{1,255}$/;

describe("validation", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
  });
  afterEach(() => server.close());

  const authorized = async () => ({ accessToken: await server.issueToken("@alice:example.org") });

  const emailRequests = {
    v1: async (body: { email: string; client_secret: string; send_attempt: number; next_link?: string }) =>
      server.client.emailRequestToken({ body }),
    v2: async (body: { email: string; client_secret: string; send_attempt: number; next_link?: string }) =>
      server.client.emailRequestTokenV2({ body }, await authorized()),
  };
  const prefixes = { v1: "/_matrix/identity/api/v1", v2: "/_matrix/identity/v2" };

  describe.each(["v1", "v2"] as const)("of email, %s", (version) => {
    const requestToken = emailRequests[version];
    const request = { email: "Alice@Example.org", client_secret: "a_secret", send_attempt: 1 };

    const submit = async (body: { sid: string; client_secret: string; token: string }) =>
      version === "v1"
        ? server.client.emailSubmitTokenPost({ body })
        : server.client.emailSubmitTokenPostV2({ body }, await authorized());

    it("mails a link of its own version to the address as typed, once for each attempt", async () => {
      const first = await requestToken(request);
      expect(first).toMatchObject({ status: 200, body: { sid: expect.stringMatching(sessionId) } });
      expect(server.mails).toMatchObject([{ purpose: "email-validation", to: "Alice@Example.org" }]);
      const { url } = mailedLink(server);
      expect(url.split("?")[0]).toBe(`${publicBaseUrl}${prefixes[version]}/validate/email/submitToken`);
      expect((await requestToken(request)).body).toEqual(first.body);
      expect(server.mails).toHaveLength(1);
      expect((await requestToken({ ...request, send_attempt: 2 })).body).toEqual(first.body);
      expect(server.mails).toHaveLength(2);
    });

    it("validates by the mailed link, without an access token", async () => {
      await requestToken(request);
      const answer = await server.fetch(new Request(mailedLink(server).url));
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(await answer.text()).toContain("<h1>");
      const { sid = "", client_secret = "" } = mailedLink(server).query;
      expect(await server.client.getValidated3pid({ query: { sid, client_secret } })).toMatchObject({ status: 200 });
    });

    it("sends the browser on to next_link, and only after success", async () => {
      await requestToken({ ...request, next_link: "https://app.example.org/done?x=1" });
      const { url } = mailedLink(server);
      const wrong = await server.fetch(new Request(url.replace(/token=\w{6}/, "token=wrong1")));
      expect(wrong.status).toBe(400);
      expect(wrong.headers.get("location")).toBeNull();
      expect(wrong.headers.get("content-type")).toBe("text/html; charset=utf-8");
      const right = await server.fetch(new Request(url));
      expect(right.status).toBe(302);
      expect(right.headers.get("location")).toMatch(/^https:\/\/app\.example\.org\/done\?x=1&sid=/);
      expect(right.headers.get("referrer-policy")).toBe("no-referrer");
    });

    it.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "nonsense"])(
      "refuses %s as next_link",
      async (next_link) => {
        expect(await requestToken({ ...request, next_link })).toMatchObject({
          status: 400,
          body: { errcode: "M_INVALID_PARAM" },
        });
        expect(server.mails).toEqual([]);
      },
    );

    it.each([
      "",
      "alice",
      "a@b.test@c.test",
      "A <a@b.test>",
      "a@b.test\r\nBcc: c@d.test",
      "mailto:a@b.test",
      "a b@c.test",
    ])("refuses %j as an address, and mails nobody", async (email) => {
      expect(await requestToken({ ...request, email })).toMatchObject({
        status: 400,
        body: { errcode: "M_INVALID_EMAIL" },
      });
      expect(server.mails).toEqual([]);
    });

    it("says when the mail cannot be sent, and sends it with the same attempt later", async () => {
      server.fail(new DeliveryError("unreachable", "no mail server"));
      expect(await requestToken(request)).toMatchObject({ status: 400, body: { errcode: "M_EMAIL_SEND_ERROR" } });
      server.fail(undefined);
      expect(await requestToken(request)).toMatchObject({ status: 200 });
      expect(server.mails).toHaveLength(1);
    });

    it("is limited", async () => {
      server.exhausted.add("send.address");
      expect(await requestToken(request)).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } });
    });

    it("tells submitted tokens apart in its own way", async () => {
      await requestToken(request);
      const { sid = "", client_secret = "", token = "" } = mailedLink(server).query;
      const failed = (errcode: string) => ({
        status: version === "v1" ? 200 : 400,
        body: { success: false, errcode, error: expect.any(String) },
      });
      expect(await submit({ sid, client_secret, token: "wrong" })).toMatchObject(failed("M_TOKEN_INCORRECT"));
      expect(await submit({ sid, client_secret: "wrong", token })).toMatchObject(failed("M_INVALID_PARAM"));
      expect(await submit({ sid: "unknown", client_secret, token })).toMatchObject(failed("M_INVALID_PARAM"));
      expect(await submit({ sid, client_secret, token })).toMatchObject({ status: 200, body: { success: true } });
      expect(await submit({ sid, client_secret, token })).toMatchObject({ status: 200, body: { success: true } });
      server.advance(day);
      expect(await submit({ sid, client_secret, token })).toMatchObject(failed("M_SESSION_EXPIRED"));
    });

    it("ends a session after five wrong tokens", async () => {
      await requestToken(request);
      const { sid = "", client_secret = "", token = "" } = mailedLink(server).query;
      for (let i = 0; i < 5; i += 1) await submit({ sid, client_secret, token: `wrong${i}` });
      expect((await submit({ sid, client_secret, token })).body).toMatchObject({ errcode: "M_SESSION_EXPIRED" });
    });

    it("limits guesses, and tells a person so on a page", async () => {
      await requestToken(request);
      const { url, query } = mailedLink(server);
      const { sid = "", client_secret = "", token = "" } = query;
      server.exhausted.add("submit.address");
      expect(await submit({ sid, client_secret, token })).toMatchObject({ status: 429 });
      const page = await server.fetch(new Request(url));
      expect(page.status).toBe(429);
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(page.headers.get("retry-after")).toBe("2");
    });

    it("shows nothing of a stranger's parameters on the page", async () => {
      const query = new URLSearchParams({ sid: "<script>1", client_secret: "<script>2", token: "<script>3" });
      const page = await server.fetch(
        new Request(`${publicBaseUrl}${prefixes[version]}/validate/email/submitToken?${query}`),
      );
      expect(page.status).toBe(400);
      expect(await page.text()).not.toContain("script");
    });
  });

  describe("of email, v1", () => {
    const body = { email: "alice@example.org", client_secret: "a_secret" };

    it("takes an absent send_attempt for the first, and digits for a number", async () => {
      const first = await server.client.orThrow.emailRequestToken({ body });
      await server.client.orThrow.emailRequestToken({ body: { ...body, send_attempt: "1" } });
      expect(server.mails).toHaveLength(1);
      expect(await server.client.orThrow.emailRequestToken({ body: { ...body, send_attempt: "2" } })).toEqual(first);
      expect(server.mails).toHaveLength(2);
    });

    it("takes forms", async () => {
      const answer = await server.fetch(
        new Request(`${publicBaseUrl}/_matrix/identity/api/v1/validate/email/requestToken`, {
          method: "POST",
          body: new URLSearchParams({ ...body, send_attempt: "1" }),
        }),
      );
      expect(answer.status).toBe(200);
      expect(server.mails).toHaveLength(1);
    });
  });

  it("of either medium takes digits for send_attempt on v2, too, and no other text", async () => {
    const accessToken = await server.issueToken("@alice:example.org");
    const { emailRequestTokenV2, msisdnRequestTokenV2 } = server.client;
    const email = { email: "alice@example.org", client_secret: "a_secret" };
    const number = { country: "GB", phone_number: "07400 123456", client_secret: "a_secret" };
    for (const [send_attempt, status, sent] of [
      ["1", 200, 1],
      ["1", 200, 1],
      ["02", 200, 2],
      ["-3", 400, 2],
      ["3.5", 400, 2],
      ["", 400, 2],
    ] as const) {
      expect(await emailRequestTokenV2({ body: { ...email, send_attempt } }, { accessToken })).toMatchObject({
        status,
      });
      expect(server.mails).toHaveLength(sent);
      expect(await msisdnRequestTokenV2({ body: { ...number, send_attempt } }, { accessToken })).toMatchObject({
        status,
      });
      expect(server.texts).toHaveLength(sent);
    }
  });

  describe.each(["v1", "v2"] as const)("of a phone number, %s", (version) => {
    const request = { country: "GB", phone_number: "07400 123456", client_secret: "a_secret", send_attempt: 1 };
    const requestToken = async (body: typeof request) =>
      version === "v1"
        ? server.client.msisdnRequestToken({ body })
        : server.client.msisdnRequestTokenV2({ body }, await authorized());
    const submit = async (body: { sid: string; client_secret: string; token: string }) =>
      version === "v1"
        ? server.client.msisdnSubmitTokenPost({ body })
        : server.client.msisdnSubmitTokenPostV2({ body }, await authorized());

    it("answers how it understood the number, and texts it a code once", async () => {
      const first = await requestToken(request);
      expect(first).toMatchObject({
        status: 200,
        body: {
          success: true,
          sid: expect.stringMatching(sessionId),
          msisdn: "447400123456",
          intl_fmt: "+44 7400 123456",
        },
      });
      expect(server.texts).toMatchObject([
        { purpose: "msisdn-validation", to: "447400123456", code: expect.stringMatching(/^\d{6}$/) },
      ]);
      expect((await requestToken({ ...request, phone_number: "+44 7400 123456" })).body).toEqual(first.body);
      expect(server.texts).toHaveLength(1);
    });

    it("validates by code, and by link", async () => {
      const { body } = await requestToken(request);
      const sid = "sid" in body ? body.sid : "";
      const token = server.texts[0]?.code ?? "";
      const { client_secret } = request;
      const failed = { status: version === "v1" ? 200 : 400, body: { success: false, errcode: "M_TOKEN_INCORRECT" } };
      expect(await submit({ sid, client_secret, token: "x" })).toMatchObject(failed);
      expect(await submit({ sid, client_secret, token })).toMatchObject({ status: 200, body: { success: true } });
      const path = version === "v1" ? "api/v1" : "v2";
      const query = new URLSearchParams({ sid, client_secret, token });
      const link = `${publicBaseUrl}/_matrix/identity/${path}/validate/msisdn/submitToken?${query}`;
      expect((await server.fetch(new Request(link))).status).toBe(200);
      expect((await server.fetch(new Request(link.replace(token, "x")))).status).toBe(400);
    });

    it("sends a person on to next_link", async () => {
      const { body } = await requestToken({ ...request, ...{ next_link: "https://app.example.org/done" } });
      const query = new URLSearchParams({
        sid: "sid" in body ? body.sid : "",
        client_secret: request.client_secret,
        token: server.texts[0]?.code ?? "",
      });
      const path = version === "v1" ? "api/v1" : "v2";
      const opened = new Request(`${publicBaseUrl}/_matrix/identity/${path}/validate/msisdn/submitToken?${query}`);
      expect((await server.fetch(opened)).status).toBe(302);
    });

    it.each([
      { phone_number: "12", country: "GB" },
      { phone_number: "07400 123456", country: "XX" },
      { phone_number: "not a number", country: "GB" },
    ])("refuses $phone_number of $country", async (given) => {
      expect(await requestToken({ ...request, ...given })).toMatchObject({
        status: 400,
        body: { errcode: "M_INVALID_ADDRESS" },
      });
    });

    it.each<[DeliveryFailure, string]>([
      ["unreachable", "M_SEND_ERROR"],
      ["refused", "M_SEND_ERROR"],
      ["destination-rejected", "M_DESTINATION_REJECTED"],
    ])("answers a message that is %s with %s", async (failure, errcode) => {
      server.fail(new DeliveryError(failure, "the gateway"));
      expect(await requestToken(request)).toMatchObject({ status: 400, body: { errcode } });
    });
  });

  it("does not take an email session's token as a phone number's", async () => {
    await emailRequests.v1({ email: "alice@example.org", client_secret: "a_secret", send_attempt: 1 });
    const { sid = "", client_secret = "", token = "" } = mailedLink(server).query;
    const answer = await server.client.msisdnSubmitTokenPost({ body: { sid, client_secret, token } });
    expect(answer.body).toMatchObject({ success: false, errcode: "M_INVALID_PARAM" });
  });
});
