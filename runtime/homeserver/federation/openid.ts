/** Whose OpenID token it is, for whoever was handed it. Server-Server API, "OpenID". */

import type { OpenIdTokens } from "../domain/openid-tokens.js";
import type { Section } from "./context.js";

export const openId = (tokens: OpenIdTokens): Section<"exchangeOpenIdToken"> => ({
  exchangeOpenIdToken: async ({ query }) => ({
    status: 200,
    body: { sub: await tokens.ownerOf(query.access_token) },
  }),
});
