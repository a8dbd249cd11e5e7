import { describe, expect, it } from "vitest";
import { identityServers } from "../../../runtime/federation/identity-servers.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { lookupHash } from "../../../runtime/protocol/lookup-hash.js";

const signingKey = signingKeyOf("ed25519:1", new Uint8Array(32).fill(3));
const threepid = { medium: "email", address: "bob@example.org" } as const;
const mxid = "@bob:two.test";
const v1 = { name: "id.test" };
const v2 = { name: "id.test", accessToken: "token" };

type Answer = readonly [status: number, body: unknown];

/** An identity server that gives these answers, one after the other, to each path. */
const answering = (answers: Readonly<Record<string, readonly Answer[]>>) => {
  const asked: { readonly path: string; readonly query: string; readonly body: string }[] = [];
  const servers = identityServers({
    serverName: "example.org",
    signingKey: async () => signingKey,
    signedFor: ["destination"],
    baseUrls: new Map(),
    fetchListed: () => Promise.reject(new Error("nobody is listed")),
    fetchUnlisted: async (request) => {
      const { pathname, search } = new URL(request.url);
      const path = decodeURIComponent(pathname).replace("/_matrix/identity/", "");
      const before = asked.filter((it) => it.path === path).length;
      asked.push({ path, query: search, body: await request.text() });
      const [status, body] = answers[path]?.[before] ?? [404, { errcode: "M_UNRECOGNIZED", error: "?" }];
      return Response.json(body, { status });
    },
  });
  return { servers, asked };
};

const details = (pepper: string, algorithms = ["none", "sha256"]): Answer => [
  200,
  { lookup_pepper: pepper, algorithms },
];
const invalidPepper: Answer = [400, { errcode: "M_INVALID_PEPPER", error: "old" }];

describe("looking an address up", () => {
  it("names a hash alone over version 2", async () => {
    const hash = lookupHash(threepid, "salt");
    const { servers, asked } = answering({
      "v2/hash_details": [details("salt")],
      "v2/lookup": [[200, { mappings: { [hash]: mxid } }]],
    });
    expect(await servers.lookup(v2, threepid)).toEqual({ outcome: "answered", value: mxid });
    expect(JSON.parse(asked[1]?.body ?? "")).toEqual({ algorithm: "sha256", pepper: "salt", addresses: [hash] });
  });

  it("asks once more when the pepper changed in between, and then no more", async () => {
    const hash = lookupHash(threepid, "new");
    const changing = answering({
      "v2/hash_details": [details("old"), details("new")],
      "v2/lookup": [invalidPepper, [200, { mappings: { [hash]: mxid } }]],
    });
    expect(await changing.servers.lookup(v2, threepid)).toEqual({ outcome: "answered", value: mxid });
    const restless = answering({
      "v2/hash_details": [details("a"), details("b"), details("c")],
      "v2/lookup": [invalidPepper, invalidPepper, invalidPepper],
    });
    expect(await restless.servers.lookup(v2, threepid)).toMatchObject({
      outcome: "refused",
      errcode: "M_INVALID_PEPPER",
    });
    expect(restless.asked).toHaveLength(4);
  });

  it.each<{ what: string; answers: Record<string, readonly Answer[]>; server: typeof v2 | typeof v1; want: object }>([
    {
      what: "nobody over version 2",
      server: v2,
      answers: { "v2/hash_details": [details("s")], "v2/lookup": [[200, { mappings: {} }]] },
      want: { outcome: "answered", value: undefined },
    },
    {
      what: "a text that is no user",
      server: v2,
      answers: {
        "v2/hash_details": [details("s")],
        "v2/lookup": [[200, { mappings: { [lookupHash(threepid, "s")]: "bob" } }]],
      },
      want: { outcome: "answered", value: undefined },
    },
    {
      what: "by an algorithm that hides nothing, where there is no other",
      server: v2,
      answers: {
        "v2/hash_details": [details("s", ["none"])],
        "v2/lookup": [[200, { mappings: { "bob@example.org email": mxid } }]],
      },
      want: { outcome: "answered", value: mxid },
    },
    {
      what: "by no algorithm that we know",
      server: v2,
      answers: { "v2/hash_details": [details("s", ["rot13"])] },
      want: { outcome: "unreachable" },
    },
    {
      what: "terms to accept",
      server: v2,
      answers: { "v2/hash_details": [[403, { errcode: "M_TERMS_NOT_SIGNED", error: "sign" }]] },
      want: { outcome: "refused", status: 403, errcode: "M_TERMS_NOT_SIGNED" },
    },
    {
      what: "version 1 without a token: the user",
      server: v1,
      answers: {
        "api/v1/lookup": [[200, { ...threepid, mxid, not_before: 1, not_after: 2, ts: 1, signatures: {} }]],
      },
      want: { outcome: "answered", value: mxid },
    },
    {
      what: "version 1: another address",
      server: v1,
      answers: {
        "api/v1/lookup": [
          [
            200,
            { medium: "email", address: "eve@example.org", mxid, not_before: 1, not_after: 2, ts: 1, signatures: {} },
          ],
        ],
      },
      want: { outcome: "answered", value: undefined },
    },
    {
      what: "version 1: nobody",
      server: v1,
      answers: { "api/v1/lookup": [[200, {}]] },
      want: { outcome: "answered", value: undefined },
    },
  ])("is answered with $what", async ({ server, answers, want }) => {
    expect(await answering(answers).servers.lookup(server, threepid)).toMatchObject(want);
  });
});

