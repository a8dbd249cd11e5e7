/**
 * The rooms of a homeserver, for inviting people who are known by an address alone.
 *
 * This server has accounts and no rooms. Whoever mounts it beside rooms implements this interface and hands it to
 * `compose` as `rooms`; without it, every operation that is about a room is answered as one that is not served. The
 * protocol's checks are made before anything here is called: an implementation keeps state, sends events and asks the
 * rooms' own rules, and need not know identity servers, signatures or other homeservers.
 *
 * Every member may throw; the caller is then told that the server failed.
 */

import type { JsonObject } from "../protocol/canonical-json.js";

/** Whether something came about in a room, or what the room's rules, or a user's wishes, have against it. */
export type RoomVerdict =
  | { readonly outcome: "done" }
  /** Told as M_FORBIDDEN: there is no such room, the user is not in it, has too little power, is banned. */
  | { readonly outcome: "forbidden"; readonly reason?: string | undefined }
  /** Told as M_INVITE_BLOCKED: the invitee wants no such invites. */
  | { readonly outcome: "blocked"; readonly reason?: string | undefined };

/** What the mail of an invite says of the room and of the inviter. All of it is optional, and all comes from state. */
export interface RoomDescription {
  /** From `m.room.name`. */
  readonly name?: string | undefined;
  /** From `m.room.canonical_alias`. */
  readonly alias?: string | undefined;
  /** A content URI, from `m.room.avatar`. */
  readonly avatarUrl?: string | undefined;
  /** The `join_rule` of `m.room.join_rules`. */
  readonly joinRules?: string | undefined;
  /** The `type` of `m.room.create`, for example `m.space`. */
  readonly type?: string | undefined;
  /** The inviter's, as the room's members see it. */
  readonly senderDisplayName?: string | undefined;
  readonly senderAvatarUrl?: string | undefined;
}

/** A state event `m.room.third_party_invite`: somebody was invited who has no user ID yet. */
export interface ThreepidInvite {
  readonly roomId: string;
  /** Who invites. */
  readonly sender: string;
  /** The event's state key: the identity server's name for the invite. */
  readonly token: string;
  /** As it stands in the room: `display_name`, `key_validity_url`, `public_key`, `public_keys`. */
  readonly content: JsonObject;
}

/** A `m.room.member` event that makes a pending invite one of a user's. */
export interface ClaimedThreepidInvite {
  readonly roomId: string;
  /** Who sent the pending invite. Not necessarily a user of this homeserver, if this one is in the room. */
  readonly sender: string;
  /** The event's state key: the user who is invited now. */
  readonly mxid: string;
  readonly token: string;
  /** The event's content: `membership` is `invite`, and `third_party_invite` holds what every server will verify. */
  readonly content: JsonObject;
}

export interface Rooms {
  /** Whether the user may invite into the room, whoever it is that is invited. Nothing changes. */
  mayInvite(inviter: string, roomId: string): Promise<RoomVerdict>;

  /** What the inviter sees of a room that they may invite into. */
  describe(inviter: string, roomId: string): Promise<RoomDescription>;

  /** Invites a user, as the operation that names one does. Done too when the user is invited already. */
  inviteUser(inviter: string, roomId: string, mxid: string): Promise<RoomVerdict>;

  /** Sends the state event of a pending invite into the room, as its sender. */
  addThreepidInvite(invite: ThreepidInvite): Promise<RoomVerdict>;

  /**
   * The pending invite with this token that stands in the room's current state. Undefined when there is none or it was
   * revoked (its content was emptied), and when this server is not in the room and cannot know.
   */
  findThreepidInvite(roomId: string, token: string): Promise<ThreepidInvite | undefined>;

  /**
   * Sends the member event into the room, and the invite to the user's server. It was verified against the pending
   * invite a moment ago.
   *
   * The same one may come again, for an answer can be lost: as long as the user is invited or has joined by it, it is
   * done already and no further event is sent. A token serves one time and one user: for another user, and after the
   * invite was refused, taken back or left behind, `forbidden`.
   */
  claimThreepidInvite(invite: ClaimedThreepidInvite): Promise<RoomVerdict>;
}
