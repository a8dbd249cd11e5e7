/** Logging in and out. Client-Server API r0, "Login". */

import { logged } from "../domain/access.js";
import type { Devices } from "../domain/devices.js";
import type { Logins } from "../domain/login.js";
import { loggedInBody, loginFlows, passwordLogin } from "../login-body.js";
import type { HomeserverSettings } from "../settings.js";
import type { Section } from "./context.js";

interface LoginDomain {
  readonly logins: Logins;
  readonly devices: Devices;
}

type LoginOperation = "getLoginFlows" | "login" | "logout" | "logout_all";

export const login = (
  { logins, devices }: LoginDomain,
  settings: Pick<HomeserverSettings, "serverName" | "publicBaseUrl" | "wellKnown">,
): Section<LoginOperation> => ({
  getLoginFlows: loginFlows,

  async login({ body }, { clientIp }) {
    const loggedIn = await logins.byPassword(passwordLogin(body, false, clientIp));
    return { status: 200, body: loggedInBody(loggedIn, settings) };
  },

  async logout(_, { requester }) {
    await devices.logOut(logged(requester));
    return { status: 200, body: {} };
  },

  async logout_all(_, { requester }) {
    await devices.logOutEverywhere(logged(requester));
    return { status: 200, body: {} };
  },
});
