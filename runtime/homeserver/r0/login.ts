/** Logging in. Client-Server API r0, "Login". */

import type { Logins } from "../domain/login.js";
import { loggedInBody, loginFlows, passwordLogin } from "../login-body.js";
import type { HomeserverSettings } from "../settings.js";
import type { Section } from "./context.js";

export const login = (
  logins: Logins,
  settings: Pick<HomeserverSettings, "serverName" | "publicBaseUrl" | "wellKnown">,
): Section<"getLoginFlows" | "login"> => ({
  getLoginFlows: loginFlows,

  async login({ body }, { clientIp }) {
    const loggedIn = await logins.byPassword(passwordLogin(body, false, clientIp));
    return { status: 200, body: loggedInBody(loggedIn, settings) };
  },
});
