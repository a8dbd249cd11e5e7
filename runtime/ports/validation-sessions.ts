import type { Medium, Threepid } from "../protocol/threepid.js";

/** One attempt to prove that a threepid is somebody's. */
export interface ValidationSession {
  readonly sid: string;
  readonly medium: Medium;
  /** Canonical: folded email, or E.164 digits. */
  readonly address: string;
  /** As it was typed: messages go to exactly this string. */
  readonly destination: string;
  readonly clientSecret: string;
  /** What the person proves possession with. */
  readonly token: string;
  /** Where a person is sent after opening the link. */
  readonly nextLink: string | undefined;
  /** The highest send_attempt whose message was sent; undefined until one was. */
  readonly sendAttempt: number | undefined;
  readonly wrongTokens: number;
  /** Last change, creation or validation, in ms. The life of a session counts from here. */
  readonly changedAt: number;
  readonly validatedAt: number | undefined;
}

/** A session as it is opened; times in ms. */
export interface NewValidationSession
  extends Pick<
    ValidationSession,
    "sid" | "medium" | "address" | "destination" | "clientSecret" | "token" | "nextLink"
  > {
  readonly createdAt: number;
}

/** When a session no longer takes part: changed at or before a time, or tried too often. */
export interface SessionEnd {
  /** Sessions whose last change is at or before this time (ms) have expired. */
  readonly expiredBefore: number;
  /** Sessions with this many wrong tokens have ended, unless validated before. */
  readonly maxWrongTokens: number;
}

export type TokenVerdict = "validated" | "wrong-token" | "ended" | "unknown";

/** Keeps validation sessions. Each member is one atomic step, safe to call at the same time from several processes. */
export interface ValidationSessions {
  /** The session of this threepid and client_secret that has not ended. */
  living(threepid: Threepid, clientSecret: string, end: SessionEnd): Promise<ValidationSession | undefined>;
  /**
   * The living session of this medium, address and client_secret, or else the given one, stored.
   * At most one session of these three lives at a time.
   */
  resumeOrOpen(candidate: NewValidationSession, end: SessionEnd): Promise<ValidationSession>;
  find(sid: string): Promise<ValidationSession | undefined>;
  /**
   * Remembers that the message of this attempt was sent; a lower attempt than the stored one changes nothing.
   * Not a change in the sense of the session's life.
   */
  recordSend(sid: string, sendAttempt: number, nextLink: string | undefined): Promise<void>;
  /**
   * Compares the token, in constant time, and either validates the session at `now` or counts the wrong token.
   * A session that was validated before stays as it is.
   */
  submit(sid: string, token: string, now: number, end: SessionEnd): Promise<TokenVerdict>;
  /** Removes sessions whose last change is at or before the time (ms), at most `limit` of them; answers how many. */
  deleteChangedBefore(time: number, limit: number): Promise<number>;
  /** Removes one session, for example once it was bound and the operator wants no trace of it. */
  delete(sid: string): Promise<void>;
}
