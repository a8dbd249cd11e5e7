/** Changing and resetting passwords. Client-Server API v3, "Password management". */

import { authAttempt, authResponse } from "../auth-data.js";
import type { PasswordChanges } from "../domain/password.js";
import type { Section } from "./context.js";

export const passwordManagement = (domain: PasswordChanges): Section<"changePassword"> => ({
  async changePassword({ body }, { requester, clientIp }) {
    const result = await domain.change({
      account: requester,
      newPassword: body.new_password,
      logoutDevices: body.logout_devices ?? true,
      auth: authAttempt(body.auth),
      clientIp,
    });
    return result.outcome === "challenged" ? authResponse(result.challenge) : { status: 200, body: {} };
  },
});
