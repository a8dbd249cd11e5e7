/** The accounts of a homeserver, their devices and access tokens. */

import type { Threepid } from "../protocol/threepid.js";

export type AccountKind = "user" | "guest";

/** An account as it is kept. A deactivated one stays, so that nobody else ever gets its name. */
export interface AccountRecord {
  readonly mxid: string;
  readonly kind: AccountKind;
  /** Absent for guests, for accounts made without a password, and after deactivation. */
  readonly passwordHash: string | undefined;
  readonly deactivated: boolean;
}

/** A device and the access token that stands for it. */
export interface NewDevice {
  readonly deviceId: string;
  readonly displayName: string | undefined;
  /** SHA-256 of the access token, as `tokenHash` spells it. */
  readonly tokenHash: string;
}

/** A threepid on an account. Times are milliseconds since 1970. */
export interface AccountThreepid extends Threepid {
  readonly validatedAt: number;
  readonly addedAt: number;
}

/** A validation session that proved a threepid: this homeserver's own, or one of an identity server. */
export interface ProvenSession {
  /** The identity server that validated it; undefined when this homeserver did. */
  readonly idServer: string | undefined;
  readonly sid: string;
}

/**
 * What an operation uses up. The change and the using up are one transaction: of two operations that name the same
 * interactive session, or the same validation session, one is carried out. A validation session of this homeserver's
 * own ends with it: whoever asks with the same secret gets a new one.
 */
export interface Claims {
  /** SHA-256 of the interactive session that authorised the operation. */
  readonly interactiveSession: string | undefined;
  readonly provenSessions: readonly ProvenSession[];
}

export interface NewAccount {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly passwordHash: string | undefined;
  readonly createdAt: number;
  readonly device: NewDevice | undefined;
  readonly threepids: readonly AccountThreepid[];
  readonly claims: Claims;
}

export interface PasswordChange {
  readonly mxid: string;
  readonly passwordHash: string;
  readonly changedAt: number;
  /** The token that asked for the change and survives it; every other one is revoked. */
  readonly keepToken: string | undefined;
  readonly claims: Claims;
}

export interface Deactivation {
  readonly mxid: string;
  readonly deactivatedAt: number;
  readonly claims: Claims;
}

/** Who an access token stands for. */
export interface TokenOwner {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly deviceId: string;
}

export interface Accounts {
  /**
   * Creates the account with its device, token and threepids, or nothing at all: `mxid-taken` and `threepid-taken`
   * when another account has them, `spent` when a claim was used before.
   */
  create(account: NewAccount): Promise<"created" | "mxid-taken" | "threepid-taken" | "spent">;

  find(mxid: string): Promise<AccountRecord | undefined>;

  ownerOfToken(tokenHash: string): Promise<TokenOwner | undefined>;

  /** Keeps the same password under a newer hash, unless it was changed meanwhile. */
  renewPasswordHash(mxid: string, from: string, to: string): Promise<void>;

  /**
   * Ends the validation sessions, too, that were requested for a new password by the account's addresses: who had one
   * ready, or a mail still to open, cannot undo the change. `gone` when there is no such account, or it is deactivated.
   */
  changePassword(change: PasswordChange): Promise<"changed" | "spent" | "gone">;

  /** Takes password, devices, tokens, threepids and recorded bindings away, and keeps the name. */
  deactivate(deactivation: Deactivation): Promise<"deactivated" | "spent" | "gone">;

  /** Whether a claim on this validation session was carried out already. */
  isSpent(session: ProvenSession): Promise<boolean>;

  /**
   * Forgets the validation sessions whose claims were carried out before, at most `limit` of them; answers how many.
   * Nothing may accept such a session any more.
   */
  dropSpentBefore(ts: number, limit: number): Promise<number>;
}

/** Who makes a request to the homeserver. */
export interface Account extends TokenOwner {
  /** Of the access token that the request bears: it survives a change of password. */
  readonly tokenHash: string;
}
