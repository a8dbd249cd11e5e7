import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compose, type Program } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import type { JsonObject } from "../../../runtime/protocol/canonical-json.js";
import { type TestHomeserver, testHomeserver } from "../../support/test-homeserver.js";
import { type TestNetwork, testNetwork } from "../../support/test-network.js";

let network: TestNetwork;
let folder: string;
let plain: Server;
let plainUrl: string;
const asked: string[] = [];
beforeAll(async () => {
  network = await testNetwork();
  folder = mkdtempSync(join(tmpdir(), "threepid-federation-"));
  plain = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(500).end();
  });
  await new Promise<void>((ready) => plain.listen(0, "127.0.0.1", ready));
  const { port } = plain.address() as AddressInfo; // a TCP server has no other kind
  plainUrl = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  plain.closeAllConnections();
  await new Promise((closed) => plain.close(closed));
  await network.close();
});

const uri = "/_matrix/identity/v2/3pid/unbind";

/** The status of an unbind that this homeserver signs, and its errcode. */
const unbound = async (
  { services: { identity } }: Program,
  homeserver: Pick<TestHomeserver, "authorize" | "name">,
): Promise<unknown> => {
  const content: JsonObject = {
    mxid: `@alice:${homeserver.name}`,
    threepid: { medium: "email", address: "alice@example.org" },
  };
  if (identity === undefined) throw new Error("the configuration has an identity server");
  const response = await identity.server.fetch(
    new Request(`http://localhost${uri}`, {
      method: "POST",
      headers: { authorization: homeserver.authorize({ method: "POST", uri, content }, "id.test") },
      body: JSON.stringify(content),
    }),
  );
  const answer: { errcode?: string } = await response.json();
  return answer.errcode ?? response.status;
};

const composed = (network: object, homeservers: readonly object[] = [], overrides = {}): Promise<Program> => {
  const settings = {
    identity: {
      server_name: "id.test",
      public_base_url: "http://localhost",
      database: join(folder, "identity.sqlite"),
      homeservers,
    },
    network,
    mailbox: { folder: join(folder, "mailbox") },
    log: { level: "silent" },
  };
  return compose(parseConfiguration(JSON.stringify(settings), "test"), overrides);
};

it("a homeserver that the configuration does not know signs with the key it publishes", async () => {
  const { dial, options } = network;
  const homeserver = await testHomeserver(network, "hs.test", "well-known and srv");
  const program = await composed(options, [], { dial });
  try {
    expect(await unbound(program, homeserver)).toBe(200);
    expect(homeserver.received.map(({ host, target }) => `${host} ${target}`)).toEqual([
      "hs.test /.well-known/matrix/server",
      "matrix.hs.test /_matrix/key/v2/server",
    ]);
    const thief = { name: "hs.test", authorize: (await testHomeserver(network, "thief.test")).authorize };
    expect(await unbound(program, thief)).toBe("M_FORBIDDEN");
  } finally {
    await program.close();
  }
});

it.each([
  { what: "whose address the operator does not allow", changed: { allow_private: [] } },
  { what: "whose authority the operator does not know", changed: { ca_file: undefined } },
  { what: "that the operator's name servers do not know", changed: { dns_servers: ["127.0.0.1:1"] } },
])("a homeserver $what is not asked", async ({ changed }) => {
  const { dial, options } = network;
  const homeserver = await testHomeserver(network, `hs-${Object.keys(changed)[0]?.replace("_", "-")}.test`);
  const program = await composed({ ...options, ...changed }, [], { dial });
  try {
    expect(await unbound(program, homeserver)).toBe("M_FORBIDDEN");
    expect(homeserver.received).toEqual([]);
  } finally {
    await program.close();
  }
});

it.each([
  { refuse: [], want: 200 },
  { refuse: ["8.8.8.0/24"], want: "M_FORBIDDEN" },
])("a homeserver at a public address is asked unless the operator refuses $refuse", async ({ refuse, want }) => {
  const homeserver = await testHomeserver(network, "public.test", "name");
  network.dns.set("public.test", { addresses: ["8.8.8.8"] });
  const program = await composed({ ...network.options, allow_private: [], refuse }, [], {
    dial: ({ port }: { port: number }) => network.dial({ address: homeserver.address, port }),
  });
  try {
    expect(await unbound(program, homeserver)).toBe(want);
  } finally {
    await program.close();
  }
});

it("a homeserver with a certificate of nobody's is asked where certificates do not count", async () => {
  const { dial, options } = network;
  const homeserver = await testHomeserver(network, "nobodys.test");
  const program = await composed({ ...options, ca_file: undefined, verify_certificates: false }, [], { dial });
  try {
    expect(await unbound(program, homeserver)).toBe(200);
  } finally {
    await program.close();
  }
});

it("a homeserver that the operator gave an address for is asked there and nowhere else", async () => {
  const { dial, options } = network;
  const homeserver = await testHomeserver(network, "fixed.test");
  const program = await composed(options, [{ name: "fixed.test", base_url: plainUrl }], { dial });
  try {
    expect(await unbound(program, homeserver)).toBe("M_FORBIDDEN");
    expect([asked, homeserver.received]).toEqual([["/_matrix/key/v2/server"], []]);
  } finally {
    await program.close();
  }
});
