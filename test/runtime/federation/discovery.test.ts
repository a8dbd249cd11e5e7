import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { discover, inOrderOfService, type Place, type ServiceRecord } from "../../../runtime/federation/discovery.js";
import { parseServerName, type ServerName } from "../../../runtime/protocol/identifiers.js";

const named = (text: string): ServerName => {
  const name = parseServerName(text);
  if (name === undefined) throw new Error(`${text} is no server name`);
  return name;
};

/** What the world outside says: delegations by host, SRV records by their whole name. */
interface World {
  readonly delegations?: Readonly<Record<string, string>>;
  readonly services?: Readonly<Record<string, readonly ServiceRecord[]>>;
}

const record = (target: string, port: number, priority = 0, weight = 0): ServiceRecord => ({
  target,
  port,
  priority,
  weight,
});

const own = <Value>(entries: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

const ask = async (name: string, { delegations = {}, services = {} }: World) => {
  const asked: string[] = [];
  const places = await discover(named(name), {
    delegatedName: async (host) => {
      asked.push(`well-known ${host}`);
      const delegated = own(delegations, host);
      return delegated === undefined ? undefined : named(delegated);
    },
    services: async (service) => {
      asked.push(service);
      return own(services, service) ?? [];
    },
  });
  return { asked, places: places.map(({ host, port, hostHeader }) => `${host} ${port} as ${hostHeader}`) };
};

describe("a homeserver", () => {
  it.each([
    { step: "1, an address", name: "1.2.3.4", places: ["1.2.3.4 8448 as 1.2.3.4"] },
    { step: "1, an address with a port", name: "1.2.3.4:99", places: ["1.2.3.4 99 as 1.2.3.4:99"] },
    { step: "1, an IPv6 address", name: "[::1]", places: ["[::1] 8448 as [::1]"] },
    { step: "1, an IPv6 address with a port", name: "[::1]:99", places: ["[::1] 99 as [::1]:99"] },
    { step: "2, a port", name: "a.test:99", places: ["a.test 99 as a.test:99"] },
    { step: "3.1, delegation to an address", to: "1.2.3.4", places: ["1.2.3.4 8448 as 1.2.3.4"] },
    { step: "3.1, delegation to an address and a port", to: "[::1]:99", places: ["[::1] 99 as [::1]:99"] },
    { step: "3.2, delegation to a port", to: "b.test:99", places: ["b.test 99 as b.test:99"] },
    {
      step: "3.3, delegation to a name with SRV records",
      to: "b.test",
      services: { "_matrix-fed._tcp.b.test": [record("c.test", 1), record("d.test", 2)] },
      asks: ["_matrix-fed._tcp.b.test"],
      places: ["c.test 1 as b.test", "d.test 2 as b.test"],
    },
    {
      step: "3.4, delegation to a name with older SRV records",
      to: "b.test",
      services: { "_matrix._tcp.b.test": [record("c.test", 1)] },
      asks: ["_matrix-fed._tcp.b.test", "_matrix._tcp.b.test"],
      places: ["c.test 1 as b.test"],
    },
    {
      step: "3.5, delegation to a name without SRV records",
      to: "b.test",
      services: { "_matrix-fed._tcp.a.test": [record("c.test", 1)] },
      asks: ["_matrix-fed._tcp.b.test", "_matrix._tcp.b.test"],
      places: ["b.test 8448 as b.test"],
    },
    {
      step: "4, SRV records",
      services: { "_matrix-fed._tcp.a.test": [record("c.test", 1)], "_matrix._tcp.a.test": [record("d.test", 2)] },
      asks: ["_matrix-fed._tcp.a.test"],
      places: ["c.test 1 as a.test"],
    },
    {
      step: "5, older SRV records",
      services: { "_matrix._tcp.a.test": [record("c.test", 1)] },
      asks: ["_matrix-fed._tcp.a.test", "_matrix._tcp.a.test"],
      places: ["c.test 1 as a.test"],
    },
    {
      step: "6, its name alone",
      asks: ["_matrix-fed._tcp.a.test", "_matrix._tcp.a.test"],
      places: ["a.test 8448 as a.test"],
    },
    {
      step: "4, SRV records that say there is none",
      services: { "_matrix-fed._tcp.a.test": [record(".", 0)] },
      asks: ["_matrix-fed._tcp.a.test"],
      places: [],
    },
    {
      step: "3.3, delegation to itself, which leads no further",
      to: "a.test",
      services: { "_matrix-fed._tcp.a.test": [record("c.test", 1)] },
      asks: ["_matrix-fed._tcp.a.test"],
      places: ["c.test 1 as a.test"],
    },
  ])("is found by step $step", async ({ name = "a.test", to, services = {}, asks = [], places }) => {
    const world = { delegations: to === undefined ? {} : { "a.test": to }, services };
    const isSaid = name !== "a.test";
    expect(await ask(name, world)).toEqual({ asked: isSaid ? [] : ["well-known a.test", ...asks], places });
  });

  it("keeps the case of its name: only DNS does not mind", async () => {
    expect((await ask("A.Test", {})).places).toEqual(["A.Test 8448 as A.Test"]);
  });
});

const hosts = ["a.test", "b.test", "c.test", "1.2.3.4", "[2001:db8::1]"] as const;
const anyName = fc
  .tuple(fc.constantFrom(...hosts), fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }))
  .map(([host, port]) => (port === undefined ? host : `${host}:${port}`));
