/** Sessions of the user-interactive authentication API: which stages a client has completed for one operation. */

/** A stage that was completed, and what it proved: sealed, and no two alike. */
export interface CompletedStage {
  readonly stage: string;
  readonly outcome: string;
}

export interface NewInteractiveSession {
  /** `tokenHash` of the session: whoever reads the database cannot continue it. */
  readonly hash: string;
  readonly operation: string;
  /** What the client was offered, as JSON: it is held to just that. */
  readonly offer: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface InteractiveSession {
  readonly operation: string;
  readonly offer: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Whether an operation was carried out on the strength of it. */
  readonly used: boolean;
  /** In the order they were completed. */
  readonly completed: readonly CompletedStage[];
  /** The attempt at the next stage that waits for the user to open a link, sealed. */
  readonly pending: string | undefined;
}

export interface InteractiveSessions {
  open(session: NewInteractiveSession): Promise<void>;

  find(hash: string): Promise<InteractiveSession | undefined>;

  /**
   * Binds parts of the request to the session, each by a digest. A part that was bound before keeps its digest.
   * Answers whether every part given is now bound to the digest given.
   */
  bind(hash: string, parts: ReadonlyMap<string, string>): Promise<boolean>;

  /**
   * Records a stage as the one that follows `position` completed ones. Answers false, and changes nothing, when the
   * stage or the position is taken, or the session is used: another request was faster. Drops a pending attempt.
   */
  complete(hash: string, position: number, stage: CompletedStage): Promise<boolean>;

  /**
   * Takes a stage back that was completed with this outcome, and every stage after it, whatever they proved: stages go in
   * order, so each of them has to be completed anew. One that is not there, or was completed otherwise meanwhile, is no error.
   */
  reopen(hash: string, stage: CompletedStage): Promise<void>;

  /** Keeps an attempt that may succeed later, in place of an earlier one. */
  keepPending(hash: string, attempt: string): Promise<void>;

  /** Drops sessions that were opened before, at most `limit` of them; answers how many. */
  dropOpenedBefore(ts: number, limit: number): Promise<number>;
}
