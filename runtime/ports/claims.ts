/** What operations were authorised by, each good for one of them. */

/** A validation session that proved a threepid: this homeserver's own, or one of an identity server. */
export interface ProvenSession {
  /** The identity server that validated it; undefined when this homeserver did. */
  readonly idServer: string | undefined;
  readonly sid: string;
}

/** What an operation uses up. */
export interface Claim {
  /** SHA-256 of the interactive session that authorised the operation. */
  readonly interactiveSession: string | undefined;
  readonly provenSessions: readonly ProvenSession[];
  /** A token that was shown in the interactive session, and is to count one account more. */
  readonly registrationToken?: string | undefined;
}

export interface Claims {
  /**
   * Takes all that the claim names, or nothing: of two operations that name the same interactive session, or the same
   * validation session, one gets it. An interactive session that is not there is spent, and so is a validation session
   * of this homeserver's own that was ended after it had proved something. `token-ended` when the registration token
   * alone stands in the way: it was revoked, or no use of it was kept for the session.
   */
  reserve(claim: Claim, at: number): Promise<"reserved" | "spent" | "token-ended">;

  /** Gives back what was reserved for an operation that was refused and has changed nothing. */
  release(claim: Claim): Promise<void>;

  /** Whether a claim on this validation session was reserved, and not given back. */
  isSpent(session: ProvenSession): Promise<boolean>;

  /**
   * Forgets the validation sessions that were claimed before, at most `limit` of them; answers how many. Nothing may
   * accept such a session any more.
   */
  dropSpentBefore(ts: number, limit: number): Promise<number>;
}
