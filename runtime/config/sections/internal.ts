import type { SectionSchema } from "../option.js";
import { listen } from "./server.js";

/** Binding and unbinding by the operator's own homeserver. */
export const internal = {
  type: "object",
  description:
    "An API for your own homeserver that binds and unbinds addresses without proof. Whoever reaches it speaks for every user.",
  additionalProperties: false,
  default: {},
  properties: {
    enabled: { type: "boolean", description: "Serve it, on a port of its own.", default: false },
    listen: listen("Where it listens. Without a secret only this machine may reach it.", 8091),
    secret: {
      type: "string",
      description: "What requests have to hold as a bearer token.",
      minLength: 16,
      "x-secret": true,
      examples: ["a-long-random-text-of-yours"],
    },
  },
} as const satisfies SectionSchema;
