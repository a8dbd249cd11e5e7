import { describe, expect, it } from "vitest";
import { type ExchangeRequest, exchangedInvites } from "../../../runtime/homeserver/domain/exchanged-invites.js";
import { pendingInviteCheck } from "../../../runtime/homeserver/domain/pending-invites.js";
import { protocolError } from "../../../runtime/protocol/errors.js";
import { fakeLimiter } from "../fakes.js";
import {
  alice,
  bob,
  ephemeral,
  ephemeralSpelling,
  ephemeralUrl,
  fakeKeyValidity,
  foreign,
  longTerm,
  roomId,
  roomWithInvite,
  signedBlock,
  token,
  validityUrl,
} from "./invites.js";

const event: ExchangeRequest["event"] = {
  type: "m.room.member",
  roomId,
  sender: alice,
  stateKey: bob,
  membership: "invite",
  signed: signedBlock(),
};

const world = async () => {
  const { rooms, room } = await roomWithInvite();
  const keyValidity = fakeKeyValidity();
  const limiter = fakeLimiter();
  const exchanges = exchangedInvites({ rooms, limiter, checkPending: pendingInviteCheck({ keyValidity }) });
  const verified: string[] = [];
  const signature = { isGood: true };
  const issue = (changed: Partial<ExchangeRequest["event"]> = {}, name = "two.test", path = roomId) => {
    const verify = async () => {
      verified.push(name);
      if (!signature.isGood) throw protocolError("M_UNAUTHORIZED");
    };
    const request = { roomId: path, event: { ...event, ...changed } };
    return exchanges.issue({ name, verify }, request, { clientIp: "192.0.2.1" });
  };
  return { rooms, room, keyValidity, limiter, verified, signature, issue };
};

const forbidden = { errcode: "M_FORBIDDEN", status: 403 };
const invalid = { errcode: "M_INVALID_PARAM", status: 400 };

