import { describe, expect, it } from "vitest";
import {
  errcodes,
  invalidPepper,
  limitExceeded,
  ProtocolError,
  protocolError,
} from "../../../runtime/protocol/errors.js";
import { passwords } from "../../../runtime/protocol/password.js";
import {
  newAccessToken,
  newCode,
  newLinkToken,
  newSid,
  sameSecret,
  systemRandom,
  tokenHash,
} from "../../../runtime/protocol/tokens.js";

describe("tokens", () => {
  it.each([
    [newSid, /^[0-9A-Za-z]{24}$/, 12],
    [newLinkToken, /^[0-9A-Za-z]{32}$/, 12],
    // Of a million two may well be alike among a dozen.
    [newCode, /^[0-9]{6}$/, 10],
    [newAccessToken, /^[0-9A-Za-z]{43}$/, 12],
  ])("%o has its shape, and is another each time", (make, shape, different) => {
    expect(make(systemRandom)).toMatch(shape);
    const made = new Set(Array.from({ length: 12 }, () => make(systemRandom)));
    expect(made.size).toBeGreaterThanOrEqual(different);
  });

  it("favours no character: bytes that would are thrown away", () => {
    let next = 0;
    const everyByte = { bytes: (size: number) => Uint8Array.from({ length: size }, () => next++ % 256) };
    const counts = new Map<string, number>();
    // 24 full rounds over the 250 bytes that decide fairly between ten digits.
    for (let i = 0; i < 1000; i++)
      for (const digit of newCode(everyByte)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
    const [least, most] = [Math.min(...counts.values()), Math.max(...counts.values())];
    expect(counts.size).toBe(10);
    expect(most - least).toBeLessThan(60);
    expect(newCode({ bytes: (size) => Uint8Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 255 : 7)) })).toBe(
      "777777",
    );
  });

  it("compares secrets and hashes tokens", () => {
    expect(sameSecret("abc", "abc")).toBe(true);
    expect(sameSecret("abc", "abd")).toBe(false);
    expect(sameSecret("abc", "abcd")).toBe(false);
    expect(tokenHash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("passwords", () => {
  const settings = { cost: { logN: 10, r: 8, p: 1 }, concurrency: 1, queue: 2 };
  const weak = passwords(systemRandom, settings);

  it("keeps the cost beside the hash", async () => {
    const stored = await passwords(systemRandom).hash("wombat");
    expect(stored).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await passwords(systemRandom).verify("wombat", stored)).toEqual({ matches: true, rehash: false });
    expect(await weak.verify("wombat", stored)).toEqual({ matches: true, rehash: true });
  });

  it.each([
    ["the password", "wombat", true],
    ["another", "Wombat", false],
    ["nothing", "", false],
  ])("judges %s", async (_, given, matches) => {
    expect(await weak.verify(given, await weak.hash("wombat"))).toEqual({ matches, rehash: false });
  });

  it("takes equal spellings of one password for one", async () => {
    expect((await weak.verify("cafe\u0301", await weak.hash("caf\u00e9"))).matches).toBe(true);
  });

  it.each([
    ["no stored line", undefined],
    ["a line of another kind", "$2b$12$abcdefghijklmnopqrstuv"],
    [
      "a cost beyond reason",
      "$scrypt$ln=31,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
    ["an empty line", ""],
  ])("says no to %s", async (_, stored) => {
    expect(await weak.verify("wombat", stored)).toEqual({ matches: false, rehash: false });
  });

  it("bounds what runs and what waits", async () => {
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(() => weak.hash("wombat")));
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    expect(results[4]).toMatchObject({ reason: { errcode: "M_LIMIT_EXCEEDED", status: 429 } });
    // The places are free again.
    expect((await weak.verify("x", await weak.hash("x"))).matches).toBe(true);
  });

  it("leaves the event loop free", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await Promise.all([1, 2].map(() => passwords(systemRandom).hash("wombat")));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

describe("errors", () => {
  it("each have a status of the 4xx or 5xx kind and a text", () => {
    for (const [errcode, { status, error }] of Object.entries(errcodes)) {
      expect([errcode, status >= 400 && status < 600, error.length > 0]).toEqual([errcode, true, true]);
    }
  });

  it("carry what is special about them", () => {
    const error = protocolError("M_THREEPID_IN_USE", { extra: { mxid: "@a:b", errcode: "spoofed" } });
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error.body).toEqual({
      mxid: "@a:b",
      errcode: "M_THREEPID_IN_USE",
      error: "This address is in use already.",
    });
    expect(invalidPepper("sha256", "matrixrocks")).toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_PEPPER", algorithm: "sha256", lookup_pepper: "matrixrocks" },
    });
    expect(limitExceeded(1500.2)).toMatchObject({
      status: 429,
      extra: { retry_after_ms: 1501 },
      headers: { "Retry-After": "2" },
    });
  });
});
