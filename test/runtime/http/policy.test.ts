import { describe, expect, it } from "vitest";
import { clientAddress } from "../../../runtime/http/client-address.js";
import { withoutSecrets } from "../../../runtime/http/failure.js";
import { inProcess } from "../../../runtime/http/in-process.js";
import { DeliveryError } from "../../../runtime/ports/delivery-error.js";
import type { Limiter } from "../../../runtime/ports/limiter.js";
import { ProtocolError, protocolError } from "../../../runtime/protocol/errors.js";
import { type Asked, ask, collectingLog, type Settings, service } from "./support.js";

const v2 = "/_matrix/identity/v2";
const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
  "access-control-allow-headers": "Origin, X-Requested-With, Content-Type, Accept, Authorization",
};

const told = async (settings: Settings, method: string, target: string, asked?: Asked) => {
  const answer = await ask(service(settings), method, target, asked);
  return { status: answer.status, headers: answer.headers, body: JSON.parse(String(answer.body ?? "null")) };
};

const homeserver: Settings = { codes: "client-server" };
const bearer = (token: string): Asked => ({ headers: { authorization: `Bearer ${token}` } });

describe("errors of the protocol", () => {
  it.each<[string, Settings, string, string, Asked, number, string]>([
    ["unknown path", {}, "GET", "/nothing", {}, 404, "M_UNRECOGNIZED"],
    ["trailing slash", {}, "GET", `${v2}/`, {}, 404, "M_UNRECOGNIZED"],
    ["wrong method", {}, "DELETE", v2, {}, 405, "M_UNRECOGNIZED"],
    ["no body", {}, "POST", `${v2}/3pid/bind`, {}, 400, "M_NOT_JSON"],
    ["no JSON", {}, "POST", `${v2}/3pid/bind`, { body: "sid=1" }, 400, "M_NOT_JSON"],
    ["no object", {}, "POST", `${v2}/3pid/bind`, { body: "[]" }, 400, "M_BAD_JSON"],
    ["too deep", {}, "POST", `${v2}/3pid/bind`, { body: "[".repeat(100_000) + "]".repeat(100_000) }, 400, "M_BAD_JSON"],
    ["missing field", {}, "POST", `${v2}/3pid/bind`, { body: "{}" }, 400, "M_MISSING_PARAMS"],
    ["missing field, homeserver", homeserver, "POST", `${v2}/3pid/bind`, { body: "{}" }, 400, "M_MISSING_PARAM"],
    ["wrong type", {}, "POST", `${v2}/3pid/bind`, { body: '{"sid":1}' }, 400, "M_INVALID_PARAM"],
    ["repeated key, v1", {}, "GET", "/_matrix/identity/api/v1/lookup?medium=a&medium=a", {}, 400, "M_MISSING_PARAMS"],
    ["repeated key, v2", {}, "GET", `${v2}/lookup?medium=a&medium=a`, {}, 400, "M_INVALID_PARAM"],
    ["broken escape", {}, "GET", `${v2}/lookup?medium=%`, {}, 400, "M_INVALID_PARAM"],
    ["no token", {}, "GET", `${v2}/account`, {}, 401, "M_UNAUTHORIZED"],
    ["unknown token", {}, "GET", `${v2}/account`, bearer("bad"), 401, "M_UNAUTHORIZED"],
    ["no token, homeserver", homeserver, "GET", `${v2}/account`, {}, 401, "M_MISSING_TOKEN"],
    ["unknown token, homeserver", homeserver, "GET", `${v2}/account`, bearer("bad"), 401, "M_UNKNOWN_TOKEN"],
    [
      "another scheme",
      homeserver,
      "GET",
      `${v2}/account`,
      { headers: { authorization: "X-Matrix good" } },
      401,
      "M_MISSING_TOKEN",
    ],
    ["token twice", homeserver, "GET", `${v2}/account?access_token=good&access_token=good`, {}, 401, "M_MISSING_TOKEN"],
    [
      "optional but unknown",
      homeserver,
      "POST",
      `${v2}/3pid/unbind`,
      { ...bearer("bad"), body: "{}" },
      401,
      "M_UNKNOWN_TOKEN",
    ],
  ])("%s", async (_, settings, method, target, asked, status, errcode) => {
    const answer = await told(settings, method, target, asked);
    expect(answer).toMatchObject({
      status,
      headers: { ...cors, "content-type": "application/json" },
      body: { errcode },
    });
    expect(answer.body.error).toMatch(/^.+/);
  });

  it("tells which methods a path takes", async () => {
    expect((await told({}, "PUT", v2)).headers).toMatchObject({ allow: "GET, OPTIONS, HEAD" });
  });

  it("answers what a handler throws, with its headers", async () => {
    const ping = () => {
      throw new ProtocolError(400, "M_THREEPID_IN_USE", "taken", {
        extra: { mxid: "@a:b" },
        headers: { "Retry-After": "1" },
      });
    };
    expect(await told({ ping }, "GET", v2)).toMatchObject({
      status: 400,
      headers: { ...cors, "retry-after": "1" },
      body: { errcode: "M_THREEPID_IN_USE", error: "taken", mxid: "@a:b" },
    });
  });

  it("answers anything else with M_UNKNOWN and a number that the log knows, and keeps secrets out of both", async () => {
    const { lines, log } = collectingLog();
    const ping = () => {
      throw new Error("no row for alice@example.org with syt_YWxpY2U_abcdefghijklmnopqrstuvwx at /path?token=s3cret");
    };
    const answer = await told({ ping, log }, "GET", v2);
    expect(answer).toMatchObject({ status: 500, body: { errcode: "M_UNKNOWN" } });
    const [line] = lines;
    expect(line).toMatchObject({ level: "error", fields: { operation: "ping", error: "Error" } });
    expect(answer.body.error).toContain(line?.fields?.["requestId"]);
    expect(JSON.stringify([lines, answer])).not.toMatch(/alice|syt_|s3cret/);
    expect(line?.fields?.["at"]).toContain("policy.test.ts");
  });

  it("does not call it a failure when the caller has left", async () => {
    const { lines, log } = collectingLog();
    const controller = new AbortController();
    const ping = ({ signal }: { signal: AbortSignal }) => {
      controller.abort();
      signal.throwIfAborted();
    };
    expect(await ask(service({ ping, log }), "GET", v2, { signal: controller.signal })).toMatchObject({ status: 499 });
    expect(lines).toEqual([]);
  });
});

