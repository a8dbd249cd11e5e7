import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createPlainServer, type Socket } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { destinations } from "../../../runtime/federation/destinations.js";
import {
  type OutgoingFetch,
  type OutgoingFetchOptions,
  outgoingFetch,
} from "../../../runtime/federation/outgoing-fetch.js";
import { authority, type Certificate } from "../../support/certificates.js";

let server: Server;
let port: number;
const reached: string[] = [];
const opened: OutgoingFetch[] = [];

const respond = (request: IncomingMessage, response: ServerResponse): void => {
  reached.push(`${request.method} ${request.headers.host} ${request.url}`);
  switch (request.url) {
    case "/redirect":
      response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end();
      return;
    case "/endless": {
      const chunk = Buffer.alloc(16_384, "x");
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", pour);
      pour();
      return;
    }
    case "/silent":
      return;
    case "/dripping":
      response.writeHead(200).write("a little");
      return;
    case "/echo":
      response.setHeader("x-seen", String(request.headers["x-given"]));
      request.pipe(response);
      return;
    default:
      response.writeHead(204).end();
  }
};

beforeAll(async () => {
  server = createServer(respond);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address() as AddressInfo; // a TCP server has no other kind
  port = address.port;
});
afterAll(async () => {
  await Promise.all(opened.map((it) => it.close()));
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
beforeEach(() => {
  reached.length = 0;
});

const open = (options: Partial<OutgoingFetchOptions> = {}): OutgoingFetch => {
  const made = outgoingFetch({
    destinations: destinations(["127.0.0.1"]),
    timeoutMs: 20_000,
    maxAnswerBytes: 100_000,
    ...options,
  });
  opened.push(made);
  return made;
};

const here = authority();

/** Takes connections, and never shakes hands. */
const silentServer = async () => {
  const sockets: Socket[] = [];
  const silent = createPlainServer((socket) => void sockets.push(socket.on("error", () => undefined)));
  await new Promise<void>((ready) => silent.listen(0, "127.0.0.1", ready));
  const address = silent.address() as AddressInfo; // a TCP server has no other kind
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => silent.close(closed));
  };
  return { port: address.port, close };
};

