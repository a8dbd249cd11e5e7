/** Sessions of the user-interactive authentication API: which stages a client has completed for one operation. */

/** A stage that was completed, and what it proved, as JSON. */
export interface CompletedStage {
  readonly stage: string;
  readonly outcome: string;
}

export interface InteractiveSession {
  readonly operation: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Whether an operation was carried out on the strength of it. */
  readonly used: boolean;
  /** In the order they were completed. */
  readonly completed: readonly CompletedStage[];
}

export interface InteractiveSessions {
  /** @param hash SHA-256 of the session, 32 bytes: whoever reads the database cannot continue it. */
  open(hash: Uint8Array, operation: string, createdAt: number): Promise<void>;

  find(hash: Uint8Array): Promise<InteractiveSession | undefined>;

  /**
   * Binds parts of the request to the session, each by a digest. A part that was bound before keeps its digest.
   * Answers whether every part given is now bound to the digest given.
   */
  bind(hash: Uint8Array, parts: ReadonlyMap<string, Uint8Array>): Promise<boolean>;

  /**
   * Records a stage as the one that follows `position` completed ones. Answers false, and changes nothing, when the
   * stage or the position is taken, or the session is used: another request was faster.
   */
  complete(hash: Uint8Array, position: number, stage: CompletedStage): Promise<boolean>;

  /** Drops every session that was opened before. */
  dropOpenedBefore(ts: number): Promise<void>;
}
