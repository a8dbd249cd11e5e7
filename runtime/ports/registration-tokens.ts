/** Tokens that let their holders register, issued by the operator. Times are milliseconds since 1970. */

export interface NewRegistrationToken {
  readonly token: string;
  /** How many accounts may come of it; any number when absent. */
  readonly usesAllowed: number | undefined;
  /** From then on it is of no use; absent when it stays good. */
  readonly expiresAt: number | undefined;
  readonly createdAt: number;
}

export interface RegistrationToken extends NewRegistrationToken {
  /** Accounts that came of it. */
  readonly completed: number;
  /** Interactive sessions in which it was shown, and out of which an account may still come. */
  readonly pending: number;
}

/** The moment that is asked about, and since when an interactive session must have been opened not to be over. */
export interface Moment {
  readonly now: number;
  readonly openedSince: number;
}

/**
 * A token is good while it has not expired, and fewer accounts have come, or may still come, of it than it allows: who
 * has shown one in a session is not overtaken by others. It is counted as used when the account is made.
 */
export interface RegistrationTokens {
  /** False, and nothing is stored, when there is such a token already. */
  issue(token: NewRegistrationToken): Promise<boolean>;

  /** All of them, the newest first. */
  list(moment: Moment): Promise<readonly RegistrationToken[]>;

  /** Takes it back, from sessions in which it was shown, too. Answers whether there was such a token. */
  revoke(token: string): Promise<boolean>;

  isValid(token: string, moment: Moment): Promise<boolean>;

  /**
   * Keeps one use of the token for a session until that is over. A session that keeps a use of another token gives it
   * back. Answers false when the token is not good, or the session is used up or unknown.
   * @param session `tokenHash` of the interactive session
   */
  reserve(token: string, session: string, moment: Moment): Promise<boolean>;
}
