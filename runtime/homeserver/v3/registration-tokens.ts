/** Asking whether a registration token holds. Client-Server API v3, "Token-authenticated registration". */

import type { InvitedRegistrations } from "../domain/registration-tokens.js";
import type { Section } from "./context.js";

export const registrationTokens = (
  domain: Pick<InvitedRegistrations, "isValid">,
): Section<"registrationTokenValidity"> => ({
  async registrationTokenValidity({ query }, { clientIp }) {
    return { status: 200, body: { valid: await domain.isValid(query.token, clientIp) } };
  },
});
