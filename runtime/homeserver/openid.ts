/** Proofs of identity for third parties: asked for in the same words in every era. Client-Server API, "OpenID". */

import type { ClientContext } from "./client-context.js";
import { logged } from "./domain/access.js";
import type { OpenIdTokens } from "./domain/openid-tokens.js";

interface Asked {
  readonly params: { readonly userId: string };
}

export const openId = (tokens: OpenIdTokens, serverName: string) => ({
  requestOpenIdToken: async ({ params }: Asked, { requester }: ClientContext) => {
    const { accessToken, lifeSeconds } = await tokens.make(logged(requester), params.userId);
    const body = {
      access_token: accessToken,
      token_type: "Bearer",
      matrix_server_name: serverName,
      expires_in: lifeSeconds,
    };
    return { status: 200, body } as const;
  },
});
