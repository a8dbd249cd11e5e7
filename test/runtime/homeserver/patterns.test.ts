import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyOf, pattern } from "../../../runtime/homeserver/domain/patterns.js";

describe("an operator's pattern", () => {
  it.each([
    { source: "*@example.org", fits: ["a@example.org", "A@EXAMPLE.org"], not: ["a@example.org.evil", "example.org"] },
    { source: "49*", fits: ["49", "4930901820"], not: ["149", "4"] },
    { source: "a*b*c", fits: ["abc", "a1b2c", "abbcc"], not: ["ac", "acb", "abcd"] },
    { source: "aa*aa", fits: ["aaaa", "aaxaa"], not: ["aaa", "aa"] },
    { source: "*", fits: ["", "anything"], not: [] },
    { source: "exact.one", fits: ["exact.one"], not: ["exactXone", "exact.one1", ""] },
  ])("$source covers the whole text", ({ source, fits, not }) => {
    const matches = pattern(source);
    expect([fits.filter(matches), not.filter(matches)]).toEqual([fits, []]);
  });

  it("means what the same pattern means as a regular expression", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 });
    const texts = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 10 });
    fc.assert(
      fc.property(letters, texts, (source, text) => {
        const expression = new RegExp(`^${source.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
        expect(pattern(source)(text)).toBe(expression.test(text));
      }),
    );
  });

  it("of which none is given matches nothing", () => {
    expect(anyOf([])("anything")).toBe(false);
  });

  it("takes no longer for a text made to be slow", () => {
    const matches = pattern(`${"a*".repeat(50)}b`);
    expect(matches("a".repeat(100_000))).toBe(false);
  });
});
