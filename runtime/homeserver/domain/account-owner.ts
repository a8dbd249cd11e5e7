import type { Account, AccountStore } from "../../ports/account-store.js";
import { protocolError } from "../../protocol/errors.js";
import { lockedOut } from "./access.js";
import type { Authorised } from "./interactive-auth.js";

/**
 * The account that the completed stages stand for: never one that the client merely names. An address that has left
 * the account since its stage was completed proves nothing any more. Throws M_FORBIDDEN, and M_USER_LOCKED.
 */
export const provedAccount = async (
  accounts: Pick<AccountStore, "find" | "ownerOf">,
  caller: Account | undefined,
  { mxid, proofs }: Authorised,
): Promise<string> => {
  const owners = await Promise.all(proofs.map((proof) => accounts.ownerOf(proof)));
  const consistent = owners.every((owner) => owner === mxid) && (caller === undefined || caller.mxid === mxid);
  if (mxid === undefined || !consistent) throw protocolError("M_FORBIDDEN");
  if ((await accounts.find(mxid))?.state === "locked") throw lockedOut();
  return mxid;
};
