import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { type FuzzOptions, fuzz } from "../../../generator/fuzz/fuzz.js";
import { createMock } from "../../../generator/mock/mock.js";
import type { HeaderModel, ServiceModel } from "../../../generator/model/model.js";
import { toNodeListener } from "../../../generator/seam/node.js";
import { smallModel } from "../../support/small-model.js";
import { load } from "../load/fixture.js";
import { type Replayed, replays } from "./replay.js";
import { asJson, type Listener, listening, nobodyAt } from "./targets.js";

const [post] = smallModel.operations;
const origin = post!.origin;

const left: HeaderModel = { name: "x-left", required: false, schema: { type: "integer" } };

/** The small service, which declares that it may refuse; a mock of it has no fault. */
const service: ServiceModel = {
  ...smallModel,
  operations: smallModel.operations.map((operation) => ({
    ...operation,
    responses: operation.responses
      .filter(({ status }) => status !== "400")
      .map((response) => (response.status === "200" ? { ...response, headers: [left] } : response)),
  })),
  implicit: [...smallModel.implicit, { status: "4XX", description: "Refused", headers: [], content: [], origin }],
};

const usual: Listener = toNodeListener(createMock(service));

const options = (target: string): FuzzOptions => ({
  target,
  count: 80,
  seconds: 30,
  timeout: 10_000,
  seed: 1,
  headers: {},
});

const hasLimit = ({ url = "" }: IncomingMessage): boolean => /[?&]limit=/.test(url);

