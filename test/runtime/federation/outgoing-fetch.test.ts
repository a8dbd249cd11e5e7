import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { destinations } from "../../../runtime/federation/destinations.js";
import {
  type OutgoingFetch,
  type OutgoingFetchOptions,
  outgoingFetch,
} from "../../../runtime/federation/outgoing-fetch.js";
import { certificate, privateKey } from "../delivery/localhost-certificate.js";

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
    timeoutMs: 2000,
    maxAnswerBytes: 100_000,
    ...options,
  });
  opened.push(made);
  return made;
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
    { what: "no address", addresses: [] },
  ])("refuses a name that resolves to $what", async ({ addresses }) => {
    const { fetch } = open({ destinations: destinations(), resolve: async () => addresses });
    await expect(fetch(`http://rebind.example:${port}/`)).rejects.toMatchObject({ reason: "refused-destination" });
    expect(reached).toEqual([]);
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
  let secure: Server;
  let securePort: number;
  beforeAll(async () => {
    secure = createSecureServer({ cert: certificate, key: privateKey }, respond);
    await new Promise<void>((ready) => secure.listen(0, "127.0.0.1", ready));
    const address = secure.address() as AddressInfo; // a TCP server has no other kind
    securePort = address.port;
  });
  afterAll(async () => {
    secure.closeAllConnections();
    await new Promise((closed) => secure.close(closed));
  });

  const resolve = async () => ["127.0.0.1"];

  it("is the server that the name's certificate belongs to, though it connects to an address", async () => {
    const { fetch } = open({ resolve, certificateAuthorities: certificate });
    expect((await fetch(`https://localhost:${securePort}/`)).status).toBe(204);
  });

  it.each([
    { what: "a certificate for another name", name: "other.example", certificateAuthorities: certificate },
    { what: "a certificate that nobody vouches for", name: "localhost", certificateAuthorities: undefined },
  ])("refuses $what", async ({ name, certificateAuthorities }) => {
    const { fetch } = open({ resolve, ...(certificateAuthorities === undefined ? {} : { certificateAuthorities }) });
    await expect(fetch(`https://${name}:${securePort}/`)).rejects.toMatchObject({ reason: "failed" });
    expect(reached).toEqual([]);
  });
});
