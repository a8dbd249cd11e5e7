import { lookup } from "node:dns/promises";
import { connect, isIPv6 } from "node:net";
import { setImmediate as immediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RawAnswer } from "../../../generated/seam/server.js";
import { type HttpOptions, httpListener } from "../../../runtime/http/node-listener.js";
import { collectingLog, listening, type Settings, service } from "./support.js";

const v2 = "/_matrix/identity/v2";

/** Writes bytes to a fresh connection and answers everything that comes back until it is closed. */
const converse = (port: number, ...parts: readonly (string | Uint8Array)[]): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(heard));
    for (const part of parts) socket.write(part);
  });

const spoken = async (
  parts: readonly (string | Uint8Array)[],
  settings: Settings = {},
  options: Partial<HttpOptions> = {},
) => {
  let heard = "";
  await listening(service(settings), options, async (port) => {
    heard = await converse(port, ...parts);
  });
  const [head = "", body = ""] = heard.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head: head.toLowerCase(), body };
};

const get = (target: string, more = "") => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`;

const post = (body: string | Uint8Array, more = "") => [
  `POST ${v2}/3pid/bind HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n`,
  body,
];

describe("over a socket", () => {
  it.each<[string, readonly (string | Uint8Array)[], number, string]>([
    ["a request", [get(v2)], 200, "{}"],
    ["a request in absolute form", [get(`http://x${v2}`)], 200, "{}"],
    ["a malformed URL", [get("/%zz%")], 404, "M_UNRECOGNIZED"],
    ["a URL that is no path", [get("nonsense")], 400, "M_UNKNOWN"],
    ["an unknown method", [get(v2).replace("GET", "PROPFIND")], 405, "M_UNRECOGNIZED"],
    ["a method that is none", [get(v2).replace("GET", "NONSENSE")], 400, "M_UNKNOWN"],
    ["no HTTP at all", ["\u0016\u0003\u0001 hello\r\n\r\n"], 400, "M_UNKNOWN"],
    ["a wrong length", [get(v2, "Content-Length: -1\r\n")], 400, "M_UNKNOWN"],
    ["a length that is no number", [get(v2, "Content-Length: 1e3\r\n")], 400, "M_UNKNOWN"],
    ["two lengths", [get(v2, "Content-Length: 1\r\nContent-Length: 2\r\n")], 400, "M_UNKNOWN"],
    ["length and chunks", [get(v2, "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")], 400, "M_UNKNOWN"],
    ["huge headers", [get(v2, `X: ${"x".repeat(40_000)}\r\n`)], 431, "M_UNKNOWN"],
    ["a body", post('{"sid":"1"}'), 200, '{"sid":"1"}'],
    [
      "a body in chunks",
      [...post('3\r\n{"s\r\n8\r\nid":"1"}\r\n0\r\n\r\n')].map((part) =>
        String(part).replace(/Content-Length: \d+/, "Transfer-Encoding: chunked"),
      ),
      200,
      '{"sid":"1"}',
    ],
    ["a malformed content type", post('{"sid":"1"}', "Content-Type: ;;=\r\n"), 200, '{"sid":"1"}'],
    ["a body that is no JSON", post("{"), 400, "M_NOT_JSON"],
    ["a body that is no UTF-8", post(new Uint8Array([0x22, 0xc3, 0x28, 0x22])), 400, "M_NOT_JSON"],
    ["a body with __proto__", post('{"__proto__":{"x":1},"sid":"1"}'), 200, '{"sid":"1"}'],
    ["a body nested 100,000 deep", post("[".repeat(100_000) + "]".repeat(100_000)), 400, "M_BAD_JSON"],
    ["a body of 600 KB", post("x".repeat(600_000)), 413, "M_TOO_LARGE"],
  ])("%s", async (_, parts, status, body) => {
    const answer = await spoken(parts);
    expect(answer).toMatchObject({ status, body: expect.stringContaining(body) });
    expect(answer.head).toContain("access-control-allow-origin: *");
    expect(answer.head).toContain("content-type: application/json");
  });

  it("stops reading a body that says too much", async () => {
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const head = `POST ${v2}/3pid/bind HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
    expect(await spoken([head, ...Array<string>(12).fill(chunk)])).toMatchObject({ status: 413 });
  });

  it("answers HEAD without a body, and 204 without a length", async () => {
    expect(await spoken([get(v2).replace("GET", "HEAD")])).toMatchObject({ status: 200, body: "" });
    const preflight = await spoken([get(v2).replace("GET", "OPTIONS")]);
    expect(preflight).toMatchObject({ status: 204, body: "" });
    expect(preflight.head).not.toContain("content-length");
  });

  it("keeps a connection for several requests", async () => {
    const first = get(v2).replace("Connection: close\r\n", "");
    await listening(service(), {}, async (port) => {
      const heard = await converse(port, first, first, get("/nothing"));
      expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 404"]);
    });
  });

  it.each([
    ["its head", "GET / HTTP/1.1\r\nHost: x\r\nX: "],
    ["its body", `POST ${v2}/3pid/bind HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`],
  ])("cuts off a client that never ends %s", async (_, start) => {
    const { status } = await spoken([start], {}, { headersTimeoutMs: 40, requestTimeoutMs: 60, checkIntervalMs: 20 });
    expect(status).toBe(408);
  });

  it("believes the proxies it was told of, and nobody else", async () => {
    const seen: string[] = [];
    const settings: Settings = { ping: ({ clientIp }) => seen.push(clientIp) };
    const forwarded = get(v2, "X-Forwarded-For: 192.0.2.9\r\n");
    await spoken([forwarded], settings);
    await spoken([forwarded], settings, { trustProxy: ["127.0.0.1"] });
    expect(seen).toEqual(["127.0.0.1", "192.0.2.9"]);
  });

  it("counts an IPv6 client by its network, whatever is limited", async () => {
    const seen: string[] = [];
    const settings: Settings = { ping: ({ clientIp }) => seen.push(clientIp) };
    const trustProxy = ["127.0.0.1"];
    for (const address of ["2001:db8:1:2::3", "2001:db8:1:2:ffff::4"]) {
      await spoken([get(v2, `X-Forwarded-For: ${address}\r\n`)], settings, { trustProxy });
    }
    expect(seen).toEqual(["2001:db8:1:2::/64", "2001:db8:1:2::/64"]);
  });

  it("tells a handler that its caller has gone", async () => {
    let gone: unknown;
    const aborted = new Promise<void>((resolve) => {
      const settings: Settings = {
        ping: ({ signal }) =>
          new Promise<void>((end) => {
            signal.addEventListener("abort", () => {
              gone = signal.aborted;
              end();
              resolve();
            });
            socket?.destroy();
          }),
      };
      let socket: ReturnType<typeof connect> | undefined;
      void listening(service(settings), {}, async (port) => {
        socket = connect(port, "127.0.0.1");
        socket.write(get(v2));
        await aborted;
      });
    });
    await aborted;
    expect(gone).toBe(true);
  });

  it("listens on this machine's addresses of both kinds where it is told its name", async () => {
    const families = new Set((await lookup("localhost", { all: true })).map(({ address }) => address));
    await listening(service(), { host: "localhost" }, async (port) => {
      for (const address of families) {
        const answer = await fetch(`http://${isIPv6(address) ? `[${address}]` : address}:${port}${v2}`);
        expect(answer.status).toBe(200);
      }
    });
  });

  /** Pings that are answered when they are told to be. */
  const heldPings = () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let entered: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const settings: Settings = {
      ping: async () => {
        entered();
        await held;
      },
    };
    return { settings, running, release };
  };

  const kept = get(v2).replace("Connection: close\r\n", "");
  /** Longer than a test may take: what waits for it fails. */
  const patient = { closeTimeoutMs: 60_000 };

  it.each([1, 2])(
    "lets running requests end when it closes, %i on a connection, and idle connections go",
    async (count) => {
      const { settings, running, release } = heldPings();
      await listening(service(settings), patient, async (port, listener) => {
        const heard = converse(port, kept.repeat(count));
        await running;
        const closed = listener.close();
        release();
        expect((await heard).match(/HTTP\/1\.1 200/g)).toHaveLength(count);
        await closed;
      });
    },
  );

  it("is closed for everyone who closes it at the same time", async () => {
    const { settings, running, release } = heldPings();
    await listening(service(settings), patient, async (port, listener) => {
      const heard = converse(port, kept);
      await running;
      const closings = [listener.close(), listener.close()];
      const first = Promise.race(closings).then(() => "closed");
      expect(await Promise.race([first, immediate("running")])).toBe("running");
      release();
      await Promise.all([heard, ...closings]);
    });
  });

  it("leaves no port open when it is closed while it begins to listen, and listens no more", async () => {
    const listener = httpListener(service(), { host: "127.0.0.1", port: 0 });
    const [bound] = await Promise.all([listener.listen(), listener.close()]);
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    expect(await converse(port, get(v2))).toBe("");
    const closed = httpListener(service(), { host: "127.0.0.1", port: 0 });
    await closed.close();
    await expect(closed.listen()).rejects.toThrow("closed");
  });

  it("tells the length of what it sends, once, whatever the answer says of it", async () => {
    const wrong = { answer: () => ({ status: 200, headers: { "content-length": "7" }, body: "äöü" }) };
    await listening(wrong, {}, async (port) => {
      const heard = await converse(port, get(v2));
      expect(heard.match(/content-length: \d+/gi)).toEqual(["content-length: 6"]);
    });
  });

  it.each([
    ["at once", (answer: RawAnswer) => answer],
    ["later", (answer: RawAnswer) => Promise.resolve(answer)],
  ])("answers 500, and tells of it, where HTTP cannot carry an answer that comes %s", async (_, given) => {
    const { log, lines } = collectingLog();
    const broken = { answer: () => given({ status: 200, headers: { location: "a\r\nb" }, body: "{}" }) };
    let heard = "";
    await listening(broken, { log }, async (port) => {
      heard = await converse(port, get(v2));
    });
    expect(heard).toMatch(/^HTTP\/1\.1 500 (?:.|\r\n)*M_UNKNOWN/);
    expect(lines).toEqual([
      expect.objectContaining({ level: "error", message: expect.stringContaining("could not be sent") }),
    ]);
  });
});
