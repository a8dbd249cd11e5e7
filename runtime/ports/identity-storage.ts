/** Everything an identity server keeps. */

import type { AccessTokens } from "./access-tokens.js";
import type { Associations } from "./associations.js";
import type { Invites } from "./invites.js";
import type { Outbox } from "./outbox.js";
import type { SigningKeys } from "./signing-keys.js";
import type { ValidationSessions } from "./validation-sessions.js";

export interface IdentityStorage {
  readonly accessTokens: AccessTokens;
  readonly associations: Associations;
  readonly invites: Invites;
  readonly outbox: Outbox;
  readonly signingKeys: SigningKeys;
  readonly validationSessions: ValidationSessions;
}
