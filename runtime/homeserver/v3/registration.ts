/** Making accounts. Client-Server API v3, "Account registration". */

import type { RegisterRequest } from "../../../generated/client-server-v3/index.js";
import { authAttempt, authResponse } from "../auth-data.js";
import type { GuestRegistration, Registered, Registration, Registrations } from "../domain/registration.js";
import type { Usernames } from "../domain/usernames.js";
import type { ClientContext, Section } from "./context.js";

interface RegistrationDomain {
  readonly registrations: Registrations;
  readonly usernames: Usernames;
  readonly serverName: string;
}

/** Binding is a request of its own by now. */
const bindsNothing = { bindEmail: false, bindMsisdn: false } as const;

const registrationOf = (body: RegisterRequest, { clientIp, log }: ClientContext): Registration => ({
  ...bindsNothing,
  username: body.username,
  password: body.password,
  device: {
    deviceId: body.device_id,
    initialDeviceDisplayName: body.initial_device_display_name,
    refreshable: body.refresh_token ?? false,
  },
  inhibitLogin: body.inhibit_login ?? false,
  auth: authAttempt(body.auth),
  clientIp,
  log,
});

/** Of what a guest says about the account, nothing counts but the name of the device, and whether it can refresh. */
const guestOf = (body: RegisterRequest, { clientIp }: ClientContext): GuestRegistration => ({
  device: {
    initialDeviceDisplayName: body.initial_device_display_name,
    refreshable: body.refresh_token ?? false,
  },
  clientIp,
});

export const registration = (domain: RegistrationDomain): Section<"register" | "checkUsernameAvailability"> => {
  const { registrations, usernames, serverName } = domain;

  const registered = ({ mxid, session }: Registered) => {
    const account = { user_id: mxid, home_server: serverName };
    if (session === undefined) return { status: 200, body: account } as const;
    const { accessToken, deviceId, refreshToken, expiresInMs } = session;
    const body = {
      ...account,
      access_token: accessToken,
      device_id: deviceId,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      ...(expiresInMs === undefined ? {} : { expires_in_ms: expiresInMs }),
    };
    return { status: 200, body } as const;
  };

  return {
    async register({ query, body }, context) {
      if (query.kind === "guest") return registered(await registrations.registerGuest(guestOf(body, context)));
      const result = await registrations.register(registrationOf(body, context));
      return result.outcome === "challenged" ? authResponse(result.challenge) : registered(result);
    },

    async checkUsernameAvailability({ query }) {
      await usernames.checkAvailable(query.username);
      return { status: 200, body: { available: true } };
    },
  };
};
