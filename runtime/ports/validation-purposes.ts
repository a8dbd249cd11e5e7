import type { Threepid } from "../protocol/threepid.js";

/** What a client wanted a validation session of this homeserver for. */
export type ValidationPurpose =
  /** An address for an account that does not exist yet. */
  | "register"
  /** Proof of who owns an account: to reset its password, or to close it. */
  | "password"
  /** A further address for an account. */
  | "add";

/**
 * A session is good only for what it was requested for: a person who confirms an address for a new account has not
 * agreed to a new password for an old one.
 */
export interface ValidationPurposes {
  /** Gives a session its purpose, unless it has one. Answers whether this is its purpose now. */
  assign(sid: string, purpose: ValidationPurpose, at: number): Promise<boolean>;
  purposeOf(sid: string): Promise<ValidationPurpose | undefined>;
  /** Ends the living sessions of an address that were requested for a purpose. */
  endSessions(purpose: ValidationPurpose, threepid: Threepid): Promise<void>;
  /** Forgets what was assigned before, at most `limit` rows; answers how many. */
  dropAssignedBefore(ts: number, limit: number): Promise<number>;
}
