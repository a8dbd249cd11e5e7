/** How a client goes on that was let in, as the bodies of every era say it. */

import type { GivenTokens, OpenedSession } from "./domain/new-session.js";

export const tokenBody = ({ accessToken, refreshToken, expiresInMs }: GivenTokens) => ({
  access_token: accessToken,
  ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
  ...(expiresInMs === undefined ? {} : { expires_in_ms: expiresInMs }),
});

export const sessionBody = (session: OpenedSession) => ({ device_id: session.deviceId, ...tokenBody(session) });
