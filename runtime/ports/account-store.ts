/**
 * The accounts of a homeserver, with their devices, tokens and threepids: what a homeserver that has a table of users
 * already implements. What registration, interactive authentication and identity servers need beside it is kept by
 * threepid itself.
 *
 * Each member is one atomic step, safe to call at the same time from several processes: of two calls that cannot both
 * succeed one does, and a call that answers a refusal has changed nothing. Times are milliseconds since 1970. Addresses
 * are canonical (mail folded, phone numbers E.164 digits) and compared byte by byte, as user IDs are. Tokens never
 * reach the store: it sees their SHA-256 alone.
 *
 * `threepid/account-store-contract` holds the tests that an implementation has to pass.
 */

import type { Threepid } from "../protocol/threepid.js";

export type AccountKind = "user" | "guest";

/** A locked account keeps everything and can do nothing; a deactivated one is over, and keeps its name for ever. */
export type AccountState = "active" | "locked" | "deactivated";

export interface AccountRecord {
  readonly mxid: string;
  readonly kind: AccountKind;
  /**
   * What was given as a hash, letter by letter, or one of another kind that {@link AccountStore.checkPassword} knows.
   * Absent for guests, for accounts made without a password, after deactivation, and where passwords are not kept as
   * hashes at all.
   */
  readonly passwordHash: string | undefined;
  readonly state: AccountState;
}

/** A threepid on an account. */
export interface AccountThreepid extends Threepid {
  readonly validatedAt: number;
  readonly addedAt: number;
}

/** An access token to be kept, and the refresh token that was given out with it. */
export interface NewTokens {
  readonly accessHash: string;
  /** From then on the client has to refresh it; undefined for one that does not expire. */
  readonly expiresAt: number | undefined;
  /** Absent for clients that do not refresh. */
  readonly refresh: { readonly hash: string; readonly expiresAt: number | undefined } | undefined;
}

/** A device that logs in. */
export interface NewSession {
  readonly deviceId: string;
  /** Only for a device that the account does not have yet. */
  readonly displayName: string | undefined;
  readonly tokens: NewTokens;
}

export interface NewAccount {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly passwordHash: string | undefined;
  readonly createdAt: number;
  readonly session: NewSession | undefined;
  readonly threepids: readonly AccountThreepid[];
}

export interface PasswordChange {
  readonly mxid: string;
  readonly passwordHash: string;
  /** The devices that stay logged in; all others go, with their tokens. */
  readonly keepDevices: "all" | readonly string[];
}

export interface Login {
  readonly mxid: string;
  /** The account's when the password was checked: if it was changed meanwhile, the login fails. */
  readonly passwordHash: string | undefined;
  readonly session: NewSession;
  readonly at: number;
  /**
   * So many devices the account keeps: of more, those that were used least recently go, with their tokens, and never
   * the one that logs in.
   */
  readonly maxDevices: number;
}

export interface Refresh {
  readonly refreshHash: string;
  /** What the client gets in return. */
  readonly tokens: NewTokens;
  readonly at: number;
}

export interface Device {
  readonly deviceId: string;
  readonly displayName: string | undefined;
}

/** Who makes a request to the homeserver. */
export interface Account {
  readonly mxid: string;
  readonly kind: AccountKind;
  readonly deviceId: string;
}

/** Who an access token stands for. */
export interface TokenOwner extends Account {
  readonly locked: boolean;
  readonly expiresAt: number | undefined;
}

export interface AccountStore {
  /**
   * Creates the account with its device, tokens and threepids, or nothing at all: when an account of this name is or
   * ever was there, or one of the threepids is on an account.
   */
  create(account: NewAccount): Promise<"created" | "mxid-taken" | "threepid-taken">;

  /** Deactivated accounts, too. */
  find(mxid: string): Promise<AccountRecord | undefined>;

  /** `gone` when there is no such account, or it is deactivated. Tokens stay as they are. */
  setLocked(mxid: string, locked: boolean): Promise<"changed" | "gone">;

  /**
   * Takes password, devices, tokens and threepids away, and keeps the name. `gone` when there is no such account, or it
   * was deactivated before. `at` may be noted.
   * @param erase whether what the user wrote is to be shown to nobody who joins later: for stores beside rooms
   */
  deactivate(mxid: string, at: number, erase?: boolean): Promise<"deactivated" | "gone">;

  /** `gone` when there is no such account, or it is deactivated. */
  changePassword(change: PasswordChange): Promise<"changed" | "gone">;

  /**
   * Keeps the same password as a newer hash, made here, unless the account's is another one than `from` by now.
   */
  renewPasswordHash(mxid: string, from: string, to: string): Promise<void>;

  /**
   * Left out by a store that holds hashes made here (`$scrypt$...`) and no others. With hashes of another kind, or a
   * directory to ask, it says whether this is the account's password. It is asked at every attempt, for names that nobody
   * has as well, so that all take the same time, and its answer counts where `passwordHash` is none made here. A hash of
   * another kind that matched is replaced by `renewPasswordHash`.
   */
  checkPassword?(mxid: string, password: string): Promise<boolean>;

  /**
   * Logs a device in: a new one, or one of the account's, whose tokens end. `gone` when there is no such account, or it
   * is deactivated; `password-changed` when its `passwordHash` is not the one given.
   */
  openSession(login: Login): Promise<"opened" | "gone" | "password-changed">;

  /**
   * Whose an access token is, expired or not; of deactivated accounts there is none. The first use of a token that a
   * refresh gave shows that the client has it, and ends the tokens that it replaced. When a device was used need not
   * be kept more exactly than to the hour; a token that has expired at `at`, and one of a locked account, does not count.
   */
  useAccessToken(accessHash: string, at: number): Promise<TokenOwner | undefined>;

  /**
   * Gives new tokens to the device of a refresh token. The old ones stay valid until one of the new ones is used, so
   * that a client whose answer was lost asks again: then the answer that it did not get ends, and only the newest is
   * good. To present the new refresh token is to use it. `expired` from the token's `expiresAt` on, and for the token
   * that the device's present ones have replaced: the device is there, and its user has to log in to it again.
   */
  refresh(refresh: Refresh): Promise<"refreshed" | "expired" | "locked" | "unknown">;

  /** The oldest first. */
  devices(mxid: string): Promise<readonly Device[]>;

  /** Answers whether the account has the device. */
  renameDevice(mxid: string, deviceId: string, displayName: string): Promise<boolean>;

  /**
   * Takes devices away, with their tokens. Those that are not there are no error, and a token that outlived its device
   * goes all the same.
   */
  removeDevices(mxid: string, deviceIds: "all" | readonly string[]): Promise<void>;

  /**
   * Drops tokens that ended before `ts`, access and refresh token both, at most `limit` pairs of them, and devices that
   * have no others left; answers how many pairs. Left out by a store that clears up by itself.
   */
  dropEnded?(ts: number, limit: number): Promise<number>;

  /** Whose account the threepid is on: one at most. */
  ownerOf(threepid: Threepid): Promise<string | undefined>;

  /** The first added first. */
  threepids(mxid: string): Promise<readonly AccountThreepid[]>;

  /**
   * `present` when the account has it already: its times stay. `taken` when another one has it, `gone` when there is no
   * such account, or it is deactivated.
   */
  addThreepid(mxid: string, threepid: AccountThreepid): Promise<"added" | "present" | "taken" | "gone">;

  /** One that the account does not have is no error. */
  removeThreepid(mxid: string, threepid: Threepid): Promise<void>;
}