describe("keeping an invite", () => {
  const invite = { ...threepid, roomId: "!r:one.test", sender: "@alice:one.test", room: {} };
  const [first, second] = [signingKey.publicKey, signingKeyOf("ed25519:2", new Uint8Array(32).fill(4)).publicKey];
  const url = "https://id.test/valid";

  it("tells what the mail says, cut to what identity servers take", async () => {
    const { servers, asked } = answering({});
    const room = {
      name: "\u{1f600}".repeat(300),
      alias: `#${"a".repeat(300)}`,
      avatarUrl: "mxc://one.test/a",
      joinRules: "invite",
      type: "m.space",
      senderDisplayName: "Alice",
      senderAvatarUrl: undefined,
    };
    await servers.storeInvite(v2, { ...invite, room });
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
      ...threepid,
      room_id: "!r:one.test",
      sender: "@alice:one.test",
      room_name: "\u{1f600}".repeat(255),
      room_avatar_url: "mxc://one.test/a",
      room_join_rules: "invite",
      room_type: "m.space",
      sender_display_name: "Alice",
    });
  });

  it.each<{ what: string; server: typeof v2 | typeof v1; answer: Answer; want: object }>([
    {
      what: "keys with the places to ask",
      server: v2,
      answer: [
        200,
        { token: "tok", display_name: "b...", public_keys: [{ public_key: first, key_validity_url: url }] },
      ],
      want: {
        outcome: "answered",
        value: { outcome: "stored", token: "tok", displayName: "b...", keys: [{ publicKey: first, validityUrl: url }] },
      },
    },
    {
      what: "keys alone, as servers of before do",
      server: v1,
      answer: [200, { token: "tok", display_name: "b...", public_keys: [first, second] }],
      want: {
        outcome: "answered",
        value: {
          keys: [
            { publicKey: first, validityUrl: "https://id.test/_matrix/identity/api/v1/pubkey/isvalid" },
            { publicKey: second, validityUrl: "https://id.test/_matrix/identity/api/v1/pubkey/ephemeral/isvalid" },
          ],
        },
      },
    },
    {
      what: "a name that is cut, since it goes into the room",
      server: v2,
      answer: [200, { token: "tok", display_name: "\u{1f600}".repeat(300), public_keys: [first] }],
      want: { outcome: "answered", value: { displayName: "\u{1f600}".repeat(255) } },
    },
    {
      what: "more than an event should hold",
      server: v2,
      answer: [
        200,
        {
          token: "tok",
          display_name: "b...",
          public_keys: Array.from({ length: 16 }, () => ({
            public_key: first,
            key_validity_url: `${url}${"a".repeat(1000)}`,
          })),
        },
      ],
      want: { outcome: "unreachable" },
    },
    {
      what: "no key that is one",
      server: v2,
      answer: [200, { token: "tok", display_name: "b...", public_keys: ["AAAA"] }],
      want: { outcome: "unreachable" },
    },
    {
      what: "a token that no state key should be",
      server: v2,
      answer: [200, { token: "a b", display_name: "b...", public_keys: [first] }],
      want: { outcome: "unreachable" },
    },
    {
      what: "the user who has the address by now",
      server: v2,
      answer: [400, { errcode: "M_THREEPID_IN_USE", error: "bound", mxid }],
      want: { outcome: "answered", value: { outcome: "in-use", mxid } },
    },
    {
      what: "an owner who is none",
      server: v2,
      answer: [400, { errcode: "M_THREEPID_IN_USE", error: "bound", mxid: "bob" }],
      want: { outcome: "refused", errcode: "M_THREEPID_IN_USE" },
    },
    {
      what: "a refusal that names somebody",
      server: v2,
      answer: [403, { errcode: "M_FORBIDDEN", error: "no", mxid }],
      want: { outcome: "refused", errcode: "M_FORBIDDEN" },
    },
  ])("is answered with $what", async ({ server, answer, want }) => {
    const path = server === v2 ? "v2/store-invite" : "api/v1/store-invite";
    expect(await answering({ [path]: [answer] }).servers.storeInvite(server, invite)).toMatchObject(want);
  });
});

describe("a published key", () => {
  it("is asked for without credentials, over version 1 where there is no other", async () => {
    const key = signingKey.publicKey;
    const { servers, asked } = answering({ "api/v1/pubkey/ed25519:1": [[200, { public_key: key }]] });
    expect(await servers.publicKey("id.test", "ed25519:1")).toEqual({ outcome: "answered", value: key });
    expect(asked.map(({ path }) => path)).toEqual(["v2/pubkey/ed25519:1", "api/v1/pubkey/ed25519:1"]);
  });

  it.each<{ what: string; answer: Answer; want: object }>([
    { what: "is none", answer: [404, { errcode: "M_NOT_FOUND", error: "?" }], want: { outcome: "refused" } },
    { what: "is no key", answer: [200, { public_key: "AAAA" }], want: { outcome: "unreachable" } },
  ])("that $what is told apart", async ({ answer, want }) => {
    const { servers } = answering({ "v2/pubkey/ed25519:1": [answer] });
    expect(await servers.publicKey("id.test", "ed25519:1")).toMatchObject(want);
  });
});
