/** Whose a request's access token is, for whoever asks. */

import type { Account } from "../ports/account-store.js";
import { protocolError } from "../protocol/errors.js";
import type { ClientContext } from "./client-context.js";
import { logged } from "./domain/access.js";

/** The user that an application service wants to act as; every other client's token says it all. */
const masquerade = (target: string): string | null => {
  const query = target.indexOf("?");
  return query < 0 ? null : new URLSearchParams(target.slice(query)).get("user_id");
};

/** Throws M_FORBIDDEN to whoever wants to be somebody else. */
export const tokenOwner = ({ requester, target }: ClientContext): Account => {
  const account = logged(requester);
  const wanted = masquerade(target);
  if (wanted !== null && wanted !== account.mxid) {
    throw protocolError("M_FORBIDDEN", { error: "This access token does not let you act as another user." });
  }
  return account;
};