describe("an exchanged invite", () => {
  it("makes the user invited, by what the room's own event says", async () => {
    const { room, keyValidity, issue } = await world();
    await issue();
    expect(room.memberEvent(bob)).toEqual({
      type: "m.room.member",
      sender: alice,
      stateKey: bob,
      content: { membership: "invite", third_party_invite: { display_name: "bob@...", signed: signedBlock() } },
    });
    expect(keyValidity.asked).toEqual([`${validityUrl} ${longTerm.publicKey}`]);
  });

  it("may be signed with the invite's own key, which is asked about as it is spelled in the room", async () => {
    const { room, keyValidity, issue } = await world();
    await issue({ signed: signedBlock({ sender: alice }, ephemeral) });
    expect(room.membership(bob)).toBe("invite");
    expect(keyValidity.asked).toEqual([`${ephemeralUrl} ${ephemeralSpelling}`]);
  });

  it("leaves behind what nobody signed", async () => {
    const { room, issue } = await world();
    await issue({ signed: { ...signedBlock(), unsigned: { "m.evil": true } } });
    expect(room.memberEvent(bob)?.content).toMatchObject({ third_party_invite: { signed: signedBlock() } });
    expect(JSON.stringify(room.events)).not.toContain("evil");
  });

  it.each<{ what: string; changed?: Partial<ExchangeRequest["event"]>; origin?: string; path?: string; want: object }>([
    { what: "of another room than the path's", path: "!other:one.test", want: invalid },
    { what: "of a room that is none", changed: { roomId: "room" }, path: "room", want: invalid },
    { what: "of another type", changed: { type: "m.room.message" }, want: invalid },
    { what: "to join", changed: { membership: "join" }, want: invalid },
    { what: "for nobody", changed: { stateKey: "bob" }, want: invalid },
    { what: "without a signed block", changed: { signed: null }, want: invalid },
    { what: "of another server's user", origin: "evil.test", want: forbidden },
    { what: "for another user of the server", changed: { stateKey: "@eve:two.test" }, want: forbidden },
    { what: "signed for another user", changed: { signed: signedBlock({ mxid: "@eve:two.test" }) }, want: forbidden },
    { what: "by somebody who did not invite", changed: { sender: "@mallory:one.test" }, want: forbidden },
    { what: "of a token that does not wait", changed: { signed: signedBlock({ token: "tok_2" }) }, want: forbidden },
    { what: "signed by somebody else's key", changed: { signed: signedBlock({}, foreign) }, want: forbidden },
    {
      what: "with a field changed after it was signed",
      changed: { signed: { ...signedBlock(), sender: alice } },
      want: forbidden,
    },
    {
      what: "in a room that is not there",
      changed: { roomId: "!other:one.test" },
      path: "!other:one.test",
      want: forbidden,
    },
  ])("$what is refused, and nobody is asked about keys", async ({ changed, origin, path, want }) => {
    const { room, keyValidity, issue } = await world();
    await expect(issue(changed, origin, path)).rejects.toMatchObject(want);
    expect([room.membership(bob), room.membership("@eve:two.test"), keyValidity.asked]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });

  it.each<{ what: string; changed?: Partial<ExchangeRequest["event"]>; origin?: string }>([
    { what: "no event of these", changed: { membership: "join" } },
    { what: "of another server's user", origin: "evil.test" },
    { what: "of a token that does not wait", changed: { signed: signedBlock({ token: "tok_2" }) } },
    { what: "by somebody who did not invite", changed: { sender: "@mallory:one.test" } },
  ])("$what has no server asked for its keys, and counts in no limit", async ({ changed, origin }) => {
    const { limiter, verified, issue } = await world();
    await expect(issue(changed, origin)).rejects.toThrow();
    expect([verified, limiter.counted]).toEqual([[], []]);
  });

  it("is limited by client address before anybody is asked, and by server once that has proved to be it", async () => {
    const { room, keyValidity, limiter, verified, signature, issue } = await world();
    limiter.refused.add("bind.ip");
    await expect(issue()).rejects.toMatchObject({ errcode: "M_LIMIT_EXCEEDED" });
    expect([verified, limiter.counted.splice(0)]).toEqual([[], ["bind.ip 192.0.2.1"]]);
    limiter.refused.clear();
    signature.isGood = false;
    await expect(issue()).rejects.toMatchObject({ errcode: "M_UNAUTHORIZED", status: 401 });
    expect(limiter.counted.splice(0)).toEqual(["bind.ip 192.0.2.1"]);
    signature.isGood = true;
    limiter.refused.add("exchange.homeserver");
    await expect(issue()).rejects.toMatchObject({ errcode: "M_LIMIT_EXCEEDED" });
    expect(limiter.counted).toEqual(["bind.ip 192.0.2.1", "exchange.homeserver two.test"]);
    expect([keyValidity.asked, room.membership(bob)]).toEqual([[], undefined]);
  });

  it("is refused once its key no longer counts, and put off while nobody says", async () => {
    const { room, keyValidity, issue } = await world();
    keyValidity.verdicts.set(longTerm.publicKey, "invalid");
    await expect(issue()).rejects.toMatchObject(forbidden);
    keyValidity.verdicts.set(longTerm.publicKey, "unreachable");
    await expect(issue()).rejects.toMatchObject({ errcode: "M_UNKNOWN", status: 502 });
    expect(room.membership(bob)).toBeUndefined();
    keyValidity.verdicts.delete(longTerm.publicKey);
    await issue();
    expect(room.membership(bob)).toBe("invite");
  });

  it("is refused once the inviter took it back", async () => {
    const { room, issue } = await world();
    room.revoke(token);
    await expect(issue()).rejects.toMatchObject(forbidden);
  });

  it("may be asked for again while it stands, and never after", async () => {
    const { room, issue } = await world();
    await issue();
    await issue();
    room.become(bob, "join");
    await issue();
    expect(room.events.filter(({ stateKey }) => stateKey === bob)).toHaveLength(2);
    room.become(bob, "leave");
    await expect(issue()).rejects.toMatchObject(forbidden);
    expect(room.membership(bob)).toBe("leave");
  });

  it("serves one user", async () => {
    const { room, issue } = await world();
    await issue();
    const eve = "@eve:two.test";
    await expect(issue({ stateKey: eve, signed: signedBlock({ mxid: eve }) })).rejects.toMatchObject(forbidden);
    expect(room.membership(eve)).toBeUndefined();
  });
});