describe("where it connects to", () => {
  it.each([
    "http://127.0.0.1",
    "http://2130706433",
    "http://0x7f.1",
    "http://127.1",
    "http://[::ffff:127.0.0.1]",
    "http://[::1]",
    "http://localhost",
    "https://127.0.0.1",
  ])("refuses %s", async (origin) => {
    const { fetch } = open({ destinations: destinations() });
    await expect(fetch(`${origin}:${port}/`)).rejects.toMatchObject({ reason: "refused-destination" });
    expect(reached).toEqual([]);
  });

  it.each([
    { what: "a private address", addresses: ["127.0.0.1"] },
    { what: "a public and a private address", addresses: ["8.8.8.8", "127.0.0.1"] },
    { what: "an IPv6 form of a private address", addresses: ["::ffff:127.0.0.1"] },
  ])("refuses a name that resolves to $what", async ({ addresses }) => {
    const { fetch } = open({ destinations: destinations(), resolve: async () => addresses });
    await expect(fetch(`http://rebind.example:${port}/`)).rejects.toMatchObject({ reason: "refused-destination" });
    expect(reached).toEqual([]);
  });

  it("says so when a name has no address", async () => {
    const { fetch } = open({ resolve: async () => [] });
    await expect(fetch(`http://nowhere.example:${port}/`)).rejects.toMatchObject({
      reason: "failed",
      message: "nowhere.example has no address",
    });
  });

  it("connects to the address that was checked, and asks for it once", async () => {
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    let asked = 0;
    const { fetch } = open({
      resolve: async () => {
        asked += 1;
        return answers[asked - 1] ?? [];
      },
    });
    expect((await fetch(`http://rebind.example:${port}/`)).status).toBe(204);
    expect(asked).toBe(1);
    expect(reached).toEqual([`GET rebind.example:${port} /`]);
  });

  it("tries the next address when one cannot be reached", async () => {
    const { fetch } = open({
      destinations: destinations(["127.0.0.1", "127.0.0.2"]),
      resolve: async () => ["127.0.0.2", "127.0.0.1"],
    });
    expect((await fetch(`http://two.example:${port}/`)).status).toBe(204);
  });

  it("has time left for the next address when one accepts and says nothing", async () => {
    const { port: silent, close } = await silentServer();
    const { fetch } = open({
      destinations: destinations(["127.0.0.1", "127.0.0.2"]),
      resolve: async () => ["127.0.0.2", "127.0.0.1"],
      timeoutMs: 6_000,
      certificateAuthorities: here.certificate,
      dial: ({ address, port }) => ({ address: "127.0.0.1", port: address === "127.0.0.2" ? silent : port }),
    });
    const secure = createSecureServer(here.issue(["two.example"]), respond);
    await new Promise<void>((ready) => secure.listen(0, "127.0.0.1", ready));
    const address = secure.address() as AddressInfo; // a TCP server has no other kind
    expect((await fetch(`https://two.example:${address.port}/`)).status).toBe(204);
    secure.closeAllConnections();
    await new Promise((closed) => secure.close(closed));
    await close();
  });

  it("goes wherever a listed name leads", async () => {
    const { fetch } = open({ destinations: destinations(["intern.example"]), resolve: async () => ["127.0.0.1"] });
    expect((await fetch(`http://intern.example:${port}/`)).status).toBe(204);
  });

  it("follows no redirect", async () => {
    const response = await open().fetch(`http://127.0.0.1:${port}/redirect`);
    expect([response.status, response.headers.get("location")]).toEqual([302, "http://127.0.0.1:1/elsewhere"]);
  });
});

describe("how much it takes", () => {
  it("hands method, headers and body over, and the answer back", async () => {
    const response = await open().fetch(`http://127.0.0.1:${port}/echo`, {
      method: "POST",
      headers: { "x-given": "yes" },
      body: "what was sent",
    });
    expect([response.status, response.headers.get("x-seen"), await response.text()]).toEqual([
      200,
      "yes",
      "what was sent",
    ]);
  });

  it("cuts an endless answer", async () => {
    const fetched = open().fetch(`http://127.0.0.1:${port}/endless`);
    await expect(fetched).rejects.toMatchObject({ reason: "too-large" });
  });

  it("opens few connections to one server, however much is asked of it", async () => {
    const caller = new AbortController();
    const { fetch } = open();
    const { signal } = caller;
    const asked = Array.from({ length: 40 }, () => fetch(`http://127.0.0.1:${port}/silent`, { signal }));
    const silent = () => reached.filter((line) => line.endsWith("/silent")).length;
    await vi.waitUntil(() => silent() >= 16, { timeout: 20_000 });
    // Whoever was to come with them has come when this one, who is later, is answered.
    await open().fetch(`http://127.0.0.1:${port}/`);
    expect(silent()).toBe(16);
    caller.abort();
    const answers = await Promise.allSettled(asked);
    expect(answers.every(({ status }) => status === "rejected")).toBe(true);
  });

  it.each(["/silent", "/dripping"])("does not wait for %s", async (path) => {
    const fetched = open({ timeoutMs: 150 }).fetch(`http://127.0.0.1:${port}${path}`);
    await expect(fetched).rejects.toMatchObject({ reason: "timeout" });
  });

  it("stops when its caller does", async () => {
    const fetched = open().fetch(`http://127.0.0.1:${port}/silent`, { signal: AbortSignal.timeout(50) });
    await expect(fetched).rejects.toMatchObject({ name: "OutgoingError" });
  });

  it("says when nobody listens", async () => {
    await expect(open().fetch("http://127.0.0.1:1/")).rejects.toMatchObject({ reason: "failed" });
  });
});

