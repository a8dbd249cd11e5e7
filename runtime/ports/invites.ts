/** Invitations to people who have no user ID yet, waiting for their address to be bound. */

import type { JsonObject } from "../protocol/canonical-json.js";
import type { Threepid } from "../protocol/threepid.js";
import type { OutboxEntry } from "./outbox.js";

/** One invite as `store-invite` recorded it. */
export interface Invite extends Threepid {
  /** Random; the state key of the room's `m.room.third_party_invite` event. */
  readonly token: string;
  readonly roomId: string;
  readonly sender: string;
  /** The ephemeral key in exactly the spelling that was given out. */
  readonly ephemeralPublicKey: string;
  /** Every other field of the request, as it came. */
  readonly details: JsonObject;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** From then on (ms) it is as if it had never been; undefined when it waits for ever. */
  readonly expiresAt?: number | undefined;
}

export type StoredInvite =
  | { readonly outcome: "stored" }
  /** The threepid is bound already; nothing was stored and nothing will be sent. */
  | { readonly outcome: "in-use"; readonly mxid: string };

export interface Invites {
  /**
   * Stores an invite together with the mail that announces it, in one transaction that also holds the check that the
   * threepid is unbound: an invite is either seen by the bind that follows it, or refused because of the one before.
   */
  store(invite: Invite, mail: OutboxEntry): Promise<StoredInvite>;

  /** The sender of the invite with this token that still waits at this time (ms). */
  senderOf(token: string, now: number): Promise<string | undefined>;

  /** Whether an invite that still waits at this time (ms) was given out with an ephemeral key spelled exactly like this. */
  hasEphemeralKey(publicKey: string, now: number): Promise<boolean>;

  /** Remembers that the homeserver of whoever claimed these invites was told of them, by token. */
  markDelivered(tokens: readonly string[], now: number): Promise<void>;

  /** Removes invites that expired at or before the time (ms), at most `limit` of them; answers how many. */
  dropExpired(time: number, limit: number): Promise<number>;
}
