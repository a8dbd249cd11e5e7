/** Proofs of identity for third parties: asked for in the same words in both eras. Client-Server API, "OpenID". */

import { logged } from "./domain/access.js";
import type { OpenIdTokens } from "./domain/openid-tokens.js";
import type { Section } from "./r0/context.js";

export const openId = (tokens: OpenIdTokens, serverName: string): Section<"requestOpenIdToken"> => ({
  async requestOpenIdToken({ params }, { requester }) {
    const { accessToken, lifeSeconds } = await tokens.make(logged(requester), params.userId);
    return {
      status: 200,
      body: {
        access_token: accessToken,
        token_type: "Bearer",
        matrix_server_name: serverName,
        expires_in: lifeSeconds,
      },
    };
  },
});
