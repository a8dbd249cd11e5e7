import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operations } from "../../../generated/identity/index.js";
import { publicBaseUrl, type TestServer, testServer, validatedSession } from "./identity-server.js";

/** Text of every kind, half surrogates, controls and names of object members included, in shapes that get far. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("__proto__", "constructor", "", "\0", "\ud800", "a".repeat(600), "🙂@🙂.🙂", "email", "msisdn"),
);
const near = (...shapes: string[]) =>
  fc.oneof(
    fc.constantFrom(...shapes),
    fc.tuple(fc.constantFrom(...shapes), hostile).map((parts) => parts.join("")),
    hostile,
  );

const fields = {
  sid: near("sid"),
  client_secret: near("secret"),
  token: near("token"),
  mxid: near("@alice:example.org", "@"),
  sender: near("@inviter:example.org"),
  room_id: near("!room:example.org", "!"),
  room_name: hostile,
  sender_display_name: hostile,
  medium: near("email"),
  address: near("alice@example.org"),
  email: near("alice@example.org"),
  country: near("GB"),
  phone_number: near("07400 123456"),
  next_link: near("https://example.org/"),
  send_attempt: fc.oneof(fc.integer(), fc.double(), hostile),
  private_key: near("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"),
  public_key: hostile,
  keyId: near("ed25519:0"),
  threepid: fc.record({ medium: near("email"), address: near("alice@example.org") }),
  threepids: fc.array(fc.tuple(near("email"), near("alice@example.org")), { maxLength: 3 }),
  extra: fc.jsonValue(),
};

describe("whatever strangers send", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
    const session = await validatedSession(server, "alice@example.org");
    await server.client.orThrow.bind({ body: { ...session, mxid: "@alice:example.org" } });
  });
  afterEach(() => server.close());

  const requestOf = (
    { method, path }: { readonly method: string; readonly path: string },
    values: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>>,
  ): Request => {
    const keyId = encodeURIComponent(Buffer.from(String(values["keyId"])).toString());
    const url = new URL(`${publicBaseUrl}${path.replace("{keyId}", keyId || "none")}`);
    if (method === "POST") return new Request(url, { method, headers, body: JSON.stringify(values) });
    for (const [name, value] of Object.entries(values)) {
      url.searchParams.set(name, typeof value === "string" ? value : JSON.stringify(value));
    }
    return new Request(url, { method, headers });
  };

  it.each(Object.values(operations).map((operation) => [operation.id, operation] as const))(
    "%s answers it as the document says, and never fails",
    async (_, operation) => {
      const accessToken = await server.issueToken("@alice:example.org");
      const headers = operation.auth === "required" ? { authorization: `Bearer ${accessToken}` } : {};
      let answered = 0;
      await fc.assert(
        fc.asyncProperty(fc.record(fields), async (values) => {
          // Answers that break the document, and handlers that throw, reach the log: it fails the test.
          const { status } = await server.fetch(requestOf(operation, values, headers));
          expect(status).toBeLessThan(500);
          answered += 1;
        }),
        { numRuns: 60 },
      );
      expect(answered).toBe(60);
    },
  );
});
