/** Closing accounts. Client-Server API v3, "Deactivating an account". */

import { authAttempt, authResponse } from "../auth-data.js";
import type { Deactivations } from "../domain/deactivation.js";
import type { Section } from "./context.js";

export const accountDeactivation = (domain: Deactivations): Section<"deactivateAccount"> => ({
  async deactivateAccount({ body }, { requester, clientIp, log }) {
    const result = await domain.deactivate({
      account: requester,
      idServer: body.id_server,
      erase: body.erase ?? false,
      auth: authAttempt(body.auth),
      clientIp,
      log,
    });
    if (result.outcome === "challenged") return authResponse(result.challenge);
    return { status: 200, body: { id_server_unbind_result: result.unbindResult } };
  },
});
