/** The account as a whole: whose it is, its password, its end. */

import { protocolError } from "../../protocol/errors.js";
import { authAttempt, authResponse } from "../auth-data.js";
import { logged } from "../domain/access.js";
import type { Deactivations } from "../domain/deactivation.js";
import type { PasswordChanges } from "../domain/password.js";
import type { Section } from "./context.js";

interface AccountDomain {
  readonly passwordChanges: PasswordChanges;
  readonly deactivations: Deactivations;
}

/** The user that an application service wants to act as; every other client's token says it all. */
const masquerade = (target: string): string | null => {
  const query = target.indexOf("?");
  return query < 0 ? null : new URLSearchParams(target.slice(query)).get("user_id");
};

export const account = (domain: AccountDomain): Section<"getTokenOwner" | "changePassword" | "deactivateAccount"> => ({
  async getTokenOwner(_, { requester, target }) {
    const { mxid } = logged(requester);
    const wanted = masquerade(target);
    if (wanted !== null && wanted !== mxid) {
      throw protocolError("M_FORBIDDEN", { error: "This access token does not let you act as another user." });
    }
    return { status: 200, body: { user_id: mxid } };
  },

  async changePassword({ body }, { requester, clientIp }) {
    const result = await domain.passwordChanges.change({
      account: requester,
      newPassword: body.new_password,
      logoutDevices: true,
      auth: authAttempt(body.auth),
      clientIp,
    });
    return result.outcome === "challenged" ? authResponse(result.challenge) : { status: 200, body: {} };
  },

  async deactivateAccount({ body = {} }, { requester, clientIp, log }) {
    const result = await domain.deactivations.deactivate({
      account: requester,
      idServer: body.id_server,
      erase: false,
      auth: authAttempt(body.auth),
      clientIp,
      log,
    });
    if (result.outcome === "challenged") return authResponse(result.challenge);
    return { status: 200, body: { id_server_unbind_result: result.unbindResult } };
  },
});
