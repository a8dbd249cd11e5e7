import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../runtime/protocol/canonical-json.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { decodeBase64 } from "../../../runtime/protocol/unpadded-base64.js";
import { formatXMatrix, parseXMatrix, signRequest, verifyRequest } from "../../../runtime/protocol/x-matrix.js";
import { signedUnbind, signing } from "./known-answers.js";

const key = signingKeyOf(signing.keyId, decodeBase64(signing.seed) ?? new Uint8Array());
const want = { origin: "a.example", destination: "b.example", key: "ed25519:1", signature: "c2ln" };

describe("the X-Matrix header", () => {
  it.each([
    ["as written today", 'X-Matrix origin="a.example",destination="b.example",key="ed25519:1",sig="c2ln"', want],
    ["as written before 1.3", "X-Matrix origin=a.example,key=ed25519:1,sig=c2ln", { ...want, destination: undefined }],
    [
      "in another case, order and spacing",
      'x-MATRIX  SIG="c2ln" ,\tkey=ed25519:1 , Destination = "b.example", oRigin=a.example',
      want,
    ],
    ["with escapes", 'X-Matrix origin="a\\.example",destination="b.\\e\\x\\ample",key="ed25519:1",sig="c2ln"', want],
    [
      "with base64 bare",
      "X-Matrix origin=a.example,destination=b.example,key=ed25519:1,sig=a+b/c==",
      { ...want, signature: "a+b/c==" },
    ],
    [
      "with ports",
      "X-Matrix origin=a.example:8448,destination=[::1]:80,key=ed25519:1,sig=c2ln",
      { ...want, origin: "a.example:8448", destination: "[::1]:80" },
    ],
    ["with `signature`", 'X-Matrix origin=a.example,destination=b.example,key=ed25519:1,signature="c2ln"', want],
    [
      "with an unknown parameter",
      'X-Matrix origin=a.example,destination=b.example,key=ed25519:1,sig=c2ln,x="y,z"',
      want,
    ],
    ["with empty elements", "X-Matrix origin=a.example,,destination=b.example, ,key=ed25519:1,sig=c2ln,", want],
  ])("is read %s", (_, header, expected) => {
    expect(parseXMatrix(header)).toEqual(expected);
  });

  it.each([
    ["another scheme", "Bearer abc"],
    ["no parameters", "X-Matrix "],
    ["no origin", "X-Matrix key=ed25519:1,sig=c2ln"],
    ["no key", "X-Matrix origin=a.example,sig=c2ln"],
    ["no signature", "X-Matrix origin=a.example,key=ed25519:1"],
    ["an open quote", 'X-Matrix origin=a.example,key=ed25519:1,sig="c2ln'],
    ["text after a quote", 'X-Matrix origin="a"b,key=ed25519:1,sig=c2ln'],
    ["a repeated parameter", "X-Matrix origin=a.example,origin=b.example,key=ed25519:1,sig=c2ln"],
    ["too much", `X-Matrix origin=a.example,key=ed25519:1,sig=c2ln,x=${"y".repeat(9000)}`],
    ["much that almost fits", `X-Matrix ${" ,\t".repeat(2000)}\u0000`],
  ])("is refused with %s", (_, header) => {
    expect(parseXMatrix(header)).toBeUndefined();
  });

  it("is written so that it reads back, whatever it holds", () => {
    const odd = { origin: 'a"b\\c', destination: undefined, key: "ed25519:1", signature: "c2ln" };
    expect(parseXMatrix(formatXMatrix(odd))).toEqual(odd);
    expect(formatXMatrix(want)).toBe('X-Matrix origin="a.example",destination="b.example",key="ed25519:1",sig="c2ln"');
  });
});

