import type { AcceptedPolicies } from "./accepted-policies.js";
import type { Claims } from "./claims.js";
import type { DelegatedSessions } from "./delegated-sessions.js";
import type { InteractiveSessions } from "./interactive-sessions.js";
import type { OpenIdTokens } from "./openid-tokens.js";
import type { Outbox } from "./outbox.js";
import type { RecordedBindings } from "./recorded-bindings.js";
import type { RegistrationTokens } from "./registration-tokens.js";
import type { SigningKeys } from "./signing-keys.js";
import type { ValidationPurposes } from "./validation-purposes.js";
import type { ValidationSessions } from "./validation-sessions.js";

/** What a homeserver's account side keeps beside the accounts, in one database: claims reach over several of these. */
export interface HomeserverStorage {
  readonly claims: Claims;
  readonly recordedBindings: RecordedBindings;
  readonly interactiveSessions: InteractiveSessions;
  readonly acceptedPolicies: AcceptedPolicies;
  readonly registrationTokens: RegistrationTokens;
  readonly delegatedSessions: DelegatedSessions;
  readonly openIdTokens: OpenIdTokens;
  readonly signingKeys: SigningKeys;
  readonly validationPurposes: ValidationPurposes;
  readonly validationSessions: ValidationSessions;
  readonly outbox: Outbox;
}
