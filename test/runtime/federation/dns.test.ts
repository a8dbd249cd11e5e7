import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dns, dns } from "../../../runtime/federation/dns.js";
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

  it("are asked of this machine where no server is named", async () => {
    expect(await dns().addresses("127.0.0.1")).toEqual(["127.0.0.1"]);
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