describe("faults that were planted", () => {
  test("a server without one has no findings", async () => {
    const report = await fuzz([service], options(await listening(usual)));
    expect(report).toMatchObject({ operations: 2, isCut: false, findings: [] });
    expect(report.requests).toBeGreaterThan(100);
  });

  const page = { "content-type": "text/html" };
  const rows: readonly {
    readonly name: string;
    readonly plant: (message: IncomingMessage, reply: ServerResponse) => void;
    readonly kind: string;
    readonly message: string;
    /** Whether an answer to the reproduction shows it, too. */
    readonly isShown: (replayed: Replayed) => boolean;
  }[] = [
    {
      name: "an undeclared status",
      plant: (_message, reply) => reply.writeHead(299, page).end(),
      kind: "undeclared-status",
      message: "299 is not declared",
      isShown: ({ status }) => status === 299,
    },
    {
      name: "a failure",
      plant: (_message, reply) => asJson(reply, 500, '{"errcode":"M_UNKNOWN"}'),
      kind: "server-error",
      message: "the server failed with 500",
      isShown: ({ status }) => status === 500,
    },
    {
      name: "an undeclared type",
      plant: (_message, reply) => asJson(reply, 200, "{}"),
      kind: "undeclared-type",
      message: "the body of 200 is application/json; declared: text/html",
      isShown: ({ status, headers }) => status === 200 && headers["content-type"] === "application/json",
    },
    {
      name: "a body that breaks its schema",
      plant: (_message, reply) => asJson(reply, 503, '{"error":"no code"}'),
      kind: "broken-body",
      message: "of 503",
      isShown: ({ status, text }) => status === 503 && text === '{"error":"no code"}',
    },
    {
      name: "a body that is not JSON",
      plant: (_message, reply) => asJson(reply, 503, "{"),
      kind: "not-json",
      message: "the body of 503 is not JSON",
      isShown: ({ status, text }) => status === 503 && text === "{",
    },
    {
      name: "a connection that is cut",
      plant: (message) => message.socket.destroy(),
      kind: "no-answer",
      message: "the connection ended without an answer",
      isShown: ({ status }) => status === 0,
    },
    {
      name: "a body that is cut",
      plant: (message, reply) => {
        reply.writeHead(200, { ...page, "content-length": "100" }).write("<p>");
        setImmediate(() => message.socket.destroy());
      },
      kind: "no-answer",
      message: "the connection ended without an answer",
      isShown: ({ status }) => status === 0,
    },
    {
      name: "a header that is missing",
      plant: (_message, reply) => reply.writeHead(302).end(),
      kind: "broken-header",
      message: "302: the header location is missing",
      isShown: ({ status, headers }) => status === 302 && headers["location"] === undefined,
    },
    {
      name: "a header of another type",
      plant: (_message, reply) => reply.writeHead(200, { ...page, "x-left": "many" }).end(),
      kind: "broken-header",
      message: "200: the header x-left must be integer",
      isShown: ({ status, headers }) => status === 200 && headers["x-left"] === "many",
    },
  ];

  test.each(rows)("$name, told with the least that shows it", async ({ plant, kind, message, isShown }) => {
    const target = await listening((incoming, reply) =>
      hasLimit(incoming) ? plant(incoming, reply) : usual(incoming, reply),
    );
    // What is planted succeeds for broken requests, too, which is a fault of its own.
    const { findings } = await fuzz([service], { ...options(target), lenient: true });
    expect(findings.map((finding) => finding.kind)).toEqual([kind]);
    expect(findings[0]).toMatchObject({ service: "small", operation: "emailSubmitTokenGet" });
    expect(findings[0]?.message).toContain(message);
    // What does not matter is gone: the other optional parameter, and whatever was long.
    const { curl = "" } = findings[0] ?? {};
    expect(curl).toMatch(/^curl .*-X GET '.*[?&]limit=/);
    expect(curl).not.toContain("ids=");
    for (const replay of replays) expect(await replay(curl)).toSatisfy(isShown);
  });

  test("a hang, which is not asked for again and again", async () => {
    let hanging = 0;
    const target = await listening(() => {
      hanging += 1;
    });
    const operations = service.operations.filter(({ method }) => method === "GET");
    const report = await fuzz([{ ...service, operations }], { ...options(target), timeout: 1_000 });
    expect(report.findings).toMatchObject([{ kind: "hang", operation: "emailSubmitTokenGet" }]);
    expect(report.findings[0]?.message).toBe("there was no answer within 1000 ms");
    expect(hanging).toBe(2);
    expect(report.coverage).toMatchObject([{ leftAloneAfterHangs: 2 }]);
    for (const replay of replays) expect(await replay(report.findings[0]?.curl ?? "", 1)).toMatchObject({ status: 0 });
    expect(hanging).toBe(2 + replays.length);
  });

  test("each of the faults that one answer has", async () => {
    const operations = service.operations.filter(({ method }) => method === "GET");
    const headers = { "content-type": "application/json", "x-left": "many" };
    const target = await listening((_incoming, reply) => reply.writeHead(200, headers).end("{}"));
    const { findings } = await fuzz([{ ...service, operations }], { ...options(target), count: 20 });
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(
      new Set(["broken-header", "undeclared-type", "accepted"]),
    );
  });

  test("a server that is not there, in one line", async () => {
    const closed = await nobodyAt();
    const report = await fuzz([service], options(closed));
    expect(report).toMatchObject({ requests: 1, findings: [], gone: `nobody listens at ${closed}`, isCut: false });
  });

  test("a server that goes away, and after what", async () => {
    const server = createServer((incoming, reply) => {
      if (hasLimit(incoming)) server.close(() => undefined);
      usual(incoming, reply);
      if (hasLimit(incoming)) reply.on("finish", () => server.closeAllConnections());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
    const report = await fuzz([service], options(`http://127.0.0.1:${port}`));
    expect(report.gone).toMatch(/^the server went away after .*, sent to emailSubmitTokenGet\n {2}curl .*[?&]limit=/);
    expect(report.findings.length).toBeLessThanOrEqual(1);
    expect(report.operations).toBe(2);
  });

  const guarded: ServiceModel = {
    ...service,
    operations: service.operations.map((operation) => ({ ...operation, auth: "required" })),
  };
  const credentials = { authorization: "Bearer owl", "x-tenant": "forest" };

  test("an operation that lets in whoever brings no credentials, though it must not", async () => {
    const seen: (string | undefined)[] = [];
    const target = await listening((incoming, reply) => {
      seen.push(String(incoming.headers["x-tenant"]));
      const isKnown = incoming.headers.authorization === "Bearer owl";
      if (isKnown || incoming.method === "GET") usual(incoming, reply);
      else asJson(reply, 401, '{"errcode":"M_UNAUTHORIZED"}');
    });
    const { findings } = await fuzz([guarded], { ...options(target), count: 6, headers: credentials });
    expect(findings).toMatchObject([
      {
        operation: "emailSubmitTokenGet",
        kind: "let-in",
        message: "200 was answered without the credentials that the document requires",
        what: "a request that fits, without credentials",
      },
    ]);
    expect(findings[0]?.curl).toContain("x-tenant: forest");
    expect(findings[0]?.curl).not.toContain("owl");
    expect(new Set(seen)).toEqual(new Set(["forest"]));
    // Nobody brought any: nothing is known of who would be let in.
    expect(await fuzz([guarded], { ...options(target), count: 6 })).toMatchObject({ findings: [] });
  });

  test("faults that only broken bodies show", async () => {
    const target = await listening((incoming, reply) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        if (body === '{"a":') asJson(reply, 500, "{}");
        else if (body.includes("__proto__")) asJson(reply, 200, '{"sid":7}');
        else if (incoming.method === "POST") asJson(reply, 200, '{"sid":"1"}');
        else reply.writeHead(200, page).end();
      });
    });
    const { findings } = await fuzz([service], { ...options(target), lenient: true });
    expect(findings.map(({ kind, what }) => `${kind} after ${what}`)).toEqual([
      "server-error after a body that ends too early",
      "broken-body after a body with members that objects have",
    ]);
  });

  test("an answer that tells what the document marks as written only", async () => {
    const { model } = await load("directions");
    const operations = model.operations.filter(({ method }) => method === "GET");
    const body = '{"items":[{"id":"1","name":"Ada","password":"s"}]}';
    const target = await listening((_incoming, reply) => asJson(reply, 200, body));
    const { findings } = await fuzz([{ ...model, operations }], { ...options(target), count: 10 });
    expect(findings.map(({ operation, kind, message }) => [operation, kind, message])).toEqual([
      ["accounts", "broken-body", "/items/0/password of 200 is not allowed"],
    ]);
  });

  test("a success for requests that the document forbids, unless it is lenient", async () => {
    const target = await listening((incoming, reply) => {
      if (incoming.method === "POST") asJson(reply, 200, '{"sid":"1"}');
      else usual(incoming, reply);
    });
    const { findings } = await fuzz([service], options(target));
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(["accepted"]));
    expect(findings.map(({ message, what }) => `${message}, after ${what}`)).toEqual(
      expect.arrayContaining([
        "200 was answered though the body is not JSON in UTF-8, after a body that ends too early",
        "200 was answered though the body must be object, after a body that is a list",
        "200 was answered though email is missing from the body, after a body that breaks required",
        "200 was answered though email must be string, after a body that breaks type",
        "200 was answered though client_secret must have at most 255 characters, after a body that breaks maxLength",
      ]),
    );
    for (const { curl } of findings)
      for (const replay of replays) expect(await replay(curl)).toMatchObject({ status: 200, text: '{"sid":"1"}' });
    expect(await fuzz([service], { ...options(target), lenient: true })).toMatchObject({ findings: [] });
  });

  test("a success for what an optional parameter must not be", async () => {
    const target = await listening((incoming, reply) => {
      if (hasLimit(incoming)) reply.writeHead(200, page).end("<p>");
      else usual(incoming, reply);
    });
    const { findings } = await fuzz([service], options(target));
    const ofLimit = findings.filter(({ message }) => message.includes("limit"));
    expect(ofLimit.map(({ message, what }) => `${message}, after ${what}`)).toEqual([
      "200 was answered though limit must be integer, after a query that breaks type",
    ]);
    expect(ofLimit[0]?.curl).toMatch(/[?&]limit=text/);
  });

  test("operations that never succeeded are told", async () => {
    const target = await listening((incoming, reply) =>
      incoming.method === "POST" ? asJson(reply, 401, '{"errcode":"M_UNAUTHORIZED"}') : usual(incoming, reply),
    );
    const { findings, coverage } = await fuzz([service], options(target));
    expect(findings).toEqual([]);
    expect(coverage).toEqual([
      { service: "small", operation: "emailRequestToken", statuses: [401], isUnreached: true },
      { service: "small", operation: "emailSubmitTokenGet", statuses: [200, 400], isUnreached: false },
    ]);
  });

  test("a seed makes the same requests each time, another one others", async () => {
    const requestsBy = async (seed: number): Promise<readonly string[]> => {
      const seen: string[] = [];
      const target = await listening((incoming, reply) => {
        seen.push(`${incoming.method} ${incoming.url}`);
        usual(incoming, reply);
      });
      await fuzz([service], { ...options(target), seed });
      return seen;
    };
    const first = await requestsBy(7);
    expect(await requestsBy(7)).toEqual(first);
    expect(await requestsBy(8)).not.toEqual(first);
  });

  test("time and count are bounds", async () => {
    const target = await listening(usual);
    expect(await fuzz([service], { ...options(target), seconds: 0 })).toMatchObject({ requests: 0, isCut: true });
    expect((await fuzz([service], { ...options(target), count: 5 })).requests).toBe(10);
  });
});
