/** Everything an identity server keeps. */

import type { AcceptedTerms } from "./accepted-terms.js";
import type { AccessTokens } from "./access-tokens.js";
import type { Associations } from "./associations.js";
import type { Invites } from "./invites.js";
import type { LookupHashes } from "./lookup-hashes.js";
import type { Outbox } from "./outbox.js";
import type { PepperRotation } from "./pepper-rotation.js";
import type { SigningKeys } from "./signing-keys.js";
import type { ValidationSessions } from "./validation-sessions.js";

export interface IdentityStorage {
  readonly acceptedTerms: AcceptedTerms;
  readonly accessTokens: AccessTokens;
  readonly associations: Associations;
  readonly invites: Invites;
  readonly lookupHashes: LookupHashes;
  readonly outbox: Outbox;
  readonly pepperRotation: PepperRotation;
  readonly signingKeys: SigningKeys;
  readonly validationSessions: ValidationSessions;
}
