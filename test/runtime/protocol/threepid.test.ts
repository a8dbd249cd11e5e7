import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldCase } from "../../../runtime/protocol/case-folding.js";
import { commonFoldings, fullFoldings } from "../../../runtime/protocol/case-folding-table.js";
import { ProtocolError } from "../../../runtime/protocol/errors.js";
import { lookupHash, plainLookup } from "../../../runtime/protocol/lookup-hash.js";
import { redactAddress } from "../../../runtime/protocol/redaction.js";
import { canonicalAddress, foreignThreepid, parseEmail, parsePhone } from "../../../runtime/protocol/threepid.js";
import { lookupHashes } from "./known-answers.js";

const errcodeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProtocolError) return error.errcode;
    throw error;
  }
  return "none";
};

describe("case folding", () => {
  it.each([
    ["Strauß@Example.com", "strauss@example.com"],
    ["ẞ", "ss"],
    ["İ", "i\u0307"],
    ["I", "i"],
    ["ı", "ı"],
    ["ﬃ", "ffi"],
    ["ΣΑΣ ς", "σασ σ"],
    ["ᏸ", "Ᏸ"],
    ["Ꭰ", "Ꭰ"],
    ["ꭰ", "Ꭰ"],
    ["ŉ", "ʼn"],
    ["ΐ", "ι\u0308\u0301"],
    ["𐐀", "𐐨"],
    ["Ω", "ω"],
    ["K", "k"],
    ["ſ", "s"],
    ["Ǆǅǆ", "ǆǆǆ"],
    ["Ѐя日本", "ѐя日本"],
  ])("folds %s to %s", (given, want) => {
    expect(foldCase(given)).toBe(want);
  });

  it("has every mapping of Unicode 16", () => {
    expect(commonFoldings.reduce((sum, [, count]) => sum + count, 0)).toBe(1453);
    expect(fullFoldings).toHaveLength(104);
  });

  it("folds what is folded to itself, and both cases alike", () => {
    // Up to where the platform's Unicode may know letters that version 16 does not.
    for (const codePoint of [...range(0, 0xa7c0), ...range(0xab30, 0xd800), ...range(0xe000, 0x10d50)]) {
      const character = String.fromCodePoint(codePoint);
      const folded = foldCase(character);
      if (foldCase(folded) !== folded) expect.fail(`U+${codePoint.toString(16)} is not stable`);
      // Dotless ı alone stays apart although its upper case is a plain I.
      const upper = foldCase(character.toUpperCase());
      if (upper !== folded && character !== "ı") expect.fail(`U+${codePoint.toString(16)} differs in upper case`);
    }
  });
});

describe("case folding of any text", () => {
  const text = fc.string({ unit: "binary" });

  it("folds character by character, and what is folded stays as it is", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(foldCase(one + other)).toBe(foldCase(one) + foldCase(other));
        expect(foldCase(foldCase(one))).toBe(foldCase(one));
      }),
      { numRuns: 500 },
    );
  });

  it("takes addresses that differ in case alone for one", () => {
    const local = fc.stringMatching(/^[a-zA-Zß-öø-ÿΑ-ΡΣ-Ωα-ωА-яſK]{1,20}$/u);
    fc.assert(
      fc.property(local, local, (name, host) => {
        const spelt = (spelling: string) => parseEmail(spelling).address;
        const address = `${name}@${host}.example`;
        expect(spelt(address.toUpperCase())).toBe(spelt(address));
        expect(spelt(spelt(address))).toBe(spelt(address));
        expect(canonicalAddress("email", address.toUpperCase())).toBe(spelt(address));
      }),
      { numRuns: 500 },
    );
  });
});

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("email addresses", () => {
  it.each([
    ["alice@example.org", "alice@example.org"],
    ["Alice.B+tag@Example.ORG", "alice.b+tag@example.org"],
    ["o'brien@example.org", "o'brien@example.org"],
    ["δοκιμή@παράδειγμα.ευ", "δοκιμή@παράδειγμα.ευ"],
    ["root@localhost", "root@localhost"],
    ["a@b.c", "a@b.c"],
    [`${"a".repeat(488)}@example.org`, `${"a".repeat(488)}@example.org`],
  ])("accepts %s", (given, address) => {
    expect(parseEmail(given)).toEqual({ address, destination: given });
  });

  it.each([
    ["Strauß@Example.com", "strauss@example.com"],
    ["admin@straße.example", "admin@strasse.example"],
    ["admin@σοφός.example", "admin@σοφόσ.example"],
    ["\u017fam@example.org", "sam@example.org"],
    ["\u212aate@example.org", "kate@example.org"],
    ["ÅSA@example.org", "åsa@example.org"],
  ])("mails %s as it is stored: the typed form may be somebody else's mailbox", (given, address) => {
    expect(parseEmail(given)).toEqual({ address, destination: address });
  });

  it.each([
    "",
    "alice",
    "@example.org",
    "alice@",
    "a@b.test@c.test",
    "user@bad@good",
    "A <a@b.test>",
    "<a@b.test>",
    "mailto:a@b.test",
    "a@b.test,c@d.test",
    "a@b.test;c@d.test",
    "a b@c.test",
    "a@b.test ",
    "\u00a0a@b.test",
    "a@b\u2028.test",
    "a@b\u200b.test",
    "a@b.test\r\nBcc: c@d.test",
    "a\0@b.test",
    '"a"@b.test',
    "a(comment)@b.test",
    "a@[127.0.0.1]",
    "a\\@b.test",
    "a%c.test@b.test",
    ".a@b.test",
    "a.@b.test",
    "a..b@c.test",
    "a@b..test",
    "a@.test",
    "a@b.test.",
    "a@-b.test",
    "a@b/c.test",
    "a@b.test?c",
    "a@b!c.test",
    "a@b.test#c",
    "\ud800@b.test",
    `${"a".repeat(489)}@example.org`,
    `${"ﬃ".repeat(200)}@example.org`,
  ])("refuses %j", (given) => {
    expect(errcodeOf(() => parseEmail(given))).toBe("M_INVALID_EMAIL");
  });

  it("judges any text in little time, and only by a protocol error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        expect(["none", "M_INVALID_EMAIL"]).toContain(errcodeOf(() => parseEmail(text)));
      }),
    );
    expect(errcodeOf(() => parseEmail(`${"a.".repeat(200_000)}@`))).toBe("M_INVALID_EMAIL");
  });
});

