import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gateways } from "../../../runtime/delivery/gateways/index.js";
import { type HttpSmsSettings, httpSms } from "../../../runtime/delivery/http-sms.js";
import { messageTemplates } from "../../../runtime/delivery/templates.js";
import { destinations } from "../../../runtime/federation/destinations.js";
import { outgoingFetch } from "../../../runtime/federation/outgoing-fetch.js";
import type { SmsGateway } from "../../../runtime/ports/sms.js";
import { smsGateway, type SmsGateway as TestGateway } from "../../support/sms-gateway.js";

let test: TestGateway;
const couriers: SmsGateway[] = [];

beforeEach(async () => {
  test = await smsGateway();
});

afterEach(async () => {
  for (const gateway of couriers.splice(0)) await gateway.close();
  await test.close();
});

const templates = messageTemplates('A "quoted" & <named> service');

const gateway = (overrides: Partial<HttpSmsSettings> = {}, allowed: readonly string[] = ["127.0.0.1"]): SmsGateway => {
  const outgoing = outgoingFetch({
    destinations: destinations(allowed),
    timeoutMs: overrides.timeoutMs ?? 20_000,
    maxAnswerBytes: 64 * 1024,
  });
  const settings = {
    ...gateways.generic,
    url: test.url,
    body: '{"to":"+{{to}}","from":"{{originator}}","text":"{{text}}"}',
    originators: { default: ["alpha:Matrix"] },
    timeoutMs: 20_000,
    ...overrides,
  };
  const made = httpSms(templates, settings, outgoing);
  couriers.push(made);
  return made;
};

const host = () => new URL(test.origin).host;

it("names the gateway in its failures, and nothing else of its address", async () => {
  const url = `${test.origin}/hunter2/{{user}}?key=hunter3&to={{to}}`;
  test.status = 500;
  const refused = { message: `the SMS gateway at ${host()} refused the message (status 500)` };
  await expect(gateway({ url, user: "hunter4" }).send(sms)).rejects.toMatchObject(refused);
});

const sms = { purpose: "msisdn-validation", to: "447400123456", code: "123456" } as const;
const text = 'Your code for A "quoted" & <named> service is 123456. Tell it to nobody.';

const form = (body: string | undefined) => Object.fromEntries(new URLSearchParams(body));

