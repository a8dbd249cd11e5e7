import type { Gateway } from "./gateway.js";
import { generic } from "./generic.js";
import { openmarket } from "./openmarket.js";
import { twilio } from "./twilio.js";

/** The gateways that are known, by the name that the configuration has for them. */
export const gateways = { generic, openmarket, twilio } as const satisfies Readonly<Record<string, Gateway>>;
