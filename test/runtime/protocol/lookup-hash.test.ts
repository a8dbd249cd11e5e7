import fc from "fast-check";
import { expect, it } from "vitest";
import { isLookupHash, lookupHashBytes } from "../../../runtime/protocol/lookup-hash.js";

it("reads the bytes of each hash, however many there are", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 })), (made) => {
      const texts = made.map((bytes) => Buffer.from(bytes).toString("base64url"));
      expect(texts.every(isLookupHash)).toBe(true);
      expect(lookupHashBytes(texts)).toEqual(made);
    }),
  );
});

it.each([
  ["too short", "A".repeat(42)],
  ["too long", "A".repeat(44)],
  ["of the other alphabet", `${"A".repeat(41)}+A`],
  ["padded", `${"A".repeat(43)}=`],
  ["with a line's end", `${"A".repeat(43)}\n`],
  ["a second spelling of the same bytes", `${"A".repeat(42)}B`],
  ["nothing", ""],
])("takes no text for a hash that is %s", (_what, text) => {
  expect(isLookupHash(text)).toBe(false);
});