const anyRecords = fc.array(
  fc.record({
    target: fc.constantFrom("c.test", "d.test", "."),
    port: fc.integer({ min: 0, max: 65_535 }),
    priority: fc.integer({ min: 0, max: 2 }),
    weight: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 4 },
);
const serviceNames = hosts.flatMap((host) => [`_matrix-fed._tcp.${host}`, `_matrix._tcp.${host}`]);
const anyWorld = fc.record({
  delegations: fc.dictionary(fc.constantFrom(...hosts), anyName),
  services: fc.dictionary(fc.constantFrom(...serviceNames), anyRecords),
});

/** The specification's list of steps, word by word and without states. */
const bySteps = (name: ServerName, { delegations, services }: Required<World>, delegated = false): string[] => {
  const withPort = name.port === undefined ? name.host : `${name.host}:${name.port}`;
  if (name.kind !== "dns") return [`${name.host} ${name.port ?? 8448} as ${withPort}`];
  if (name.port !== undefined) return [`${name.host} ${name.port} as ${withPort}`];
  const to = own(delegations, name.host);
  if (!delegated && to !== undefined) return bySteps(named(to), { delegations, services }, true);
  for (const service of ["_matrix-fed._tcp", "_matrix._tcp"]) {
    const records = own(services, `${service}.${name.host}`) ?? [];
    const offered = records.filter(({ target }) => target !== ".");
    if (records.length > 0) return offered.map(({ target, port }) => `${target} ${port} as ${name.host}`);
  }
  return [`${name.host} 8448 as ${name.host}`];
};

describe("in any world, discovery", () => {
  it("finds what the specification's steps find, with few questions, each asked once", async () => {
    await fc.assert(
      fc.asyncProperty(anyName, anyWorld, async (name, world) => {
        const { asked, places } = await ask(name, world);
        expect(places).toEqual(bySteps(named(name), world));
        expect(asked.length).toBeLessThanOrEqual(3);
        expect(new Set(asked).size).toBe(asked.length);
        expect(asked.filter((question) => question.startsWith("well-known")).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  it("never lets SRV records choose whose certificate counts", async () => {
    await fc.assert(
      fc.asyncProperty(anyName, anyWorld, async (name, world) => {
        const { host } = named(name);
        const delegated = own(world.delegations, host);
        const rightful = [name, ...(delegated === undefined ? [] : [delegated])];
        const { places } = await ask(name, world);
        for (const place of places) expect(rightful).toContain(place.replace(/^.* as /, ""));
      }),
    );
  });
});

describe("the order of SRV records", () => {
  it("has every record once, and lower priorities first, whatever chance says", () => {
    fc.assert(
      fc.property(anyRecords, fc.infiniteStream(fc.nat()), (records, chance) => {
        const ordered = inOrderOfService(records, (bound) => Number(chance.next().value) % bound);
        expect(ordered.toSorted(byText)).toEqual(records.toSorted(byText));
        const priorities = ordered.map(({ priority }) => priority);
        expect(priorities).toEqual(priorities.toSorted((one, other) => one - other));
      }),
    );
  });

  it("follows the weights among equals", () => {
    const records = [record("light", 1, 0, 1), record("heavy", 1, 0, 3), record("seldom", 1, 0, 0)];
    const first = (chance: number) => inOrderOfService(records, (bound) => Math.min(chance, bound - 1))[0]?.target;
    expect([0, 1, 2, 3, 4].map(first)).toEqual(["seldom", "light", "heavy", "heavy", "heavy"]);
  });
});

const byText = (one: ServiceRecord, other: ServiceRecord): number =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;

it("a place says all that a connection needs", async () => {
  const places = await discover(named("a.test:1"), {
    delegatedName: () => Promise.reject(new Error("asked")),
    services: () => Promise.reject(new Error("asked")),
  });
  expect(places).toEqual<Place[]>([{ host: "a.test", port: 1, hostHeader: "a.test:1" }]);
});
