/** The journeys of people with addresses, step by step, on the generated clients: for Node.js, browsers, anything web-like. */

export { type BindingCode, type BindingParties, bindThreepid, type NewBinding } from "./bindings.js";
export type { Contact } from "./canonical-contact.js";
export {
  type Discovery,
  type DiscoveryCode,
  type DiscoveryOptions,
  discoverContacts,
  type LookupParties,
} from "./contacts.js";
export {
  type AwaitingTerms,
  type IdentityAccountCode,
  type IdentityAccountOptions,
  type IdentityAccountParties,
  identityAccount,
  type OpenAccount,
  type TermsDocument,
} from "./identity-account.js";
export { type StageCode, type StageFields, type Stages, withPassword } from "./interactive-auth.js";
export { type NewPassword, type PasswordCode, type PasswordParties, resetPassword } from "./password.js";
export type { Patience } from "./patience.js";
export {
  type Account,
  type NewAccount,
  type RegistrationCode,
  type RegistrationParties,
  registerWithEmail,
} from "./registration.js";
export type { KnownRefusal, LimitExceeded, Refusal, Result, Success, UnforeseenRefusal } from "./result.js";
export {
  addThreepid,
  type NewThreepid,
  type OwnThreepid,
  type RemovalCode,
  removeThreepid,
  type ThreepidCode,
  type ThreepidParties,
  type Unbound,
  unbindThreepid,
} from "./threepids.js";
export type {
  AwaitingCode,
  AwaitingLink,
  CodeCode,
  Fetch,
  MessageCode,
  MessageOptions,
  Reachable,
  Step,
  Validation,
} from "./validation.js";
