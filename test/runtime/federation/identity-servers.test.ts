import { describe, expect, it } from "vitest";
import { type IdentityServersOptions, identityServers } from "../../../runtime/federation/identity-servers.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { parseXMatrix, verifyRequest } from "../../../runtime/protocol/x-matrix.js";

const signingKey = signingKeyOf("ed25519:1", new Uint8Array(32).fill(3));
const threepid = { medium: "email", address: "alice@example.org" } as const;
const session = { sid: "1", clientSecret: "secret" };

/** Calls an identity server that answers as it is told, and remembers what it was asked. */
const calling = (
  answer: (request: Request) => Response | Promise<Response>,
  baseUrls = new Map<string, string>(),
  signedFor: IdentityServersOptions["signedFor"] = ["destination", "destination_is"],
) => {
  const asked: { readonly request: Request; readonly body: string; readonly listed: boolean }[] = [];
  const fetching = (listed: boolean) => async (request: Request) => {
    asked.push({ request, body: await request.clone().text(), listed });
    return answer(request);
  };
  const servers = identityServers({
    serverName: "example.org",
    signingKey: async () => signingKey,
    signedFor,
    baseUrls,
    fetchListed: fetching(true),
    fetchUnlisted: fetching(false),
  });
  return { servers, asked };
};

describe("which server is asked", () => {
  it("is the one named, by https, over the connection that checks destinations", async () => {
    const { servers, asked } = calling(() => Response.json({}, { status: 404 }));
    await servers.getValidated3pid({ name: "id.example.org:8448" }, session);
    expect(asked.map(({ request, listed }) => [request.url, listed])).toEqual([
      ["https://id.example.org:8448/_matrix/identity/api/v1/3pid/getValidated3pid?sid=1&client_secret=secret", false],
    ]);
  });

  it("is where the operator says that a listed one is", async () => {
    const { servers, asked } = calling(
      () => Response.json({}),
      new Map([["id.example.org", "http://127.0.0.1:8090/sub"]]),
    );
    await servers.unbind({ name: "id.example.org" }, threepid, "@alice:example.org");
    expect(asked.map(({ request, listed }) => [request.url, listed])).toEqual([
      ["http://127.0.0.1:8090/sub/_matrix/identity/v2/3pid/unbind", true],
    ]);
  });
});

describe("version and credentials", () => {
  it("are version 2 and the client's token where it gave one", async () => {
    const { servers, asked } = calling(() => Response.json({}, { status: 400 }));
    await servers.bind({ name: "id.example.org", accessToken: "token" }, session, "@alice:example.org");
    await servers.bind({ name: "id.example.org" }, session, "@alice:example.org");
    const seen = asked.map(({ request }) => [new URL(request.url).pathname, request.headers.get("authorization")]);
    expect(seen).toEqual([
      ["/_matrix/identity/v2/3pid/bind", "Bearer token"],
      ["/_matrix/identity/api/v1/3pid/bind", null],
    ]);
  });

  it("are a signature over exactly the request for an unbind, in both versions", async () => {
    const { servers, asked } = calling((request) =>
      request.url.includes("/v2/") ? new Response("", { status: 404 }) : Response.json({}),
    );
    const answer = await servers.unbind(
      { name: "id.example.org", accessToken: "token" },
      threepid,
      "@alice:example.org",
    );
    expect(answer).toEqual({ outcome: "answered", value: undefined });
    expect(asked).toHaveLength(2);
    for (const { request, body } of asked) {
      const header = request.headers.get("authorization") ?? "";
      const signed = { method: "POST", uri: new URL(request.url).pathname, content: JSON.parse(body) };
      const findKey = async () => signingKey.publicKey;
      const verdict = await verifyRequest(header, signed, "id.example.org", findKey);
      expect(verdict).toEqual({ verified: true, origin: "example.org" });
      const tampered = { ...signed, content: { ...signed.content, mxid: "@bob:example.org" } };
      expect(await verifyRequest(header, tampered, "id.example.org", findKey)).toMatchObject({ verified: false });
    }
  });
});

