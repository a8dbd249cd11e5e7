import type { AccountRecord, AccountStore } from "../../ports/account-store.js";
import type { Limiter } from "../../ports/limiter.js";
import { parseUserId } from "../../protocol/identifiers.js";
import { isPasswordLine, type Passwords } from "../../protocol/password.js";
import { limitTo } from "../../validation/dispatch.js";

export interface PasswordAttempt {
  /**
   * The user ID of the account, or what the client wrote where that stands for none: it is counted alike, so that nobody
   * learns by trying who is known.
   */
  readonly named: string;
  readonly password: string;
  readonly clientIp: string;
}

export interface CheckedPassword {
  /** The account that was named, if there is one, whatever its state. */
  readonly account: AccountRecord | undefined;
  readonly matches: boolean;
}

/** Whether a password is the account's, in the same time whoever was named. Throws M_LIMIT_EXCEEDED. */
export type PasswordCheck = (attempt: PasswordAttempt) => Promise<CheckedPassword>;

interface PasswordCheckPorts {
  readonly accounts: AccountStore;
  readonly passwords: Passwords;
  readonly limiter: Limiter;
}

/** Whom a store is asked about in place of what is no user ID. Top-level domains of this name are nobody's. */
const nobody = "@nobody:nobody.invalid";

export const passwordCheck = ({ accounts, passwords, limiter }: PasswordCheckPorts): PasswordCheck => {
  /** Only now is the password in our hands: a hash that is weak by today's measure, or not ours, is renewed. */
  const renewed = async (account: AccountRecord, from: string, password: string): Promise<AccountRecord> => {
    const passwordHash = await passwords.hash(password);
    await accounts.renewPasswordHash(account.mxid, from, passwordHash);
    return { ...account, passwordHash };
  };

  return async ({ named, password, clientIp }) => {
    await limitTo(limiter, "password.ip", clientIp);
    await limitTo(limiter, "password.account", named);
    const isUser = parseUserId(named) !== undefined;
    const asked = isUser ? named : nobody;
    const found = await accounts.find(asked);
    const account = isUser ? found : undefined;
    const ours = await passwords.verify(password, account?.passwordHash);
    const theirs = (await accounts.checkPassword?.(asked, password)) ?? false;
    const hash = account?.passwordHash;
    const isOurs = hash !== undefined && isPasswordLine(hash);
    if (account === undefined || !(isOurs ? ours.matches : theirs)) return { account, matches: false };
    const isStale = hash !== undefined && (!isOurs || ours.rehash);
    return { account: isStale ? await renewed(account, hash, password) : account, matches: true };
  };
};