describe("the SMS gateway", () => {
  it("posts JSON by template", async () => {
    await gateway({ headers: { "Content-Type": "application/json", Authorization: "Bearer abc" } }).send(sms);
    expect(test.requests).toMatchObject([
      { method: "POST", target: "/messages", headers: { authorization: "Bearer abc" } },
    ]);
    expect(JSON.parse(test.requests[0]?.body ?? "")).toEqual({ to: "+447400123456", from: "Matrix", text });
  });

  it("posts forms", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    await gateway({ headers, body: "To=%2B{{to}}&Body={{text}}" }).send(sms);
    expect(form(test.requests[0]?.body)).toEqual({ To: "+447400123456", Body: text });
  });

  it("posts XML", async () => {
    await gateway({ headers: { "content-type": "text/xml" }, body: "<sms to='{{to}}'>{{text}}</sms>" }).send(sms);
    expect(test.requests[0]?.body).toContain("A &#34;quoted&#34; &#38; &#60;named&#62; service");
  });

  it("gets, with values in the query", async () => {
    await gateway({ method: "GET", url: `${test.origin}/send?to={{to}}&text={{text}}` }).send(sms);
    expect(test.requests).toMatchObject([{ method: "GET", body: "" }]);
    expect(new URL(test.requests[0]?.target ?? "", test.origin).searchParams.get("text")).toBe(text);
  });

  it("proves who it is to OpenMarket, in its form", async () => {
    test.status = 202;
    const asked = { ...gateways.openmarket, url: test.url, user: "us:er", password: 'pass"wörd' };
    await gateway({ ...asked, originators: { default: ["short:60000"] } }).send(sms);
    const { headers, body = "" } = test.requests[0] ?? {};
    expect(headers?.authorization).toBe(`Basic ${Buffer.from('us:er:pass"wörd').toString("base64")}`);
    expect(JSON.parse(body)).toEqual({
      mobileTerminate: {
        message: { content: text, type: "text" },
        destination: { address: "447400123456" },
        source: { ton: 3, address: "60000" },
      },
    });
    test.status = 200;
    await expect(gateway(asked).send(sms)).rejects.toMatchObject({ failure: "refused" });
  });

  it("speaks Twilio's form, and knows which of its refusals are for good", async () => {
    test.status = 201;
    const asked = {
      ...gateways.twilio,
      user: "AC1",
      password: "token",
      originators: { default: ["long:441632960000"] },
    };
    const url = gateways.twilio.url?.replace("https://api.twilio.com", test.origin) ?? "";
    await gateway({ ...asked, url }).send(sms);
    expect(test.requests).toMatchObject([
      {
        method: "POST",
        target: "/2010-04-01/Accounts/AC1/Messages.json",
        headers: { authorization: `Basic ${Buffer.from("AC1:token").toString("base64")}` },
      },
    ]);
    expect(form(test.requests[0]?.body)).toEqual({ To: "+447400123456", From: "+441632960000", Body: text });
    for (const [code, failure] of [
      [21211, "destination-rejected"],
      [20003, "refused"],
    ]) {
      test.status = 400;
      test.answer = JSON.stringify({ code, message: "no", status: 400 });
      await expect(gateway({ ...asked, url }).send(sms)).rejects.toMatchObject({ failure });
    }
  });

  it.each([
    ["447400123456", "Britain"],
    ["12015550123", "+12012000001"],
    ["12015550124", "+12012000000"],
    ["14165550123", "60000"],
    ["4915123456789", "Others"],
  ])("writes to %s from %s", async (to, from) => {
    const originators = {
      GB: ["alpha:Britain"],
      "44": ["alpha:Crown"],
      CA: ["short:60000"],
      "1": ["long:+12012000000", "long:12012000001"],
      default: ["alpha:Others"],
    };
    const asked = gateway({ originators, body: '{"from":"{{from}}"}' });
    for (const _ of ["once", "again"]) await asked.send({ ...sms, to });
    expect(test.requests.map(({ body }) => body)).toEqual(Array.from({ length: 2 }, () => JSON.stringify({ from })));
  });

  it.each([
    ["status 500", {}, 500, "{}", "refused"],
    ["a redirect", {}, 302, "", "refused"],
    ["a success it was not told of", { success: { statuses: [202] } }, 200, "{}", "refused"],
    ["an answer without the word", { success: { text: '"ok":true' } }, 200, '{"ok":false}', "refused"],
    ["another value in JSON", { success: { json: { "sent.0.ok": ["true"] } } }, 200, '{"sent":[{"ok":0}]}', "refused"],
    ["no value in JSON", { success: { json: { ok: ["true"] } } }, 200, "[]", "refused"],
    ["no JSON where it is wanted", { success: { json: { ok: ["true"] } } }, 200, "ok", "refused"],
    ["a word that rejects", { rejected: { text: "landline" } }, 400, '{"error":"landline"}', "destination-rejected"],
    ["a status that rejects", { rejected: { statuses: [422] } }, 422, "", "destination-rejected"],
    [
      "JSON that rejects",
      { rejected: { json: { "e.code": ["7", "8"] } } },
      200,
      '{"e":{"code":8}}',
      "destination-rejected",
    ],
    ["half of what rejects", { rejected: { statuses: [422], text: "no" } }, 400, "no", "refused"],
    ["an endless answer", {}, 200, "x".repeat(100_000), "unreachable"],
  ] as const)("reports %s", async (_, overrides, status, body, failure) => {
    test.respond = (response) => response.writeHead(status, { location: `${test.origin}/elsewhere` }).end(body);
    const error = await gateway(overrides)
      .send(sms)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "DeliveryError", failure });
    expect(String(error)).toContain(`the SMS gateway at ${host()} `);
    expect(String(error)).not.toContain(sms.to);
    expect(test.requests).toHaveLength(1);
  });

  it.each([
    ["a status it was told of", { success: { statuses: [202] } }, 202, ""],
    ["an answer with the word", { success: { text: '"ok":true' } }, 200, '{"ok":true}'],
    ["a value in JSON", { success: { json: { "sent.0.ok": ["yes", "true"] } } }, 200, '{"sent":[{"ok":true}]}'],
  ])("is content with %s", async (_, overrides, status, body) => {
    test.respond = (response) => response.writeHead(status).end(body);
    await expect(gateway(overrides).send(sms)).resolves.toBeUndefined();
  });

  it("takes no originator that is none", () => {
    expect(() => gateway({ originators: { default: ["fax:1"] } })).toThrow('"fax:1" is no originator');
  });

  it("does not go where the operator did not say", async () => {
    await expect(gateway({}, []).send(sms)).rejects.toMatchObject({
      failure: "unreachable",
      message: `the SMS gateway at ${host()} could not be used: 127.0.0.1 is not a destination this server connects to`,
    });
    expect(test.requests).toEqual([]);
  });

  it("gives up on silence, on an answer that drips, and when it is called off", async () => {
    const late = { failure: "unreachable", message: `the SMS gateway at ${host()} took too long` };
    test.respond = () => undefined;
    await expect(gateway({ timeoutMs: 100 }).send(sms)).rejects.toMatchObject(late);
    await expect(gateway().send(sms, AbortSignal.abort())).rejects.toMatchObject({ failure: "unreachable" });
    test.respond = (response) => {
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    };
    await expect(gateway({ timeoutMs: 200 }).send(sms)).rejects.toMatchObject(late);
  });

  it("gives up on a server that is not there", async () => {
    await expect(gateway({ url: "http://127.0.0.1:1/" }).send(sms)).rejects.toMatchObject({ failure: "unreachable" });
  });
});
