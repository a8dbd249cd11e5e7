/** The account as a whole: whose it is, its password, its end. */

import { authAttempt, authResponse } from "../auth-data.js";
import type { Deactivations } from "../domain/deactivation.js";
import type { PasswordChanges } from "../domain/password.js";
import { tokenOwner } from "../token-owner.js";
import type { Section } from "./context.js";

interface AccountDomain {
  readonly passwordChanges: PasswordChanges;
  readonly deactivations: Deactivations;
}

export const account = (domain: AccountDomain): Section<"getTokenOwner" | "changePassword" | "deactivateAccount"> => ({
  async getTokenOwner(_, context) {
    return { status: 200, body: { user_id: tokenOwner(context).mxid } };
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
