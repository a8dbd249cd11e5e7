/** Logging in, and staying so. Client-Server API v3, "Legacy API" of account management. */

import { protocolError } from "../../protocol/errors.js";
import type { Logins } from "../domain/login.js";
import type { RefreshTokens } from "../domain/refresh.js";
import { loggedInBody, loginFlows, passwordLogin } from "../login-body.js";
import { tokenBody } from "../session-body.js";
import type { HomeserverSettings } from "../settings.js";
import { tokenOwner } from "../token-owner.js";
import type { Section } from "./context.js";

interface LoginDomain {
  readonly logins: Logins;
  readonly refreshTokens: RefreshTokens;
}

type LoginOperation = "getLoginFlows" | "login" | "refresh" | "getTokenOwner";

export const login = (
  { logins, refreshTokens }: LoginDomain,
  settings: Pick<HomeserverSettings, "serverName" | "publicBaseUrl" | "wellKnown">,
): Section<LoginOperation> => ({
  getLoginFlows: loginFlows,

  async login({ body }, { clientIp }) {
    if (body.type === "m.login.application_service") throw protocolError("M_APPSERVICE_LOGIN_UNSUPPORTED");
    const loggedIn = await logins.byPassword(passwordLogin(body, body.refresh_token ?? false, clientIp));
    return { status: 200, body: loggedInBody(loggedIn, settings) };
  },

  async refresh({ body }) {
    return { status: 200, body: tokenBody(await refreshTokens(body.refresh_token)) };
  },

  async getTokenOwner(_, context) {
    const { mxid, deviceId, kind } = tokenOwner(context);
    return { status: 200, body: { user_id: mxid, device_id: deviceId, is_guest: kind === "guest" } };
  },
});
