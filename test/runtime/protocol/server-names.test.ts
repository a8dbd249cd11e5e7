import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseServerName } from "../../../runtime/protocol/identifiers.js";

const label = fc.stringMatching(/^[0-9A-Za-z-]{1,12}$/);
const dnsName = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
/** Text that is often nearly an address. */
const almost = (...units: readonly string[]) =>
  fc.array(fc.constantFrom(...units), { maxLength: 12 }).map((parts) => parts.join(""));
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const written = (host: string, number: number | undefined): string =>
  number === undefined ? host : `${host}:${number}`;

describe("a server name", () => {
  it("of letters, digits, dashes and dots is read as it was written", () => {
    fc.assert(
      fc.property(dnsName, port, (host, number) => {
        const kind = isIPv4(host) ? "ipv4" : "dns";
        const read = parseServerName(written(host, number));
        if (kind === "dns" && /^\d+\.\d+\.\d+\.\d+$/.test(host)) expect(read).toBeUndefined();
        else expect(read).toEqual({ host, port: number, kind });
      }),
    );
  });

  it("in IPv4 has the addresses that the system knows, and no others", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), almost("1", "25", "255", "256", "0", "00", ".", ".")), port, (text, number) => {
        const isOne = parseServerName(written(text, number))?.kind === "ipv4";
        expect(isOne).toBe(isIPv4(text));
      }),
      { numRuns: 500 },
    );
  });

  it("in IPv6 has the addresses that the system knows, and no others", () => {
    const nearly = almost("1", "ffff", "0", ":", ":", "::", "1.2.3.4", "12345", ".", "G");
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), nearly), port, (text, number) => {
        const read = parseServerName(written(`[${text}]`, number));
        expect(read).toEqual(isIPv6(text) ? { host: `[${text}]`, port: number, kind: "ipv6" } : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it.each(["1.2.3.4::", "::1.2.3.4::", "1.2.3.4::1", "::1.2.3.4:1"])(
    "has no IPv4 address before the end: [%s]",
    (text) => {
      expect(parseServerName(`[${text}]`)).toBeUndefined();
    },
  );

  it("is one in any case, and never anything that its parts do not spell", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "binary" }), almost("a", ".", ":", "[", "]", "1")),
        (text) => {
          const read = parseServerName(text);
          if (read === undefined) return;
          const { host, port: number } = read;
          expect(text.startsWith(host)).toBe(true);
          expect(number === undefined ? "" : String(number)).toBe(text.slice(host.length).replace(/^:0*/, ""));
          expect(text).toMatch(/^[0-9A-Za-z.:[\]-]{1,261}$/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each(["01.2.3.4", "1.2.3.04", "0177.0.0.1", "1.2.3.1234", "[::01.2.3.4]", "[::1%eth0]"])("is not %s", (text) => {
    expect(parseServerName(text)).toBeUndefined();
  });
});
