import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdentityClient, type IdentityClient } from "../../../generated/identity/index.js";
import { type Contact, type DiscoveryOptions, discoverContacts } from "../../../runtime/client/index.js";
import type { IdentitySettings } from "../../../runtime/identity/settings.js";
import { lookupHash } from "../../../runtime/protocol/lookup-hash.js";
import type { Terms } from "../../../runtime/protocol/terms.js";
import { publicBaseUrl, type TestServer, testServer, validatedSession } from "../identity/identity-server.js";

/** A card of somebody's address book: what else is on it comes back with it. */
interface Card extends Contact {
  readonly name: string;
}

const card = (name: string, address: string, medium: Contact["medium"] = "email"): Card => ({ name, medium, address });

/** 500 cards, every fifth of somebody who is bound. */
const book = Array.from({ length: 500 }, (_, n) => card(`contact ${n}`, `Contact.${n}@Example.ORG`));
const bound = book.filter((_, n) => n % 5 === 0);
const mxidOf = ({ name }: Card): string => `@${name.replace(" ", ".")}:example.org`;

const terms: Terms = new Map([
  ["tos", { version: "1", texts: new Map([["en", { name: "Terms", url: "https://id.example.org/tos-1" }]]) }],
]);

interface Lookup {
  readonly pepper: string;
  readonly algorithm: string;
  readonly addresses: readonly string[];
}

