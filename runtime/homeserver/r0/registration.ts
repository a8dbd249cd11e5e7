/** Making accounts. Client-Server API r0, "Account registration and management". */

import type { RegisterRequest } from "../../../generated/client-server/index.js";
import { authAttempt, authResponse } from "../auth-data.js";
import type { ClientContext } from "../client-context.js";
import type { GuestRegistration, Registration, Registrations } from "../domain/registration.js";
import { registeredAnswer } from "../registered-answer.js";
import type { Section } from "./context.js";

interface RegistrationDomain {
  readonly registrations: Registrations;
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

export const registration = ({ registrations, serverName }: RegistrationDomain): Section<"register"> => ({
  async register({ query, body = {} }, context) {
    if (query.kind === "guest") {
      return registeredAnswer(await registrations.registerGuest(guestOf(body, context)), serverName);
    }
    const result = await registrations.register(registrationOf(body, context));
    return result.outcome === "challenged" ? authResponse(result.challenge) : registeredAnswer(result, serverName);
  },
});
