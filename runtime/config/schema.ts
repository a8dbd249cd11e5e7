import type { SectionSchema, ValueOf } from "./option.js";
import { mail, mailbox } from "./sections/delivery.js";
import { homeserver } from "./sections/homeserver.js";
import { identity } from "./sections/identity.js";
import { limits } from "./sections/limits.js";
import { observe } from "./sections/observe.js";
import { development, http, log, network } from "./sections/operation.js";
import { sms } from "./sections/sms.js";

/** The one declaration of the configuration: it validates, gives defaults, types, documents and prints a sample. */
export const schema = {
  type: "object",
  description: "The configuration of threepid.",
  additionalProperties: false,
  properties: { identity, homeserver, mail, sms, mailbox, http, network, limits, log, observe, development },
} as const satisfies SectionSchema;

/** A loaded configuration: valid, with every default applied. */
export type Configuration = ValueOf<typeof schema>;

export type IdentityOptions = ValueOf<typeof identity>;
export type HomeserverOptions = ValueOf<typeof homeserver>;
