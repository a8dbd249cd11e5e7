import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dns, dns } from "../../../runtime/federation/dns.js";
import { addressesInHosts } from "../../../runtime/federation/hosts-file.js";
import { type DnsServer, dnsServer } from "../../support/dns-server.js";

let server: DnsServer;
let asked: Dns;
beforeAll(async () => {
  server = await dnsServer();
  asked = dns([server.address]);
});
afterAll(() => server.close());

describe("addresses", () => {
  it("are those of both families", async () => {
    server.set("both.test", { addresses: ["192.0.2.7", "2001:db8::7", "192.0.2.8"] });
    expect(await asked.addresses("both.test")).toEqual(["192.0.2.7", "192.0.2.8", "2001:db8::7"]);
  });

  it("are found behind an alias", async () => {
    server.set("alias.test", { alias: "Host.test" });
    server.set("host.test", { addresses: ["192.0.2.9"] });
    expect(await asked.addresses("alias.test")).toEqual(["192.0.2.9"]);
  });

  it("are none for a name that does not exist, or has other records", async () => {
    server.set("_srv.test", { services: [] });
    expect(await asked.addresses("nowhere.test")).toEqual([]);
    expect(await asked.addresses("_srv.test")).toEqual([]);
  });

  it("are those of one family where the other cannot be asked for", async () => {
    server.set("half.test", () =>
      server.questions.at(-1) === "A half.test" ? { addresses: ["192.0.2.11"] } : "fails",
    );
    expect(await asked.addresses("half.test")).toEqual(["192.0.2.11"]);
  });

  it("of one name are found while nobody answers for a hundred others", async () => {
    server.set("good.test", { addresses: ["192.0.2.12"] });
    let unanswered = 100;
    for (let i = 0; i < 100; i += 1) {
      server.set(`silent${i}.test`, "silent");
      void asked.addresses(`silent${i}.test`).catch(() => {
        unanswered -= 1;
      });
    }
    expect(await asked.addresses("good.test")).toEqual(["192.0.2.12"]);
    expect(unanswered).toBe(100);
  });
});

describe("where no server is named, addresses", () => {
  const folder = mkdtempSync(join(tmpdir(), "threepid-hosts-"));
  const hosts = join(folder, "hosts");
  writeFileSync(
    hosts,
    "192.0.2.1 own.test Own2.test # not.test\n\n# 192.0.2.2 commented.test\n2001:db8::1\town.test\n192.0.2.1 own.test\nno-address own.test\n",
  );
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["own.test", ["192.0.2.1", "2001:db8::1"]],
    ["OWN.TEST.", ["192.0.2.1", "2001:db8::1"]],
    ["own2.test", ["192.0.2.1"]],
    ["localhost", ["127.0.0.1", "::1"]],
    ["a.localhost", ["127.0.0.1", "::1"]],
  ])("of %s are those of this machine's own table", async (name, addresses) => {
    expect(await dns([], hosts).addresses(name)).toEqual(addresses);
  });

  it.each(["not.test", "commented.test", "wn.test"])("of %s do not stand in the table", async (name) => {
    expect(await addressesInHosts(hosts, name)).toEqual([]);
    expect(await addressesInHosts(join(folder, "none"), name)).toEqual([]);
  });

  it("of a name that the operator listed are asked of all that this machine knows", async () => {
    expect(await dns([], hosts).addresses("127.0.0.1", true)).toEqual(["127.0.0.1"]);
  });
});

describe("services", () => {
  it("have their targets, ports, priorities and weights", async () => {
    server.set("_matrix-fed._tcp.a.test", {
      services: [
        { target: "b.test", port: 443, priority: 10, weight: 5 },
        { target: "", port: 0 },
      ],
    });
    expect(await asked.services("_matrix-fed._tcp.a.test")).toEqual([
      { target: "b.test", port: 443, priority: 10, weight: 5 },
      { target: "", port: 0, priority: 0, weight: 0 },
    ]);
  });

  it("are none where there are none", async () => {
    expect(await asked.services("_matrix._tcp.a.test")).toEqual([]);
  });

  it("never have a target that is no host name", async () => {
    const targets = ["a/b", "user@host", "a b", "a:1", "x\\y", "good.test"];
    server.set("_matrix-fed._tcp.odd.test", { services: targets.map((target) => ({ target, port: 1 })) });
    const found = await asked.services("_matrix-fed._tcp.odd.test");
    expect(found.map(({ target }) => target)).toEqual(["good.test"]);
  });

  it("are not more than anybody needs", async () => {
    const services = Array.from({ length: 22 }, (_, port) => ({ target: "t", port }));
    server.set("_matrix-fed._tcp.many.test", { services });
    expect((await asked.services("_matrix-fed._tcp.many.test")).length).toBe(20);
  });
});

it("a server that fails is no server that says no", async () => {
  server.set("broken.test", "fails");
  await expect(asked.addresses("broken.test")).rejects.toMatchObject({ code: "ESERVFAIL" });
  await expect(asked.services("broken.test")).rejects.toMatchObject({ code: "ESERVFAIL" });
});