describe("whom it talks to", () => {
  const trusted = authority();
  let secure: Server;
  let securePort: number;
  let presented: Certificate;
  const present = (certificate: Certificate): void => {
    presented = certificate;
  };
  beforeAll(async () => {
    present(trusted.issue(["right.example", "127.0.0.1"]));
    const SNICallback = (_name: string, done: (error: null, context: SecureContext) => void) =>
      done(null, createSecureContext(presented));
    secure = createSecureServer({ ...presented, SNICallback }, respond);
    await new Promise<void>((ready) => secure.listen(0, "127.0.0.1", ready));
    const address = secure.address() as AddressInfo; // a TCP server has no other kind
    securePort = address.port;
  });
  afterAll(async () => {
    secure.closeAllConnections();
    await new Promise((closed) => secure.close(closed));
  });

  const day = 86_400_000;
  const resolve = async () => ["127.0.0.1"];
  const certificateAuthorities = trusted.certificate;

  it("is the server that the name's certificate belongs to, though it connects to an address", async () => {
    present(trusted.issue(["right.example"]));
    const { fetch } = open({ resolve, certificateAuthorities });
    expect((await fetch(`https://right.example:${securePort}/`)).status).toBe(204);
  });

  it("is whoever a Host header names, wherever that is", async () => {
    present(trusted.issue(["right.example"]));
    const { fetch } = open({ resolve, certificateAuthorities });
    const response = await fetch(`https://elsewhere.example:${securePort}/`, { headers: { host: "right.example" } });
    expect(response.status).toBe(204);
    expect(reached).toEqual(["GET right.example /"]);
  });

  it("is told apart by Host headers, one connection after the other", async () => {
    present(trusted.issue(["right.example"]));
    const { fetch } = open({ resolve, certificateAuthorities });
    const ask = (host: string) => fetch(`https://elsewhere.example:${securePort}/`, { headers: { host } });
    expect((await ask("right.example")).status).toBe(204);
    await expect(ask("wrong.example")).rejects.toMatchObject({ reason: "failed" });
    expect(reached).toEqual(["GET right.example /"]);
  });

  it("is an address that the certificate names", async () => {
    const { fetch } = open({ certificateAuthorities });
    expect((await fetch(`https://127.0.0.1:${securePort}/`)).status).toBe(204);
  });

  it.each([
    { what: "a certificate for another name", certificate: trusted.issue(["other.example"]) },
    { what: "a certificate that nobody vouches for", certificate: authority().issue(["right.example"]) },
    {
      what: "a certificate of yesterday",
      certificate: trusted.issue(["right.example"], {
        from: new Date(Date.now() - 2 * day),
        until: new Date(Date.now() - day),
      }),
    },
    {
      what: "a certificate of tomorrow",
      certificate: trusted.issue(["right.example"], {
        from: new Date(Date.now() + day),
        until: new Date(Date.now() + 2 * day),
      }),
    },
  ])("is nobody with $what, unless certificates do not count", async ({ certificate }) => {
    present(certificate);
    const strict = open({ resolve, certificateAuthorities }).fetch(`https://right.example:${securePort}/`);
    await expect(strict).rejects.toMatchObject({ reason: "failed" });
    expect(reached).toEqual([]);
    const lax = open({ resolve, verifyCertificates: false });
    expect((await lax.fetch(`https://right.example:${securePort}/`)).status).toBe(204);
  });

  it("is where a test says that an address really is", async () => {
    present(trusted.issue(["right.example"]));
    const dialled: unknown[] = [];
    const { fetch } = open({
      destinations: destinations(),
      resolve: async () => ["8.8.8.8"],
      certificateAuthorities,
      dial: (checked) => {
        dialled.push(checked);
        return { address: "127.0.0.1", port: securePort };
      },
    });
    expect((await fetch("https://right.example/")).status).toBe(204);
    expect(dialled).toEqual([{ address: "8.8.8.8", port: 443 }]);
  });
});
