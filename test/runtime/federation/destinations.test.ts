import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { destinations } from "../../../runtime/federation/destinations.js";

describe("destinations that strangers may choose", () => {
  const { mayConnectTo } = destinations();

  it.each([
    "8.8.8.8",
    "93.184.215.14",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001:829::200e",
    "[2606:4700::1111]",
    "::ffff:8.8.8.8",
    "::ffff:808:808",
    "64:ff9b::8.8.8.8",
  ])("include %s", (address) => expect(mayConnectTo(address)).toBe(true));

  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "[::1]",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "0:0:0:0:0:ffff:7f00:0001",
    "::ffff:0:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "5f00::1",
  ])("exclude %s", (address) => expect(mayConnectTo(address)).toBe(false));

  it.each(["localhost", "example.org", "", "2130706433", "0x7f.1", "127.1", "8.8.8.8.", "1.2.3", "::1::"])(
    "exclude %j, which is no address",
    (text) => expect(mayConnectTo(text)).toBe(false),
  );
});

describe("an IPv4 address", () => {
  const { mayConnectTo } = destinations();
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  const anyAddress = fc.oneof(
    octets,
    octets.map(([, b, c, d]): [number, number, number, number] => [10, b, c, d]),
    octets.map(([, , c, d]): [number, number, number, number] => [192, 168, c, d]),
  );
  const halves = ([a, b, c, d]: readonly [number, number, number, number]): string =>
    `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;

  it("is judged alike in every form that leads to it", () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const dotted = address.join(".");
        const forms = [`::ffff:${dotted}`, `::ffff:${halves(address)}`, `0:0:0:0:0:FFFF:${halves(address)}`];
        const nat64 = [`64:ff9b::${dotted}`, `64:ff9b::${halves(address)}`];
        for (const form of [...forms, ...nat64, `[${forms[0]}]`]) {
          expect(mayConnectTo(form), form).toBe(mayConnectTo(dotted));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is never reached through 6to4, Teredo, or the forms that nobody uses any more", () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const forms = [`2002:${halves(address)}::1`, `2001:0:${halves(address)}::`, `::${halves(address)}`];
        for (const form of [...forms, `::ffff:0:${halves(address)}`, `64:ff9b:1::${halves(address)}`]) {
          expect(mayConnectTo(form), form).toBe(false);
        }
      }),
    );
  });
});

it("whatever is not an address is no destination", () => {
  const { mayConnectTo } = destinations(["127.0.0.0/8"]);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.domain(), fc.nat().map(String)), (text) => {
      expect(isIP(text.replace(/^\[|\]$|%.*$/g, "")) !== 0 || !mayConnectTo(text)).toBe(true);
    }),
  );
});

describe("destinations that the operator lists", () => {
  const listed = destinations(["127.0.0.1", "10.1.0.0/16", "fd00::/8", "[::1]", "Intern.example"]);

  it.each(["127.0.0.1", "10.1.255.1", "fd00::1", "::1", "8.8.8.8"])("include %s", (address) =>
    expect(listed.mayConnectTo(address)).toBe(true),
  );
  it.each(["127.0.0.2", "10.2.0.1", "fc00::1"])("exclude %s", (address) =>
    expect(listed.mayConnectTo(address)).toBe(false),
  );

  it.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "fd00::/129", "10.0.0.0/-1"])("may not be %s", (entry) => {
    expect(() => destinations([entry])).toThrow(/is no network/);
  });

  it("include host names in any case, and no others", () => {
    expect(listed.isListed("intern.EXAMPLE")).toBe(true);
    expect(listed.isListed("extern.example")).toBe(false);
    expect(listed.isListed("127.0.0.1")).toBe(false);
  });
});

describe("destinations that the operator refuses", () => {
  const { mayConnectTo } = destinations(["8.8.8.9"], ["8.8.8.0/24", "2a00::/16"]);

  it.each(["8.8.8.8", "::ffff:8.8.8.8", "::ffff:808:808", "64:ff9b::8.8.8.8", "2a00:1450::1", "127.0.0.1", "::1"])(
    "exclude %s",
    (address) => expect(mayConnectTo(address)).toBe(false),
  );
  it.each(["8.8.9.8", "64:ff9b::8.8.9.8", "2606:4700::1111", "8.8.8.9"])("include %s", (address) =>
    expect(mayConnectTo(address)).toBe(true),
  );
});
