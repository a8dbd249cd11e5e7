import type { Accounts } from "./accounts.js";
import type { DelegatedSessions } from "./delegated-sessions.js";
import type { InteractiveSessions } from "./interactive-sessions.js";
import type { RegistrationTokens } from "./registration-tokens.js";
import type { AccountThreepids } from "./threepids.js";
import type { ValidationPurposes } from "./validation-purposes.js";
import type { ValidationSessions } from "./validation-sessions.js";

/** Everything a homeserver's account side keeps, in one database: claims reach over all of it. */
export interface HomeserverStorage {
  readonly accounts: Accounts;
  readonly threepids: AccountThreepids;
  readonly interactiveSessions: InteractiveSessions;
  readonly registrationTokens: RegistrationTokens;
  readonly delegatedSessions: DelegatedSessions;
  readonly validationPurposes: ValidationPurposes;
  readonly validationSessions: ValidationSessions;
}