describe("access tokens", () => {
  it.each<[string, string, Asked, unknown]>([
    ["header", `${v2}/account`, bearer("good"), "alice"],
    ["header in lower case", `${v2}/account`, { headers: { authorization: "bearer good" } }, "alice"],
    ["query", `${v2}/account?access_token=good`, {}, "alice"],
    ["header before query", `${v2}/account?access_token=bad`, bearer("good"), "alice"],
  ])("are found in the %s", async (_, target, asked, requester) => {
    expect(await told({}, "GET", target, asked)).toMatchObject({ status: 200, body: { requester } });
  });

  it("may be absent where they are optional", async () => {
    expect((await told({}, "POST", `${v2}/3pid/unbind`, { body: "{}" })).body).toEqual({ requester: "nobody" });
  });

  it("may be refused for an operation", async () => {
    const permit = () => {
      throw new ProtocolError(403, "M_TERMS_NOT_SIGNED", "terms");
    };
    expect(await told({ permit }, "GET", `${v2}/account`, bearer("good"))).toMatchObject({
      status: 403,
      body: { errcode: "M_TERMS_NOT_SIGNED" },
    });
  });
});

describe("every answer", () => {
  it("carries the headers of a page where it is one", async () => {
    const { status, headers } = await ask(service(), "GET", "/page");
    expect({ status, headers }).toMatchObject({
      status: 200,
      headers: {
        ...cors,
        "content-type": "text/html; charset=utf-8",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      },
    });
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
  });

  it.each([v2, `${v2}/account`, "/nothing"])("OPTIONS %s runs no logic", async (target) => {
    expect(await ask(service(), "OPTIONS", target)).toEqual({ status: 204, headers: cors });
  });

  it("is counted by address where it costs something", async () => {
    const keys: string[] = [];
    const limiter: Limiter = {
      consume: async (scope, key) => {
        keys.push(`${scope} ${key}`);
        return { allowed: keys.length < 2, retryAfterMs: 1_200 };
      },
    };
    const remoteAddress = "2001:db8:1:2:3::4";
    expect(await told({ limiter }, "GET", v2, { remoteAddress })).toMatchObject({ status: 200 });
    expect(await told({ limiter }, "GET", `${v2}/lookup?medium=a`, { remoteAddress })).toMatchObject({ status: 200 });
    expect(await told({ limiter }, "GET", `${v2}/lookup?medium=a`, { remoteAddress })).toMatchObject({
      status: 429,
      headers: { "retry-after": "2" },
      body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 1_200 },
    });
    expect(keys).toEqual(["request.ip 2001:db8:1:2::/64", "request.ip 2001:db8:1:2::/64"]);
  });

  it("is logged without its target", async () => {
    const { lines, log } = collectingLog();
    await told({ log, logRequests: true }, "GET", `${v2}/account?access_token=good`);
    expect(lines).toMatchObject([{ level: "debug", fields: { operation: "account", status: 200 } }]);
    expect(JSON.stringify(lines)).not.toContain("good");
  });

  it("is logged with what lies behind a refusal, which the caller does not learn", async () => {
    const { lines, log } = collectingLog();
    const cause = new Error("no mail to bob@example.org", { cause: new Error("connection refused") });
    const ping = () => {
      throw protocolError("M_EMAIL_SEND_ERROR", { cause });
    };
    const answer = await told({ ping, log }, "GET", v2);
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_EMAIL_SEND_ERROR" } });
    expect(JSON.stringify(answer.body)).not.toContain("refused");
    const fields = { operation: "ping", errcode: "M_EMAIL_SEND_ERROR", cause: "Error: connection refused" };
    expect(lines).toMatchObject([{ level: "warn", fields: { ...fields, message: "no mail to …@…" } }]);
  });

  it("is logged in the words of a delivery that failed, without a stack", async () => {
    const { lines, log } = collectingLog();
    const message = "the mail server smtp.a-very-long-name.example.org:587 could not be used";
    const ping = () => {
      throw protocolError("M_EMAIL_SEND_ERROR", { cause: new DeliveryError("unreachable", message) });
    };
    await told({ ping, log }, "GET", v2);
    expect(lines).toMatchObject([{ level: "warn", fields: { error: "DeliveryError", message } }]);
    expect(lines[0]?.fields).not.toHaveProperty("at");
  });

  it("is logged with a reason that is no error, too", async () => {
    const { lines, log } = collectingLog();
    const ping = () => {
      throw protocolError("M_UNKNOWN", {
        status: 502,
        cause: "127.0.0.1 is not a destination, asked by bob@example.org",
      });
    };
    await told({ ping, log }, "GET", v2);
    const message = "127.0.0.1 is not a destination, asked by …@…";
    expect(lines).toMatchObject([{ level: "warn", fields: { errcode: "M_UNKNOWN", message } }]);
    expect(lines[0]?.fields).not.toHaveProperty("error");
  });

  it("is a page for a person where the operation answers pages, and JSON for everybody else", async () => {
    const page = () => {
      throw protocolError("M_LIMIT_EXCEEDED", { headers: { "Retry-After": "2" } });
    };
    const settings: Settings = { page, ping: page, errorPage: ({ status }) => `<h1>${status}</h1>` };
    const browser = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };
    const shown = await ask(service(settings), "GET", "/page", browser);
    expect(shown).toMatchObject({ status: 429, body: "<h1>429</h1>" });
    expect(shown.headers).toMatchObject({ ...cors, "referrer-policy": "no-referrer", "retry-after": "2" });
    expect(shown.headers["content-type"]).toBe("text/html; charset=utf-8");
    const others = [ask(service(settings), "GET", "/page"), ask(service(settings), "GET", v2, browser)];
    for (const answer of await Promise.all(others)) expect(String(answer.body)).toContain("M_LIMIT_EXCEEDED");
  });

  it("is logged with nothing where only the caller was wrong", async () => {
    const { lines, log } = collectingLog();
    await told({ log }, "GET", `${v2}/account`);
    expect(lines).toEqual([]);
  });

  it("can be fetched in process", async () => {
    const response = await inProcess(service())(`http://is.test${v2}/account?access_token=good`);
    expect([response.status, await response.json()]).toEqual([200, { requester: "alice" }]);
  });
});

