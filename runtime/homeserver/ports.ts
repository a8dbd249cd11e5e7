import type { AccountStore } from "../ports/account-store.js";
import type { Captcha } from "../ports/captcha.js";
import type { Clock } from "../ports/clock.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { HomeserverStorage } from "../ports/homeserver-storage.js";
import type { IdentityServers } from "../ports/identity-servers.js";
import type { InviteExchanges } from "../ports/invite-exchanges.js";
import type { KeyDocuments } from "../ports/key-documents.js";
import type { KeyValidity } from "../ports/key-validity.js";
import type { Limiter } from "../ports/limiter.js";
import type { Logger } from "../ports/logger.js";
import type { Random } from "../ports/random.js";
import type { Rooms } from "../ports/rooms.js";
import type { Passwords } from "../protocol/password.js";
import type { Validation } from "../validation/validation.js";
import type { BindingTurns } from "./domain/binding-turns.js";

/** Everything outside that the homeserver's logic reaches for. */
export interface HomeserverPorts {
  readonly accounts: AccountStore;
  /** What is kept beside the accounts. */
  readonly storage: HomeserverStorage;
  /** Over the validation sessions of the same storage. */
  readonly validation: Validation;
  readonly identityServers: IdentityServers;
  /** Of other homeservers, for what they sign. */
  readonly homeserverKeys: HomeserverKeys;
  /** Undefined where nobody has rooms: what needs them is not served then. */
  readonly rooms: Rooms | undefined;
  readonly inviteExchanges: InviteExchanges;
  readonly keyValidity: KeyValidity;
  readonly keyDocuments: KeyDocuments;
  /** The same that the outbox unbinds by. */
  readonly bindingTurns: BindingTurns;
  /** Says that an outbox entry of this kind was written. */
  readonly wakeOutbox: (kind: string) => void;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: Random;
  readonly passwords: Passwords;
  /** Where registration asks for captchas. */
  readonly captcha?: Captcha | undefined;
}
