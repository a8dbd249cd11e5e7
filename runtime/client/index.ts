/** The journeys of people with addresses, step by step, on the generated clients: for Node.js, browsers, anything web-like. */

export type { Contact } from "./canonical-contact.js";
export {
  type Discovery,
  type DiscoveryCode,
  type DiscoveryOptions,
  discoverContacts,
  type LookupParties,
} from "./contacts.js";
export type { KnownRefusal, LimitExceeded, Refusal, Result, Success, UnforeseenRefusal } from "./result.js";
