import { expect, it } from "vitest";
import { openSealedText, sealText } from "../../../runtime/protocol/sealed-text.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { decodeBase64, encodeBase64 } from "../../../runtime/protocol/unpadded-base64.js";

const seal = (text = "a token") => sealText(systemRandom, text, "secret");

it("gives text back to whoever has the secret, and to nobody else", () => {
  for (const text of ["a token", "", "für alle 🔑"]) expect(openSealedText(seal(text), "secret")).toBe(text);
  expect(openSealedText(seal(), "Secret")).toBeUndefined();
});

it("is another text each time, and does not hold the one that is sealed", () => {
  const [one, other] = [seal(), seal()];
  expect(one).not.toBe(other);
  expect(Buffer.from(decodeBase64(one) ?? []).includes("token")).toBe(false);
});

it("opens nothing that was changed, or never sealed", () => {
  const bytes = decodeBase64(seal()) ?? new Uint8Array();
  for (const index of bytes.keys()) {
    const changed = bytes.map((byte, at) => (at === index ? byte ^ 1 : byte));
    expect(openSealedText(encodeBase64(changed), "secret")).toBeUndefined();
  }
  for (const text of ["", "short", "no base64!", encodeBase64(bytes.subarray(0, 20))]) {
    expect(openSealedText(text, "secret")).toBeUndefined();
  }
});