describe("the field that names the identity server in what an unbind signs", () => {
  /** Judges signatures as a server that knows one field alone, and says what it was asked. */
  const checking = (known: string, refusal: object) => async (request: Request) => {
    const header = parseXMatrix(request.headers.get("authorization") ?? "");
    const content = await request.clone().json();
    const { pathname: uri } = new URL(request.url);
    const signatures = { "example.org": { "ed25519:1": header?.signature ?? "" } };
    const signed = { method: "POST", uri, origin: "example.org", [known]: "id.example.org", content, signatures };
    return verifyJson(signed, "example.org", "ed25519:1", signingKey.publicKey)
      ? Response.json({})
      : Response.json(refusal, { status: 401 });
  };
  const refusal = { errcode: "M_FORBIDDEN", error: "no" };

  it.each([
    { signedFor: ["destination", "destination_is"], known: "destination", outcome: "answered", asked: 1 },
    { signedFor: ["destination", "destination_is"], known: "destination_is", outcome: "answered", asked: 2 },
    { signedFor: ["destination"], known: "destination_is", outcome: "refused", asked: 1 },
    { signedFor: ["destination_is"], known: "destination_is", outcome: "answered", asked: 1 },
  ] as const)(
    "as $signedFor, to a server that checks $known: $outcome",
    async ({ signedFor, known, outcome, asked }) => {
      const calls = calling(checking(known, refusal), new Map(), signedFor);
      const answer = await calls.servers.unbind({ name: "id.example.org" }, threepid, "@alice:example.org");
      expect([answer.outcome, calls.asked.length]).toEqual([outcome, asked]);
    },
  );

  it("is not tried again for what is no matter of signatures", async () => {
    const calls = calling(() => Response.json({ errcode: "M_UNKNOWN", error: "no" }, { status: 400 }));
    const answer = await calls.servers.unbind({ name: "id.example.org" }, threepid, "@alice:example.org");
    expect([answer.outcome, calls.asked.length]).toEqual(["refused", 1]);
  });
});

describe("answers", () => {
  const validated = { medium: "email", address: "a@example.org", validated_at: 17 };
  const json =
    (body: unknown, status = 200, headers = {}) =>
    () =>
      Response.json(body, { status, headers });

  it.each([
    {
      what: "success",
      answer: json(validated),
      want: { outcome: "answered", value: { medium: "email", address: "a@example.org", validatedAt: 17 } },
    },
    { what: "success without a field", answer: json({ medium: "email" }), want: { outcome: "unreachable" } },
    { what: "success of another shape", answer: json([validated]), want: { outcome: "unreachable" } },
    {
      what: "success with a time that is none",
      answer: json({ ...validated, validated_at: 1e300 }),
      want: { outcome: "unreachable" },
    },
    { what: "success as text", answer: () => new Response("fine"), want: { outcome: "unreachable" } },
    {
      what: "a Matrix error",
      answer: json({ errcode: "M_SESSION_EXPIRED", error: "late" }, 400),
      want: { outcome: "refused", status: 400, errcode: "M_SESSION_EXPIRED", error: "late" },
    },
    {
      what: "a Matrix error with an undeclared status",
      answer: json({ errcode: "M_FOO" }, 418),
      want: { outcome: "refused", status: 418, errcode: "M_FOO" },
    },
    {
      what: "a limit in seconds",
      answer: json({ errcode: "M_LIMIT_EXCEEDED" }, 429, { "retry-after": "7" }),
      want: { outcome: "refused", retryAfterMs: 7000 },
    },
    {
      what: "a limit in milliseconds",
      answer: json({ errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 1234 }, 429),
      want: { outcome: "refused", retryAfterMs: 1234 },
    },
    {
      what: "a limit of more than a day",
      answer: json({ errcode: "M_LIMIT_EXCEEDED" }, 429, { "retry-after": "999999" }),
      want: { outcome: "refused", retryAfterMs: 86_400_000 },
    },
    {
      what: "a Matrix error that means no such endpoint",
      answer: json({ errcode: "M_UNRECOGNIZED", error: "?" }, 404),
      want: { outcome: "unsupported", status: 404 },
    },
    {
      what: "a code that is no code",
      answer: json({ errcode: "<b>" }, 400),
      want: { outcome: "unsupported", status: 400 },
    },
    {
      what: "a page of a server that is out",
      answer: () => new Response("<html>", { status: 503 }),
      want: { outcome: "unreachable" },
    },
    {
      what: "a page of a server that does not know the operation",
      answer: () => new Response("<html>", { status: 501 }),
      want: { outcome: "unsupported", status: 501 },
    },
    { what: "a redirect", answer: json({ errcode: "M_X" }, 302), want: { outcome: "unsupported", status: 302 } },
    {
      what: "nothing",
      answer: () => Promise.reject<Response>(new TypeError("fetch failed")),
      want: { outcome: "unreachable" },
    },
    {
      what: "no content",
      answer: () => new Response(null, { status: 204 }),
      want: { outcome: "unsupported", status: 204 },
    },
  ])("that are $what are told apart", async ({ answer, want }) => {
    const { servers, asked } = calling(answer);
    expect(await servers.getValidated3pid({ name: "id.example.org" }, session)).toMatchObject(want);
    expect(asked).toHaveLength(1);
  });

  it("have long texts cut", async () => {
    const { servers } = calling(json({ errcode: "M_X", error: "x".repeat(100_000) }, 400));
    const answer = await servers.getValidated3pid({ name: "id.example.org" }, session);
    expect(answer.outcome === "refused" ? answer.error.length : 0).toBe(500);
  });
});
