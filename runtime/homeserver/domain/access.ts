import type { Account, AccountStore, TokenOwner } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import { type ProtocolError, protocolError } from "../../protocol/errors.js";
import { tokenHash } from "../../protocol/tokens.js";

/** What a client is told whose device stays, and with it everything that it has: its user has to log in to it again. */
export const softlyLoggedOut = (): ProtocolError =>
  protocolError("M_UNKNOWN_TOKEN", { error: "The token has ended.", extra: { soft_logout: true } });

/** What a locked account is told. Its tokens stay: when it is unlocked, all goes on where it was. */
export const lockedOut = (): ProtocolError => protocolError("M_USER_LOCKED", { extra: { soft_logout: true } });

/**
 * Finds whose access token it is. Deactivated accounts have none. Throws M_UNKNOWN_TOKEN for one that has expired.
 */
export type Authenticate = (accessToken: string) => Promise<TokenOwner | undefined>;

interface AccessPorts {
  readonly accounts: Pick<AccountStore, "useAccessToken">;
  readonly clock: Clock;
}

export const authentication =
  ({ accounts, clock }: AccessPorts): Authenticate =>
  async (accessToken) => {
    const now = clock.now();
    const owner = await accounts.useAccessToken(tokenHash(accessToken), now);
    if (owner?.expiresAt !== undefined && owner.expiresAt <= now) throw softlyLoggedOut();
    return owner;
  };

/** What a locked account may still do, by the names that the documents of every era have for it. */
const openToLocked: readonly string[] = ["logout", "logout_all"];

/** Throws M_USER_LOCKED for a locked account, whatever it wants but to leave. */
export const permitUnlessLocked = ({ locked }: TokenOwner, operation: { readonly id: string }): void => {
  if (locked && !openToLocked.includes(operation.id)) throw lockedOut();
};

/** The requester of an operation that needs one. Throws M_MISSING_TOKEN where nobody is logged in. */
export const logged = (account: Account | undefined): Account => {
  if (account === undefined) throw protocolError("M_MISSING_TOKEN");
  return account;
};

/** A guest's account proves nothing about a person, and nothing is attached to it. Throws M_FORBIDDEN. */
export const noGuest = (account: Account): Account => {
  if (account.kind === "guest")
    throw protocolError("M_FORBIDDEN", { error: "Guests cannot do this. Please register." });
  return account;
};