describe("contexts", () => {
  it("tell what a handler may want to know", async () => {
    const { lines, log } = collectingLog();
    const seen: unknown[] = [];
    const ping: Settings["ping"] = (context) => {
      context.log.info("hello", { medium: "email" });
      seen.push(context.requester, context.clientIp, context.method, context.target, context.header("X-Thing"));
    };
    await ask(service({ ping, log }), "GET", `${v2}?a=%41`, {
      headers: { "x-thing": "t" },
      remoteAddress: "::ffff:192.0.2.7",
    });
    expect(seen).toEqual([undefined, "192.0.2.7", "GET", `${v2}?a=%41`, "t"]);
    expect(lines).toMatchObject([{ message: "hello", fields: { medium: "email", requestId: expect.any(String) } }]);
  });
});

describe("addresses", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:0db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:ffff::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s counts as %s", (address, key) => {
    expect(clientAddress(address)).toBe(key);
  });
});

describe("messages of errors", () => {
  it.each([
    ["mail to a.b+c@example.org failed", "mail to …@… failed"],
    ["GET https://is.test/x?token=abc failed", "GET https://is.test/x?… failed"],
    ["no sms to +447700900123", "no sms to …"],
    ["SQLITE_BUSY: database is locked", "SQLITE_BUSY: database is locked"],
  ])("%s", (message, want) => {
    expect(withoutSecrets(message)).toBe(want);
  });
});
