/** The published bindings between a threepid and a user ID, and the one operation that changes who receives invites. */

import type { Signatures } from "../protocol/signed-json.js";
import type { Threepid } from "../protocol/threepid.js";
import type { OutboxEntry } from "./outbox.js";

/** A threepid (canonical address) bound to a user. Times are milliseconds since 1970. */
export interface Association extends Threepid {
  readonly mxid: string;
  readonly ts: number;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** An association with the signatures made over its wire form when it was bound. */
export interface SignedAssociation extends Association {
  readonly signatures: Signatures;
}

/** An invite that waited for a threepid and now belongs to the user who bound it. */
export interface ClaimedInvite {
  readonly token: string;
  readonly roomId: string;
  readonly sender: string;
}

/** How much there was of a threepid, in rows. */
export interface Erased {
  readonly associations: number;
  readonly invites: number;
  readonly validationSessions: number;
  /** Mails and notices that were not sent yet, or could not be. */
  readonly outboxEntries: number;
}

export interface Associations {
  /**
   * Publishes an association in place of any earlier one of the same threepid, and claims for its mxid, in the same
   * transaction, every invite that waits for the threepid, has not expired, and that nobody has claimed. The last commit
   * wins. What `notice` makes of those invites of this mxid that its homeserver was not told of yet is put into the
   * outbox with it; it is called within the transaction.
   *
   * Answers all invites for this threepid that this mxid has ever claimed, oldest first, until they expire: a repeated
   * bind learns of them again, another owner of the address never does.
   */
  bind(
    association: SignedAssociation,
    notice?: (undelivered: readonly ClaimedInvite[]) => OutboxEntry | undefined,
  ): Promise<readonly ClaimedInvite[]>;

  /** Erases the association of the threepid if it names this mxid. Answers whether there was one. */
  unbind(threepid: Threepid, mxid: string): Promise<boolean>;

  /**
   * Erases every trace of the threepid: its association with whomever and its hashes, all invites to it, its validation
   * sessions, and what was still to be sent about it. What is left on the storage's medium is overwritten.
   */
  erase(threepid: Threepid, now: number): Promise<Erased>;

  find(threepid: Threepid): Promise<SignedAssociation | undefined>;

  /** For each threepid, in the order asked, the mxid that it is bound to. */
  mxidsOf(threepids: readonly Threepid[]): Promise<readonly (string | undefined)[]>;
}
