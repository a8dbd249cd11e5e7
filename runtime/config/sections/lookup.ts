import type { SectionSchema } from "../option.js";

/** Lookups of users by their addresses, and the pepper that the addresses are hashed with. */
export const lookup = {
  type: "object",
  description: "Lookups of users by their addresses. How many addresses anybody may learn of is said in `limits`.",
  additionalProperties: false,
  default: {},
  properties: {
    max_addresses: {
      type: "integer",
      description: "How many addresses one lookup may hold.",
      default: 10_000,
      minimum: 1,
      maximum: 100_000,
    },
    rotate_pepper_after: {
      type: "string",
      description:
        "Hash addresses with another pepper when the current one has been used for so long: hours, days or weeks, such as 30 days; or never, and then only on `threepid pepper rotate`.",
      default: "never",
      pattern: "^(?:never|(?:1 (?:hour|day|week)|[1-9][0-9]{0,3} (?:hours|days|weeks)))$",
      "x-wants": "a number of hours, days or weeks, such as 30 days, or never",
    },
    remembered_addresses: {
      type: "integer",
      description:
        "How many looked-up addresses are remembered, so that looking them up again does not count as new. Each takes 4 bytes of memory.",
      default: 1_000_000,
      minimum: 1_000,
      maximum: 100_000_000,
    },
    memory_mb: {
      type: "integer",
      description:
        "How much memory the hashes of all bound addresses may take, so that lookups need not read the database: about 60 MB for a million. Where they need more, or with 0, lookups read the database.",
      default: 128,
      minimum: 0,
      maximum: 100_000,
    },
  },
} as const satisfies SectionSchema;
