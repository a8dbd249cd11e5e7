import type { Account, AccountStore } from "../../ports/account-store.js";
import { protocolError } from "../../protocol/errors.js";
import { tokenHash } from "../../protocol/tokens.js";

/** Finds whose access token it is. Deactivated accounts have none. */
export type Authenticate = (accessToken: string) => Promise<Account | undefined>;

export const authentication =
  (accounts: Pick<AccountStore, "useAccessToken">): Authenticate =>
  (accessToken) =>
    accounts.useAccessToken(tokenHash(accessToken));

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
