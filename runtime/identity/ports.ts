/** Everything outside that the identity server's logic reaches for. */

import type { Clock } from "../ports/clock.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { Homeservers } from "../ports/homeservers.js";
import type { IdentityStorage } from "../ports/identity-storage.js";
import type { Limiter } from "../ports/limiter.js";
import type { Random } from "../ports/random.js";
import type { SeenKeys } from "../ports/seen-keys.js";
import type { Keyring } from "../signing/keyring.js";
import type { Validation } from "../validation/validation.js";

export interface IdentityPorts {
  readonly storage: Pick<
    IdentityStorage,
    "acceptedTerms" | "accessTokens" | "associations" | "invites" | "lookupHashes"
  >;
  /** Over the sessions of the same storage. */
  readonly validation: Validation;
  readonly keyring: Keyring;
  /** For homeservers that sign an unbind. */
  readonly homeserverKeys: HomeserverKeys;
  /** For OpenID tokens, and for telling of bindings. */
  readonly homeservers: Homeservers;
  /** Told after something of this kind was written to the outbox. */
  readonly wakeOutbox: (kind: string) => void;
  readonly limiter: Limiter;
  /** What was looked up before, by whom. */
  readonly seenKeys: SeenKeys;
  readonly clock: Clock;
  readonly random: Random;
}
