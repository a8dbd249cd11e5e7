/** Making accounts. Client-Server API r0, "Account registration and management". */

import type { RegisterRequest } from "../../../generated/client-server/index.js";
import { authAttempt, authResponse } from "../auth-data.js";
import type { GuestRegistration, Registered, Registration, Registrations } from "../domain/registration.js";
import type { Usernames } from "../domain/usernames.js";
import type { ClientContext, Section } from "./context.js";

interface RegistrationDomain {
  readonly registrations: Registrations;
  readonly usernames: Usernames;
  readonly serverName: string;
}

const registrationOf = (body: RegisterRequest, { clientIp, log }: ClientContext): Registration => ({
  username: body.username,
  password: body.password,
  device: {
    deviceId: body.device_id,
    initialDeviceDisplayName: body.initial_device_display_name,
    refreshable: false,
  },
  inhibitLogin: body.inhibit_login ?? false,
  bindEmail: body.bind_email ?? false,
  bindMsisdn: body.bind_msisdn ?? false,
  auth: authAttempt(body.auth),
  clientIp,
  log,
});

/** Of what a guest says about the account, nothing counts but the name of the device. */
const guestOf = (body: RegisterRequest, { clientIp }: ClientContext): GuestRegistration => ({
  device: { initialDeviceDisplayName: body.initial_device_display_name, refreshable: false },
  clientIp,
});

export const registration = (domain: RegistrationDomain): Section<"register" | "checkUsernameAvailability"> => {
  const { registrations, usernames, serverName } = domain;

  const registered = ({ mxid, session }: Registered) => {
    const login = session === undefined ? {} : { access_token: session.accessToken, device_id: session.deviceId };
    return { status: 200, body: { user_id: mxid, home_server: serverName, ...login } } as const;
  };

  return {
    async register({ query, body = {} }, context) {
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
