import { describe, expect, it, vi } from "vitest";
import { type BoundInvite, boundInvites } from "../../../runtime/homeserver/domain/bound-invites.js";
import { trustedServers } from "../../../runtime/homeserver/domain/identity-server-name.js";
import { pendingInviteCheck } from "../../../runtime/homeserver/domain/pending-invites.js";
import type { AccountRecord } from "../../../runtime/ports/account-store.js";
import type { IdentityServerAnswer } from "../../../runtime/ports/identity-servers.js";
import type { ExchangeAnswer, ExchangedInvite } from "../../../runtime/ports/invite-exchanges.js";
import { testRooms } from "../../support/rooms.js";
import { fakeLimiter, fakeLogger } from "../fakes.js";
import {
  alice,
  bob,
  fakeKeyValidity,
  foreign,
  idServer,
  longTerm,
  roomId,
  roomWithInvite,
  signedBlock,
} from "./invites.js";

const boundInvite: BoundInvite = { mxid: bob, roomId, sender: alice, signed: signedBlock() };
const record: AccountRecord = { mxid: bob, kind: "user", passwordHash: undefined, state: "active" };
const published: IdentityServerAnswer<string> = { outcome: "answered", value: longTerm.publicKey };

interface Choice {
  readonly rooms?: Awaited<ReturnType<typeof roomWithInvite>>["rooms"];
  readonly serverName?: string;
  readonly accounts?: Readonly<Record<string, AccountRecord>>;
}

/** The server of Bob, who is not in Alice's room unless the test says so. */
const world = ({ rooms = testRooms(), serverName = "two.test", accounts = { [bob]: record } }: Choice = {}) => {
  const keys = new Map<string, IdentityServerAnswer<string>>([[`${idServer} ed25519:0`, published]]);
  const askedKeys: string[] = [];
  const exchanged: (readonly [string, ExchangedInvite])[] = [];
  const answers: ExchangeAnswer[] = [];
  const underway = { now: 0, most: 0 };
  const [limiter, log, keyValidity] = [fakeLimiter(), fakeLogger(), fakeKeyValidity()];
  const domain = boundInvites({
    rooms,
    accounts: { find: async (mxid) => accounts[mxid] },
    identityServers: {
      publicKey: async (name, keyId) => {
        askedKeys.push(`${name} ${keyId}`);
        return keys.get(`${name} ${keyId}`) ?? { outcome: "refused", status: 404, errcode: "M_NOT_FOUND", error: "?" };
      },
    },
    inviteExchanges: {
      exchange: async (server, invite) => {
        exchanged.push([server, invite]);
        underway.most = Math.max(underway.most, ++underway.now);
        await Promise.resolve();
        underway.now--;
        return answers.shift() ?? { outcome: "issued" };
      },
    },
    limiter,
    trusted: trustedServers([]),
    checkPending: pendingInviteCheck({ keyValidity }),
    serverName,
  });
  const context = { clientIp: "192.0.2.1", log, signal: new AbortController().signal };
  const take = (invites: readonly BoundInvite[], mxid = bob) => domain.take({ mxid, invites }, context);
  return { take, rooms, keys, askedKeys, exchanged, underway, answers, limiter, log, keyValidity };
};

const forbidden = { errcode: "M_FORBIDDEN", status: 403 };
const repeat = { errcode: "M_UNKNOWN", status: 502 };
const another = (n: number): BoundInvite => ({ ...boundInvite, signed: signedBlock({ token: `tok_${n}` }) });

