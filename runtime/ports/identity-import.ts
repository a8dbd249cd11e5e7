/**
 * Taking over what another identity server kept, in one transaction that its caller holds. Each fact is remembered by a
 * digest, so that what has been taken over once is not taken over again: not a token that was ended since, nor an
 * association that was removed.
 */

import type { Threepid } from "../protocol/threepid.js";
import type { SignedAssociation } from "./associations.js";
import type { ValidationSession } from "./validation-sessions.js";

export type ImportedSession = Omit<ValidationSession, "nextLink" | "wrongTokens">;

export interface ImportedInvite extends Threepid {
  readonly token: string;
  readonly roomId: string;
  readonly sender: string;
  readonly ephemeralPublicKey: string;
  /** Times are milliseconds since 1970. */
  readonly receivedAt: number;
  /** Undefined while it waits for its address to be bound. Nobody is ever given one that was delivered. */
  readonly deliveredAt: number | undefined;
}

/** Each writing member answers whether it changed anything. */
export interface ImportTarget {
  /** Remembers a fact by its digest; false when it was remembered before. */
  isNew(digest: Uint8Array): boolean;
  /** When the association of this threepid was made (ms). */
  boundAt(threepid: Threepid): number | undefined;
  putAssociation(association: SignedAssociation): boolean;
  removeAssociation(threepid: Threepid): boolean;
  addAccessToken(hash: string, mxid: string, createdAt: number): boolean;
  acceptTerms(mxid: string, url: string, at: number): boolean;
  /** One that changed here after it changed there stays as it is. Of several with one address and secret the newest lives. */
  putSession(session: ImportedSession): boolean;
  /** One that was given to somebody here stays theirs. */
  putInvite(invite: ImportedInvite): boolean;
  /** The key in exactly the spelling that was given out. */
  addEphemeralKey(publicKey: string, madeAt: number): boolean;
}