describe("against the identity server", () => {
  let server: TestServer;
  let accessToken: string;
  /** The lookups that were sent, and what happens before each. */
  let lookups: Lookup[];
  let details: number;
  let before: (count: number) => Promise<void>;
  let atOnce: number;
  let identity: IdentityClient;

  const open = async (settings: Partial<IdentitySettings> = {}) => {
    server = await testServer(settings);
    accessToken = await server.issueToken("@asker:example.org");
    let running = 0;
    const fetch = async (request: Request): Promise<Response> => {
      if (request.url.endsWith("/hash_details")) details += 1;
      if (!request.url.endsWith("/v2/lookup")) return server.fetch(request);
      lookups.push((await request.clone().json()) as Lookup); // what the journey under test wrote
      running += 1;
      atOnce = Math.max(atOnce, running);
      await before(lookups.length);
      const answer = await server.fetch(request);
      running -= 1;
      return answer;
    };
    identity = createIdentityClient({ baseUrl: publicBaseUrl, accessToken, fetch, retries: 0 });
  };

  beforeEach(async () => {
    [lookups, details, atOnce] = [[], 0, 0];
    before = async () => undefined;
    await open();
  });
  afterEach(() => server.close());

  const bind = async ({ address, ...rest }: Card): Promise<void> => {
    const session = await validatedSession(server, address, `secret_${rest.name.replaceAll(" ", "_")}`);
    await server.client.orThrow.bind({ body: { ...session, mxid: mxidOf({ address, ...rest }) } });
  };

  const rotate = async (pepper: string): Promise<void> => {
    const { pepperRotation } = server.storage;
    await pepperRotation.begin(pepper, server.now());
    while (await pepperRotation.step(server.now()));
  };

  const discover = (cards: readonly Card[], options: DiscoveryOptions = {}) =>
    discoverContacts({ identity }, cards, options);

  const namesOf = (result: Awaited<ReturnType<typeof discover>>) =>
    result.ok ? result.found.map(({ contact, mxid }) => `${contact.name} is ${mxid}`) : result;
  const everybody = bound.map((it) => `${it.name} is ${mxidOf(it)}`);

  it("finds who of 500 contacts is bound, in as many requests as it takes, a few at a time", async () => {
    for (const it of bound) await bind(it);
    let allArrived: () => void = () => undefined;
    const three = new Promise<void>((resolve) => {
      allArrived = resolve;
    });
    before = async (count) => (count < 3 ? three : allArrived());
    const result = await discover(book, { batchSize: 60, concurrency: 3 });
    expect(namesOf(result)).toEqual(everybody);
    expect(result).toMatchObject({ algorithm: "sha256", unusable: [] });
    const sizes = lookups.map(({ addresses }) => addresses.length);
    expect(sizes.toSorted((a, b) => b - a)).toEqual([...Array.from({ length: 8 }, () => 60), 20]);
    expect(new Set(lookups.flatMap(({ addresses }) => addresses)).size).toBe(500);
    expect(details).toBe(1);
    expect(atOnce).toBe(3);
    // No address left this place.
    expect(JSON.stringify(lookups)).not.toMatch(/@|example/i);
  });

  it.each([1, 4])("goes on with a pepper that changes in between, %i at a time", async (concurrency) => {
    for (const it of bound) await bind(it);
    before = async (count) => {
      if (count === 4) await rotate("pepper1");
    };
    expect(namesOf(await discover(book, { batchSize: 60, concurrency }))).toEqual(everybody);
    expect(new Set(lookups.map(({ pepper }) => pepper))).toEqual(new Set(["pepper0", "pepper1"]));
    expect(details, "the refusal named the pepper").toBe(1);
  });

  it("asks for the pepper where the refusal does not name it", async () => {
    await bind(bound[0] as Card);
    const forgetful = async (request: Request): Promise<Response> => {
      if (!request.url.endsWith("/v2/lookup")) return server.fetch(request);
      asked += 1;
      if (asked === 1) await rotate("pepper1");
      const answer = await server.fetch(request);
      const { lookup_pepper: _, ...body } = (await answer.json()) as Record<string, unknown>; // an answer of ours
      return Response.json(body, { status: answer.status });
    };
    let asked = 0;
    const shy = createIdentityClient({ baseUrl: publicBaseUrl, accessToken, fetch: forgetful, retries: 0 });
    const found = [{ mxid: mxidOf(bound[0] as Card) }];
    expect(await discoverContacts({ identity: shy }, bound.slice(0, 2))).toMatchObject({ ok: true, found });
    expect(asked).toBe(2);
  });

  it.each([
    { what: "with every lookup", changes: [1, 2], cards: 3, sent: 2 },
    { what: "twice on the way", changes: [1, 4], cards: 500, sent: 4 },
  ])("gives up when the pepper changes $what", async ({ changes, cards, sent }) => {
    before = async (count) => {
      if (changes.includes(count)) await rotate(`pepper${count}`);
    };
    const result = await discover(book.slice(0, cards), { batchSize: 60, concurrency: 1 });
    expect(result).toMatchObject({ ok: false, errcode: "M_INVALID_PEPPER", status: 400 });
    expect(lookups).toHaveLength(sent);
  });

  it("sends less at once to a server that takes less", async () => {
    server.close();
    await open({ lookup: { maxAddresses: 100 } });
    for (const it of bound.slice(0, 3)) await bind(it);
    expect(namesOf(await discover(book))).toEqual(everybody.slice(0, 3));
    expect(lookups.map(({ addresses }) => addresses.length)).toEqual([
      500, 250, 125, 63, 62, 125, 63, 62, 250, 125, 63, 62, 125, 63, 62,
    ]);
  });

  it("folds mail addresses and reduces numbers to digits, and gives every card back as it was", async () => {
    await bind(card("strauss", "strauss@example.org"));
    const cards = [
      card("as written", "Strauß@EXAMPLE.org"),
      card("once more", "STRAUSS@example.org"),
      card("with a plus", "+44 (0)7400 123-456", "msisdn"),
      card("within the country", "07400 123456", "msisdn"),
      card("no number", "call me", "msisdn"),
      card("a name beside it", "Alice <alice@example.org>"),
      card("two words", "al ice@example.org"),
    ];
    const result = await discover(cards);
    expect(result).toMatchObject({ found: [{ contact: cards[0] }, { contact: cards[1] }], unusable: cards.slice(3) });
    const asked = [card("", "strauss@example.org"), card("", "447400123456", "msisdn")];
    expect(lookups.map(({ addresses }) => addresses)).toEqual([asked.map((it) => lookupHash(it, "pepper0"))]);
  });

  it("asks nobody about an empty book", async () => {
    expect(await discover([])).toEqual({ ok: true, found: [], unusable: [], algorithm: "sha256" });
    expect(lookups).toEqual([]);
  });

  it.each<{ what: string; want: object; prepare: () => Promise<DiscoveryOptions> }>([
    {
      what: "an unknown access token",
      want: { errcode: "M_UNKNOWN_TOKEN", status: 401 },
      prepare: async () => ({ accessToken: "unknown" }),
    },
    {
      what: "too many new addresses, and says when to come back",
      want: { errcode: "M_LIMIT_EXCEEDED", status: 429, retryAfterMs: 2000 },
      prepare: async () => {
        server.exhausted.add("lookup.mxid");
        return {};
      },
    },
    {
      what: "terms that wait to be accepted",
      want: { errcode: "M_TERMS_NOT_SIGNED", status: 403 },
      prepare: async () => {
        server.close();
        await open({ terms });
        return {};
      },
    },
  ])("is refused for $what", async ({ want, prepare }) => {
    const options = await prepare();
    expect(await discover(book, options)).toMatchObject({ ok: false, ...want });
  });

  it("rejects when it is aborted, and sends nothing more", async () => {
    const controller = new AbortController();
    before = async (count) => {
      if (count === 2) controller.abort(new Error("enough"));
    };
    const { signal } = controller;
    await expect(discover(book, { batchSize: 10, concurrency: 1, signal })).rejects.toThrow("enough");
    expect(lookups).toHaveLength(2);
  });

  it.each([{ batchSize: 0 }, { concurrency: 1.5 }])("takes no %o", async (options) => {
    await expect(discover(book, options)).rejects.toThrow(RangeError);
  });
});