describe("a notice of a binding, where the room is elsewhere", () => {
  it("has the inviter's server issue what its identity server signed", async () => {
    const { take, exchanged, askedKeys } = world();
    await take([boundInvite, another(2), boundInvite]);
    const exchange = (block: object) => ["one.test", { roomId, sender: alice, mxid: bob, signed: block }];
    expect(exchanged).toEqual([exchange(signedBlock()), exchange(signedBlock({ token: "tok_2" }))]);
    expect(askedKeys, "asked once").toEqual([`${idServer} ed25519:0`]);
  });

  it("passes on nothing that nobody signed", async () => {
    const { take, exchanged } = world();
    await take([{ ...boundInvite, signed: { ...signedBlock(), unsigned: { evil: true } } }]);
    expect(exchanged[0]?.[1].signed).toEqual(signedBlock());
  });

  it("without invites says nothing that concerns us", async () => {
    const { take, askedKeys, limiter } = world();
    await take([]);
    expect([askedKeys, limiter.counted]).toEqual([[], []]);
  });

  it.each<{ what: string; invite: BoundInvite }>([
    { what: "signed by a key that is not published", invite: { ...boundInvite, signed: signedBlock({}, foreign) } },
    {
      what: "signed under a name that publishes no key",
      invite: { ...boundInvite, signed: signedBlock({}, longTerm, "other.test") },
    },
    {
      what: "signed under no name of a server",
      invite: { ...boundInvite, signed: signedBlock({}, longTerm, "not a name") },
    },
    { what: "changed after it was signed", invite: { ...boundInvite, signed: { ...signedBlock(), token: "tok_9" } } },
    { what: "signed for another user", invite: { ...boundInvite, signed: signedBlock({ mxid: "@eve:two.test" }) } },
    { what: "said to be another user's", invite: { ...boundInvite, mxid: "@eve:two.test" } },
    { what: "without a signature", invite: { ...boundInvite, signed: { mxid: bob, token: "tok_1", signatures: {} } } },
    { what: "without a signed block", invite: { ...boundInvite, signed: null } },
    { what: "of no room", invite: { ...boundInvite, roomId: "lounge" } },
    { what: "of no sender", invite: { ...boundInvite, sender: "alice" } },
  ])("is refused as a whole for an invite $what", async ({ invite }) => {
    const { take, exchanged } = world();
    await expect(take([another(2), invite])).rejects.toMatchObject(forbidden);
    expect(exchanged).toEqual([]);
  });

  it.each<{ what: string; mxid: string; accounts?: Choice["accounts"] }>([
    { what: "of another server", mxid: "@bob:three.test" },
    { what: "whom nobody knows", mxid: "@eve:two.test" },
    { what: "who has left", mxid: bob, accounts: { [bob]: { ...record, state: "deactivated" } } },
    { what: "who is a guest", mxid: bob, accounts: { [bob]: { ...record, kind: "guest" } } },
    { what: "who is none", mxid: "bob" },
  ])("is refused for a user $what", async ({ mxid, accounts }) => {
    const { take, askedKeys } = world(accounts === undefined ? {} : { accounts });
    await expect(take([boundInvite], mxid)).rejects.toMatchObject(forbidden);
    expect(askedKeys).toEqual([]);
  });

  it("is to be repeated when a key cannot be had", async () => {
    const { take, keys, exchanged } = world();
    keys.set(`${idServer} ed25519:0`, { outcome: "unreachable", reason: "?" });
    await expect(take([boundInvite])).rejects.toMatchObject(repeat);
    expect(exchanged).toEqual([]);
  });

  it("is to be repeated when one of its invites could not be passed on, which holds up no other", async () => {
    const { take, answers, exchanged } = world();
    answers.push({ outcome: "unreachable", reason: "late" });
    await expect(take([boundInvite, another(2)])).rejects.toMatchObject(repeat);
    expect(exchanged).toHaveLength(2);
    await take([boundInvite, another(2)]);
  });

  it("is done with when the inviter's server does not want it", async () => {
    const { take, answers, log } = world();
    answers.push({ outcome: "refused", status: 403, errcode: "M_FORBIDDEN" });
    await take([boundInvite]);
    expect(log.lines.join("\n")).toContain("one.test");
    expect(log.lines.join("\n")).not.toContain("tok_1");
  });

  it("does not make this server ask many others", async () => {
    const many = world();
    await expect(take101(many)).rejects.toMatchObject({ errcode: "M_TOO_LARGE" });
    expect(many.askedKeys).toEqual([]);
    const { take, askedKeys } = world();
    const signers = Array.from({ length: 100 }, (_, n) => ({
      ...boundInvite,
      signed: signedBlock({ token: `tok_${n}` }, longTerm, `${n}.evil.test`),
    }));
    await expect(take(signers)).rejects.toMatchObject(forbidden);
    expect(askedKeys.length).toBeLessThanOrEqual(4);
  });

  const take101 = ({ take }: ReturnType<typeof world>) => take(Array.from({ length: 101 }, (_, n) => another(n)));

  it("does not make this server ask many servers of inviters, nor many at the same time", async () => {
    const from = (server: number, n: number): BoundInvite => ({ ...another(n), sender: `@a:${server}.test` });
    const many = world();
    const nine = Array.from({ length: 9 }, (_, n) => from(n, n));
    await expect(many.take(nine)).rejects.toMatchObject({ errcode: "M_TOO_LARGE" });
    expect([many.askedKeys, many.limiter.counted]).toEqual([[], []]);
    const { take, exchanged, underway } = world();
    await take(Array.from({ length: 40 }, (_, n) => from(n % 8, n)));
    expect([exchanged.length, underway.most]).toEqual([40, 4]);
  });

  it("counts as many times as it has invites", async () => {
    const { take, limiter } = world();
    const consume = vi.spyOn(limiter, "consume");
    await take([boundInvite, another(2), boundInvite]);
    expect(consume.mock.calls).toEqual([["bind.ip", "192.0.2.1", 2]]);
  });

  it("is limited by who sends it", async () => {
    const { take, limiter, askedKeys } = world();
    limiter.refused.add("bind.ip");
    await expect(take([boundInvite])).rejects.toMatchObject({ errcode: "M_LIMIT_EXCEEDED" });
    expect([limiter.counted, askedKeys]).toEqual([["bind.ip 192.0.2.1"], []]);
  });

  it("does not make this server ask itself", async () => {
    const { take, exchanged } = world();
    await take([{ ...boundInvite, sender: "@carol:two.test" }]);
    expect(exchanged).toEqual([]);
  });
});

