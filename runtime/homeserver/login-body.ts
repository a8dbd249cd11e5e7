/** Logging in, as the bodies of every era say it. What an era adds stands beside its handlers. */

import { missingParam, protocolError } from "../protocol/errors.js";
import { accountIdentifier } from "./auth-data.js";
import type { LoggedIn, PasswordLogin } from "./domain/login.js";
import { sessionBody } from "./session-body.js";
import { type ClientWellKnown, wellKnownBody } from "./well-known.js";

/** Of the body, what every era types alike. Who logs in is read by hand: its fields depend on one another. */
interface LoginBody {
  readonly type: string;
  readonly password?: string | undefined;
  readonly device_id?: string | undefined;
  readonly initial_device_display_name?: string | undefined;
}

/** The ways to log in. */
export const loginFlows = () => {
  const body = { flows: [{ type: "m.login.password" }] };
  return { status: 200, body } as const;
};

/** Throws M_UNKNOWN (400) for a way that there is not, M_MISSING_PARAM, M_INVALID_PARAM. */
export const passwordLogin = (body: LoginBody, refreshable: boolean, clientIp: string): PasswordLogin => {
  if (body.type !== "m.login.password") {
    throw protocolError("M_UNKNOWN", { status: 400, error: "There is no such way to log in here." });
  }
  const identifier = accountIdentifier({ ...body }, "");
  if (identifier === undefined) throw missingParam("identifier");
  if (body.password === undefined) throw missingParam("password");
  const device = {
    deviceId: body.device_id,
    initialDeviceDisplayName: body.initial_device_display_name,
    refreshable,
  };
  return { identifier, password: body.password, device, clientIp };
};

/** What a client gets that was let in. */
export const loggedInBody = (
  { mxid, session }: LoggedIn,
  settings: ClientWellKnown & { readonly serverName: string },
) => ({
  user_id: mxid,
  home_server: settings.serverName,
  ...sessionBody(session),
  well_known: wellKnownBody(settings),
});
