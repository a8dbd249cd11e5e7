import type { Account, AccountRecord, AccountStore } from "../../ports/account-store.js";
import { protocolError } from "../../protocol/errors.js";
import { tokenHash } from "../../protocol/tokens.js";
import { lockedOut } from "./access.js";
import type { Authorised } from "./interactive-auth.js";

/** Which password an account has, for whoever compares: another digest is another password, or the same as a newer hash. */
export const passwordDigest = (account: AccountRecord | undefined): string | undefined =>
  account?.passwordHash === undefined ? undefined : tokenHash(account.passwordHash);

/**
 * The account that the completed stages stand for: never one that the client merely names. An address that has left
 * the account since its stage was completed proves nothing any more, nor does anything from before the password was set
 * anew. Throws M_FORBIDDEN, and M_USER_LOCKED.
 */
export const provedAccount = async (
  accounts: Pick<AccountStore, "find" | "ownerOf">,
  caller: Account | undefined,
  { mxid, passwordDigests, proofs }: Authorised,
): Promise<string> => {
  const owners = await Promise.all(proofs.map((proof) => accounts.ownerOf(proof)));
  const consistent = owners.every((owner) => owner === mxid) && (caller === undefined || caller.mxid === mxid);
  if (mxid === undefined || !consistent) throw protocolError("M_FORBIDDEN");
  const account = await accounts.find(mxid);
  if (account?.state === "locked") throw lockedOut();
  if (passwordDigests.some((digest) => digest !== passwordDigest(account))) {
    throw protocolError("M_FORBIDDEN", { error: "The password was changed meanwhile. Please start again." });
  }
  return mxid;
};
