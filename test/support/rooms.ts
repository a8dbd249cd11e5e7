/**
 * Rooms in memory, as whoever mounts the homeserver beside rooms implements them: members, the state that invites need,
 * and every event that was sent. One server's view: a room that was not made here is not known.
 */
import type {
  ClaimedThreepidInvite,
  RoomDescription,
  Rooms,
  RoomVerdict,
  ThreepidInvite,
} from "../../runtime/ports/rooms.js";
import type { JsonObject } from "../../runtime/protocol/canonical-json.js";

export type Membership = "join" | "invite" | "leave" | "ban";

export interface RoomEvent {
  readonly type: "m.room.member" | "m.room.third_party_invite";
  readonly sender: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

export interface TestRoom {
  /** Oldest first. */
  readonly events: readonly RoomEvent[];
  membership(mxid: string): Membership | undefined;
  /** The newest event that made the user what they are here. */
  memberEvent(mxid: string): RoomEvent | undefined;
  /** Joins, leaves or is banned, by the user's own doing or a moderator's. */
  become(mxid: string, membership: Exclude<Membership, "invite">): void;
  /** Empties the event of a pending invite. */
  revoke(token: string): void;
}

export interface TestRooms extends Rooms {
  /** A room with its creator in it; whoever has joined may invite. */
  create(roomId: string, creator: string, description?: RoomDescription): TestRoom;
  /** Users who want no invites. */
  readonly blocking: Set<string>;
}

const done: RoomVerdict = { outcome: "done" };
const forbidden = (reason: string): RoomVerdict => ({ outcome: "forbidden", reason });

const newRoom = (creator: string, description: RoomDescription) => {
  const events: RoomEvent[] = [];
  const state = (type: RoomEvent["type"], stateKey: string) =>
    events.findLast((event) => event.type === type && event.stateKey === stateKey);
  const send = (type: RoomEvent["type"], sender: string, stateKey: string, content: JsonObject): void => {
    events.push({ type, sender, stateKey, content });
  };
  const membership = (mxid: string): Membership | undefined =>
    state("m.room.member", mxid)?.content["membership"] as Membership | undefined; // nothing else is written below
  send("m.room.member", creator, creator, { membership: "join" });
  return {
    description,
    events,
    state,
    send,
    membership,
    memberEvent: (mxid: string) => state("m.room.member", mxid),
    become: (mxid: string, membership: Membership) => send("m.room.member", mxid, mxid, { membership }),
    revoke: (token: string) => send("m.room.third_party_invite", creator, token, {}),
    /** By token: who claimed it. */
    claimed: new Map<string, string>(),
  };
};

type Room = ReturnType<typeof newRoom>;

export const testRooms = (): TestRooms => {
  const rooms = new Map<string, Room>();
  const blocking = new Set<string>();

  /** What the rules of a room have against making somebody invited. */
  const objection = (room: Room, mxid: string): RoomVerdict | undefined => {
    if (blocking.has(mxid)) return { outcome: "blocked" };
    if (room.membership(mxid) === "ban") return forbidden("They are banned from this room.");
    return room.membership(mxid) === "join" ? forbidden("They are in this room already.") : undefined;
  };

  const mayInvite = async (inviter: string, roomId: string): Promise<RoomVerdict> =>
    rooms.get(roomId)?.membership(inviter) === "join" ? done : forbidden("You are not in this room.");

  const claim = (room: Room, { sender, mxid, token, content }: ClaimedThreepidInvite): RoomVerdict => {
    const owner = room.claimed.get(token);
    if (owner !== undefined) {
      const stands = room.membership(mxid) === "invite" || room.membership(mxid) === "join";
      return owner === mxid && stands ? done : forbidden("This invite was used.");
    }
    const against = objection(room, mxid);
    if (against !== undefined) return against;
    room.claimed.set(token, mxid);
    room.send("m.room.member", sender, mxid, content);
    return done;
  };

  return {
    blocking,
    create(roomId, creator, description = {}) {
      const room = newRoom(creator, description);
      rooms.set(roomId, room);
      return room;
    },
    mayInvite,
    describe: async (_, roomId) => rooms.get(roomId)?.description ?? {},
    async inviteUser(inviter, roomId, mxid) {
      const allowed = await mayInvite(inviter, roomId);
      const room = rooms.get(roomId);
      if (allowed.outcome !== "done" || room === undefined) return allowed;
      const against = objection(room, mxid);
      if (against !== undefined) return against;
      if (room.membership(mxid) !== "invite") room.send("m.room.member", inviter, mxid, { membership: "invite" });
      return done;
    },
    async addThreepidInvite({ roomId, sender, token, content }) {
      const allowed = await mayInvite(sender, roomId);
      if (allowed.outcome === "done") rooms.get(roomId)?.send("m.room.third_party_invite", sender, token, content);
      return allowed;
    },
    async findThreepidInvite(roomId, token): Promise<ThreepidInvite | undefined> {
      const event = rooms.get(roomId)?.state("m.room.third_party_invite", token);
      if (event === undefined || Object.keys(event.content).length === 0) return undefined;
      return { roomId, sender: event.sender, token, content: event.content };
    },
    async claimThreepidInvite(invite) {
      const room = rooms.get(invite.roomId);
      return room === undefined ? forbidden("There is no such room.") : claim(room, invite);
    },
  };
};