describe("against a server that answers otherwise", () => {
  const alice = card("alice", "alice@example.org");
  const hash = lookupHash(alice, "p");
  const hashes = { lookup_pepper: "p", algorithms: ["none", "sha256"] };
  const plain = { lookup_pepper: "p", algorithms: ["none"] };

  const discover = async (details: unknown, lookup: unknown, options: DiscoveryOptions = {}) => {
    const sent: unknown[] = [];
    const fetch = async (request: Request): Promise<Response> => {
      const isLookup = request.url.endsWith("/lookup");
      if (isLookup) sent.push(await request.json());
      const answer = isLookup ? lookup : details;
      return typeof answer === "function" ? answer() : Response.json(answer);
    };
    const identity = createIdentityClient({ baseUrl: "https://id.example", accessToken: "t", fetch, retries: 0 });
    return { result: await discoverContacts({ identity }, [alice], options), sent };
  };

  it.each<{ what: string; details?: unknown; lookup?: unknown; want: object }>([
    { what: "a pepper that is none", details: { algorithms: ["sha256"] }, want: { errcode: "M_UNKNOWN", status: 200 } },
    { what: "algorithms that are none", details: { lookup_pepper: "p" }, want: { errcode: "M_UNKNOWN" } },
    { what: "no mappings", lookup: {}, want: { errcode: "M_UNKNOWN", status: 200 } },
    {
      what: "algorithms of its own",
      details: { lookup_pepper: "p", algorithms: ["rot13"] },
      want: { errcode: "NO_HASHES" },
    },
    {
      what: "a code that nobody knows",
      lookup: () => Response.json({ errcode: "ORG.EXAMPLE", error: "no" }, { status: 400 }),
      want: { errcode: "M_UNKNOWN", said: "ORG.EXAMPLE", error: "no", status: 400 },
    },
    {
      what: "no version 2",
      details: () => Response.json({ errcode: "M_UNRECOGNIZED", error: "no" }, { status: 404 }),
      want: { errcode: "M_UNRECOGNIZED", status: 404 },
    },
  ])("is refused by $what", async ({ details = hashes, lookup = { mappings: {} }, want }) => {
    expect((await discover(details, lookup)).result).toMatchObject({ ok: false, ...want });
  });

  it("finds nobody under what it did not ask for, and no one who is no user", async () => {
    const mappings = { [hash]: "alice", somebody: "@mallory:example.org", __proto__: { [hash]: "@m:example.org" } };
    expect((await discover(hashes, { mappings })).result).toMatchObject({ ok: true, found: [] });
    const right = { mappings: { [hash]: "@alice:example.org" } };
    expect((await discover(hashes, right)).result).toMatchObject({ ok: true, found: [{ mxid: "@alice:example.org" }] });
  });

  it("shows addresses to nobody unless that was allowed", async () => {
    const right = { mappings: { "alice@example.org email": "@alice:example.org" } };
    const refused = await discover(plain, right);
    expect(refused).toMatchObject({ result: { ok: false, errcode: "NO_HASHES" }, sent: [] });
    const allowed = await discover(plain, right, { mayShowAddresses: true });
    expect(allowed.result).toMatchObject({ ok: true, found: [{ mxid: "@alice:example.org" }], algorithm: "none" });
    expect(allowed.sent).toEqual([{ algorithm: "none", pepper: "p", addresses: ["alice@example.org email"] }]);
    // Where hashes are known, permission to do without changes nothing.
    const hashed = await discover(hashes, { mappings: {} }, { mayShowAddresses: true });
    expect(hashed).toMatchObject({ result: { algorithm: "sha256" }, sent: [{ addresses: [hash] }] });
  });

  it("does not move on to plain addresses because a refusal names that algorithm", async () => {
    const body = { errcode: "M_INVALID_PEPPER", error: "no", algorithm: "none", lookup_pepper: "q" };
    const { result, sent } = await discover(hashes, () => Response.json(body, { status: 400 }));
    expect(sent).toHaveLength(2);
    expect(result).toMatchObject({ ok: false });
    expect(JSON.stringify(sent)).not.toContain("alice");
  });
});
