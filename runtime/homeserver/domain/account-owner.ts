import type { Account, AccountStore } from "../../ports/account-store.js";
import { protocolError } from "../../protocol/errors.js";
import type { Authorised } from "./interactive-auth.js";

/**
 * The account that the completed stages stand for: never one that the client merely names. An address that has left
 * the account since its stage was completed proves nothing any more.
 */
export const provedAccount = async (
  accounts: Pick<AccountStore, "ownerOf">,
  caller: Account | undefined,
  { mxid, proofs }: Authorised,
): Promise<string> => {
  const owners = await Promise.all(proofs.map((proof) => accounts.ownerOf(proof)));
  const consistent = owners.every((owner) => owner === mxid) && (caller === undefined || caller.mxid === mxid);
  if (mxid === undefined || !consistent) throw protocolError("M_FORBIDDEN");
  return mxid;
};