describe("any X-Matrix header", () => {
  const parts = fc.record({
    origin: fc.string({ maxLength: 40 }),
    destination: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
    key: fc.string({ maxLength: 40 }),
    signature: fc.string({ maxLength: 90 }),
  });
  /** What may stand without quotes, and so may colons. */
  const bare = fc.stringMatching(/^[0-9A-Za-z.:[\]+/=_-]{1,30}$/);
  const space = fc.constantFrom("", " ", "\t", "  ");

  it("reads back as it was written", () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(parseXMatrix(formatXMatrix(given))).toEqual(given);
      }),
    );
  });

  it("reads the same in any order, case, spacing and quoting, with more around it", () => {
    const named = fc.record({ origin: bare, destination: bare, key: bare, sig: bare });
    fc.assert(
      fc.property(
        named.chain((values) =>
          fc.tuple(
            fc.constant(values),
            fc.shuffledSubarray([...Object.entries(values), ["unknown", "x,y"]], { minLength: 5, maxLength: 5 }),
            fc.array(fc.record({ upper: fc.boolean(), quoted: fc.boolean(), before: space, after: space }), {
              minLength: 5,
              maxLength: 5,
            }),
          ),
        ),
        ([{ sig: signature, ...values }, order, styles]) => {
          const written = order.map(([name = "", value = ""], index) => {
            const { upper, quoted, before, after } = styles[index] ?? {};
            const spelt = quoted || value.includes(",") ? `"${value}"` : value;
            return `${before}${upper ? name.toUpperCase() : name}=${spelt}${after}`;
          });
          expect(parseXMatrix(`X-Matrix ${written.join(",")}`)).toEqual({ ...values, signature });
        },
      ),
    );
  });

  it("is read or refused, whatever it is", () => {
    const almost = fc
      .array(fc.constantFrom("origin=", "key=", "sig=", '"', "\\", ",", " ", "a", "=", "\0", "é"), { maxLength: 60 })
      .map((bits) => `X-Matrix ${bits.join("")}`);
    fc.assert(
      fc.property(fc.oneof(almost, fc.string()), (header) => {
        const read = parseXMatrix(header);
        expect(read === undefined || typeof read.origin === "string").toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("verifies what was signed, and nothing else", async () => {
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "PUT"),
      uri: fc.webPath().map((path) => `/_matrix${path}`),
      content: fc.option(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), {
        nil: undefined,
      }),
    });
    const find = async () => key.publicKey;
    const spelt = (of: object) => canonicalJson(JSON.parse(JSON.stringify(of)));
    await fc.assert(
      fc.asyncProperty(request, request, fc.boolean(), async (given, other, isOld) => {
        const field = isOld ? "destination_is" : "destination";
        const header = signRequest(given, "a.example", "b.example", key, field);
        expect((await verifyRequest(header, given, "b.example", find)).verified).toBe(true);
        fc.pre(spelt(given) !== spelt(other));
        expect((await verifyRequest(header, other, "b.example", find)).verified).toBe(false);
      }),
    );
  });
});

describe("a signed request", () => {
  const { method, uri, content, destination, signatures } = signedUnbind;
  const findKey = async (serverName: string, keyId: string) =>
    serverName === "domain" && keyId === "ed25519:1" ? signing.publicKey : undefined;

  it.each(["destination", "destination_is"] as const)(
    "has the known signature over %s, and verifies",
    async (field) => {
      const header = signRequest({ method, uri, content }, "domain", destination, key, field);
      expect(parseXMatrix(header)?.signature).toBe(signatures[field]);
      expect(await verifyRequest(header, { method, uri, content }, destination, findKey)).toEqual({
        verified: true,
        origin: "domain",
      });
    },
  );

  const header = signRequest({ method, uri, content }, "domain", destination, key);
  const request = { method, uri, content };

  it.each([
    ["a changed path", header, { ...request, uri: `${uri}?x` }, "bad-signature"],
    ["a changed method", header, { ...request, method: "PUT" }, "bad-signature"],
    ["a changed body", header, { ...request, content: { ...content, mxid: "@mallory:domain" } }, "bad-signature"],
    ["no body", header, { method, uri }, "bad-signature"],
    ["another destination", header.replace(destination, "other.example"), request, "wrong-destination"],
    ["an unknown key", header.replace("ed25519:1", "ed25519:2"), request, "unknown-key"],
    ["an unknown server", header.replace('"domain"', '"other"'), request, "unknown-key"],
    ["an origin that is no server name", header.replace('"domain"', '"do main"'), request, "malformed"],
    ["a key of another algorithm", header.replace("ed25519:1", "rsa:1"), request, "malformed"],
    ["nonsense", "X-Matrix !", request, "malformed"],
  ])("is refused with %s", async (_, given, signed, reason) => {
    expect(await verifyRequest(given, signed, destination, findKey)).toEqual({ verified: false, reason });
  });

  it("asks for no key when the header is not meant for us", async () => {
    const refuse = () => Promise.reject(new Error("asked"));
    expect(await verifyRequest(header, request, "other.example", refuse)).toMatchObject({
      reason: "wrong-destination",
    });
  });

  it("verifies against the name it was signed for when the header names no destination", async () => {
    const bare = header.replace(`destination="${destination}",`, "");
    expect((await verifyRequest(bare, request, destination, findKey)).verified).toBe(true);
    expect((await verifyRequest(bare, request, "other.example", findKey)).verified).toBe(false);
  });
});