describe("phone numbers", () => {
  it.each([
    ["GB", "07400123456", "447400123456", "+44 7400 123456", "GB"],
    ["GB", "+44 7400 123456", "447400123456", "+44 7400 123456", "GB"],
    ["gb", "07400 123456", "447400123456", "+44 7400 123456", "GB"],
    ["US", "(201) 555-0123", "12015550123", "+1 201 555 0123", "US"],
    ["GB", "+1 201 555 0123", "12015550123", "+1 201 555 0123", "US"],
    ["IT", "06 12345678", "390612345678", "+39 06 1234 5678", "IT"],
  ])("reads %s %s", (country, number, msisdn, intlFmt, dialled) => {
    expect(parsePhone(country, number)).toEqual({ msisdn, intlFmt, country: dialled });
  });

  it.each([
    ["GB", ""],
    ["GB", "123"],
    ["GB", "not a number"],
    ["GB", "call 07400123456 now"],
    ["GB", "07400123456 ext. 5"],
    ["GB", "0".repeat(1000)],
    ["XX", "07400123456"],
    ["", "+447400123456"],
    ["__proto__", "+447400123456"],
    ["constructor", "+447400123456"],
  ])("refuses %s %s", (country, number) => {
    expect(errcodeOf(() => parsePhone(country, number))).toBe("M_INVALID_ADDRESS");
  });

  it("finds stored numbers with and without plus", () => {
    expect(canonicalAddress("msisdn", "+447400123456")).toBe("447400123456");
    expect(canonicalAddress("email", "ALICE@Straße.de")).toBe("alice@strasse.de");
  });
});

describe("what another server calls a threepid", () => {
  it.each([
    ["email", "Alice@Example.org", "alice@example.org"],
    ["email", `${"a".repeat(488)}@example.org`, `${"a".repeat(488)}@example.org`],
    ["msisdn", "447400123456", "447400123456"],
    ["msisdn", "+447400123456", "447400123456"],
  ])("is one in its canonical form: %s %.30s", (medium, address, canonical) => {
    expect(foreignThreepid(medium, address)).toEqual({ medium, address: canonical });
  });

  it.each([
    ["email", `${"a".repeat(489)}@example.org`],
    ["email", "alice"],
    ["email", "alice@example.org "],
    ["msisdn", "0447400123456"],
    ["msisdn", "4474001234567890"],
    ["msisdn", "++447400123456"],
    ["msisdn", "44-7400"],
    ["pigeon", "coo"],
    ["__proto__", "alice@example.org"],
  ])("is none: %s %.30s", (medium, address) => {
    expect(foreignThreepid(medium, address)).toBeUndefined();
  });
});

describe("lookups and display", () => {
  it.each(lookupHashes)("hashes %s %s with %s", (address, medium, pepper, want) => {
    expect(lookupHash({ address, medium }, pepper)).toBe(want);
    expect(plainLookup({ address, medium })).toBe(`${address} ${medium}`);
  });

  it.each([
    ["longname@longdomain.example", "lon...@lon..."],
    ["ab@cd.ef", "a...@cd...."],
    ["a@b.c", "...@b..."],
    ["😀😀@b.cde", "😀...@b.c..."],
  ])("shows %s as %s", (given, want) => {
    expect(redactAddress(given)).toBe(want);
  });
});
