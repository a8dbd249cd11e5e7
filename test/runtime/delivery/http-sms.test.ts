import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpSmsSettings, httpSms } from "../../../runtime/delivery/http-sms.js";
import { messageTemplates } from "../../../runtime/delivery/templates.js";
import type { SmsGateway } from "../../../runtime/ports/sms.js";

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let server: Server;
let base: string;
let seen: Seen[];
let respond: (response: ServerResponse) => void;
const gateways: SmsGateway[] = [];

beforeEach(async () => {
  seen = [];
  respond = (response) => response.end("{}");
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      respond(response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an address with a port
});

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const gateway = (overrides: Partial<HttpSmsSettings> = {}): SmsGateway => {
  const made = httpSms(messageTemplates('A "quoted" & <named> service'), {
    method: "POST",
    url: `${base}/send`,
    headers: { "Content-Type": "application/json" },
    body: '{"to":"+{{to}}","from":"{{originator}}","text":"{{text}}"}',
    originator: "Matrix",
    timeoutMs: 2000,
    ...overrides,
  });
  gateways.push(made);
  return made;
};

const sms = { purpose: "msisdn-validation", to: "447400123456", code: "123456" } as const;
const text = 'Your code for A "quoted" & <named> service is 123456. Tell it to nobody.';

describe("the SMS gateway", () => {
  it("posts JSON by template", async () => {
    await gateway({ headers: { "Content-Type": "application/json", Authorization: "Basic abc" } }).send(sms);
    expect(seen).toMatchObject([{ method: "POST", url: "/send", headers: { authorization: "Basic abc" } }]);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ to: "+447400123456", from: "Matrix", text });
  });

  it("posts forms", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    await gateway({ headers, body: "To=%2B{{to}}&Body={{text}}" }).send(sms);
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({ To: "+447400123456", Body: text });
  });

  it("posts XML", async () => {
    await gateway({ headers: { "content-type": "text/xml" }, body: "<sms to='{{to}}'>{{text}}</sms>" }).send(sms);
    expect(seen[0]?.body).toContain("A &quot;quoted&quot; &amp; &lt;named&gt; service");
  });

  it("gets, with values in the query", async () => {
    await gateway({ method: "GET", url: `${base}/send?to={{to}}&text={{text}}`, body: undefined }).send(sms);
    expect(new URL(seen[0]?.url ?? "", base).searchParams.get("text")).toBe(text);
  });

  it.each([
    ["status 500", {}, 500, "{}", "refused"],
    ["a redirect", {}, 302, "", "refused"],
    ["a success it was not told of", { successStatuses: [202] }, 200, "{}", "refused"],
    ["an answer without the word", { successText: '"ok":true' }, 200, '{"ok":false}', "refused"],
    ["a rejected destination", { rejectedText: "landline" }, 400, '{"error":"landline"}', "destination-rejected"],
    ["an endless answer", {}, 200, "x".repeat(100_000), "unreachable"],
  ] as const)("reports %s", async (_, overrides, status, body, failure) => {
    respond = (response) => response.writeHead(status, { location: `${base}/elsewhere` }).end(body);
    const error = await gateway(overrides)
      .send(sms)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "DeliveryError", failure });
    expect(String(error)).not.toContain(sms.to);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ["a status it was told of", { successStatuses: [202] }, 202, ""],
    ["an answer with the word", { successText: '"ok":true' }, 200, '{"ok":true}'],
  ])("is content with %s", async (_, overrides, status, body) => {
    respond = (response) => response.writeHead(status).end(body);
    await expect(gateway(overrides).send(sms)).resolves.toBeUndefined();
  });

  it.each([
    ["body", { body: "{{number}}" }],
    ["URL", { url: "https://gateway.example/{{to" }],
    ["header X-To", { headers: { "X-To": "{{number}}" } }],
  ])("says at the start that its %s cannot be used", (what, overrides) => {
    expect(() => gateway(overrides)).toThrow(`The ${what} of the SMS gateway cannot be used`);
  });

  it("gives up on silence, and when it is called off", async () => {
    respond = () => undefined;
    await expect(gateway({ timeoutMs: 100 }).send(sms)).rejects.toMatchObject({ failure: "unreachable" });
    await expect(gateway().send(sms, AbortSignal.abort())).rejects.toMatchObject({ failure: "unreachable" });
  });

  it("gives up on a server that is not there", async () => {
    await expect(gateway({ url: "http://127.0.0.1:1/" }).send(sms)).rejects.toMatchObject({ failure: "unreachable" });
  });
});