describe("a notice of a binding, where this server is in the room", () => {
  it("makes the invite by the room's own event, whatever the envelope says", async () => {
    const { rooms, room } = await roomWithInvite();
    const { take, exchanged, askedKeys } = world({ rooms });
    await take([{ ...boundInvite, sender: "@mallory:one.test" }]);
    expect(room.memberEvent(bob)).toMatchObject({
      sender: alice,
      content: { membership: "invite", third_party_invite: { display_name: "bob@...", signed: signedBlock() } },
    });
    expect([exchanged, askedKeys]).toEqual([[], []]);
  });

  it("believes the keys of the event alone", async () => {
    const { rooms, room } = await roomWithInvite();
    const { take, keys } = world({ rooms });
    keys.set("evil.test ed25519:0", { outcome: "answered", value: foreign.publicKey });
    const forged = { ...boundInvite, signed: signedBlock({}, foreign, "evil.test") };
    await expect(take([forged])).rejects.toMatchObject(forbidden);
    expect(room.membership(bob)).toBeUndefined();
  });

  it.each([
    { verdict: "invalid", want: undefined },
    { verdict: "unreachable", want: repeat },
  ] as const)("invites nobody by a key that is $verdict", async ({ verdict, want }) => {
    const { rooms, room } = await roomWithInvite();
    const { take, keyValidity } = world({ rooms });
    keyValidity.verdicts.set(longTerm.publicKey, verdict);
    const taken = take([boundInvite]);
    await (want === undefined ? taken : expect(taken).rejects.toMatchObject(want));
    expect(room.membership(bob)).toBeUndefined();
  });

  it("leaves alone what the room does not take", async () => {
    const { rooms, room } = await roomWithInvite();
    room.become(bob, "ban");
    await world({ rooms }).take([boundInvite]);
    expect(room.membership(bob)).toBe("ban");
  });
});
