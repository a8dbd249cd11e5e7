/** The whole identity service: every operation of its documents, section by section. */

import { account } from "./account.js";
import { associations } from "./associations.js";
import type { IdentityHandlers } from "./context.js";
import { emailValidation } from "./email-validation.js";
import { hashedLookup } from "./hashed-lookup.js";
import { invitationSigning } from "./invitation-signing.js";
import { invites } from "./invites.js";
import { keys } from "./keys.js";
import { lookup } from "./lookup.js";
import { msisdnValidation } from "./msisdn-validation.js";
import type { IdentityPorts } from "./ports.js";
import type { IdentitySettings } from "./settings.js";
import { status } from "./status.js";
import { termsOfService } from "./terms.js";
import { unbinding } from "./unbinding.js";

export const identityHandlers = (ports: IdentityPorts, settings: IdentitySettings): IdentityHandlers => ({
  ...status(settings.v1.enabled),
  ...keys({ ...ports, invites: ports.storage.invites }),
  ...emailValidation(ports, settings),
  ...msisdnValidation(ports),
  ...associations(ports, settings),
  ...unbinding(ports, settings),
  ...lookup({ ...ports, ...ports.storage }),
  ...hashedLookup({ ...ports, ...ports.storage }, settings.lookup),
  ...account({ ...ports, accessTokens: ports.storage.accessTokens }, settings),
  ...termsOfService({ ...ports, acceptedTerms: ports.storage.acceptedTerms }, settings.terms),
  ...invites(ports, settings),
  ...invitationSigning({ ...ports, invites: ports.storage.invites }, settings),
});
