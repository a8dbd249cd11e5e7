import type { AccountRecord, AccountStore } from "../../ports/account-store.js";
import type { Consumption, Limiter, LimitScope } from "../../ports/limiter.js";
import { limitExceeded } from "../../protocol/errors.js";
import { parseUserId } from "../../protocol/identifiers.js";
import { isPasswordLine, type Passwords } from "../../protocol/password.js";
import { limitTo } from "../../validation/dispatch.js";
import type { NamedAccount } from "./account-identifier.js";

export interface PasswordAttempt {
  readonly named: NamedAccount;
  readonly password: string;
  readonly clientIp: string;
  /** Whose access token came with it, if one did. */
  readonly caller?: string | undefined;
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

/** Where wrong passwords are counted. */
interface Count {
  readonly scope: LimitScope;
  readonly key: string;
}

interface Counts {
  readonly byName: readonly Count[];
  readonly byAccount: readonly Count[];
}

/** By client before all: strangers who guess at an account should not keep its owner out, unless they are very many. */
const countsOf = (whom: string, clientIp: string): readonly Count[] => [
  { scope: "password.account", key: `${whom} ${clientIp}` },
  { scope: "password.everywhere", key: whom },
];

/**
 * Wrong passwords count by the name that the client gave, which tells it to wait, and by the account that it stands for,
 * which does not: else whoever used up an account's tries would learn from that what other names it has.
 */
const countsFor = ({ named: { name, mxid }, clientIp, caller }: PasswordAttempt): Counts => {
  // Whoever is logged in already is no stranger, and hears of none.
  if (caller !== undefined && caller === mxid) {
    return { byName: [{ scope: "password.account", key: `caller ${caller}` }], byAccount: [] };
  }
  return { byName: countsOf(`name ${name}`, clientIp), byAccount: countsOf(`account ${mxid ?? name}`, clientIp) };
};

export const passwordCheck = ({ accounts, passwords, limiter }: PasswordCheckPorts): PasswordCheck => {
  /** Only now is the password in our hands: a hash that is weak by today's measure, or not ours, is renewed. */
  const renewed = async (account: AccountRecord, from: string, password: string): Promise<AccountRecord> => {
    const passwordHash = await passwords.hash(password);
    await accounts.renewPasswordHash(account.mxid, from, passwordHash);
    return { ...account, passwordHash };
  };

  /** In the same time for somebody and, where undefined, for nobody. */
  const tried = async (mxid: string | undefined, password: string): Promise<CheckedPassword> => {
    const isUser = mxid !== undefined && parseUserId(mxid) !== undefined;
    const asked = isUser ? mxid : nobody;
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

  /** All of them, whatever the first says: what is counted by name and by account stays in step. */
  const consume = async (counts: readonly Count[], cost: number): Promise<Consumption> => {
    const consumed = await Promise.all(counts.map(({ scope, key }) => limiter.consume(scope, key, cost)));
    return {
      allowed: consumed.every(({ allowed }) => allowed),
      retryAfterMs: Math.max(0, ...consumed.map(({ retryAfterMs }) => retryAfterMs)),
    };
  };

  /** Whether the account may be tried under this name. Throws M_LIMIT_EXCEEDED where the name may not be tried at all. */
  const mayTry = async ({ byName, byAccount }: Counts, cost: 0 | 1): Promise<boolean> => {
    const [name, account] = [await consume(byName, cost), await consume(byAccount, cost)];
    if (!name.allowed) throw limitExceeded(name.retryAfterMs);
    return account.allowed;
  };

  return async (attempt) => {
    const { named, password, clientIp } = attempt;
    await limitTo(limiter, "password.ip", clientIp);
    const counts = countsFor(attempt);
    const checked = await tried((await mayTry(counts, 0)) ? named.mxid : undefined, password);
    // Asked again of a right one: many may have been tried at once.
    return (await mayTry(counts, checked.matches ? 0 : 1)) ? checked : { account: undefined, matches: false };
  };
};
