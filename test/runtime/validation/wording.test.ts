import { expect, it } from "vitest";
import { wordingOf } from "../../../runtime/validation/wording.js";

const worded = (target: string, language?: string) =>
  wordingOf({ target, header: (name) => (name === "accept-language" ? language : undefined) });

it.each([
  ["/x", undefined, undefined, undefined],
  ["/x?brand=acme", undefined, "acme", undefined],
  ["/x?sid=1&brand=acme&lang=de", "fr", "acme", "de"],
  ["/x?a=brand=b", "de-AT,de;q=0.9, en;q=0.8", undefined, "de-AT,de;q=0.9, en;q=0.8"],
  ["/x?brand=a&brand=b&lang=de&lang=en", "fr", undefined, "fr"],
  ["/x?brand=%3Cscript%3E&lang=%0D%0ABcc", "fr", undefined, undefined],
  ["/x?brand=..%2Fetc", "\u0000", undefined, undefined],
  ["/x?brand=", undefined, undefined, undefined],
  [`/x?brand=${"a".repeat(65)}`, "a".repeat(201), undefined, undefined],
])("of %j with Accept-Language %j is %j in %j", (target, accepted, brand, language) => {
  expect(worded(target, accepted)).toEqual({ brand, language });
});
