import type { SectionSchema } from "../option.js";
import { publicBaseUrl } from "./server.js";

const { pattern, "x-wants": wants } = publicBaseUrl;

/** A directory of users that lookups ask besides the database. */
export const identityStore = {
  type: "object",
  description: "A directory of your own that lookups ask about addresses that nobody has bound here.",
  additionalProperties: false,
  default: {},
  properties: {
    url: {
      type: "string",
      description: "Where its REST API is; it may be private. Without it there is none.",
      pattern,
      "x-wants": wants,
      examples: ["http://directory.internal:8080/matrix"],
    },
    secret: {
      type: "string",
      description: "What it is sent as a bearer token.",
      minLength: 1,
      "x-secret": true,
      examples: ["a-long-random-text-of-yours"],
    },
    by_hash: {
      type: "boolean",
      description: "It answers by hashes, too. Without this the lookups of version 2 that hash do not find its users.",
      default: false,
    },
    timeout_ms: {
      type: "integer",
      description:
        "How long it may take to answer, in milliseconds. After a failure it is left alone for five seconds.",
      minimum: 10,
      maximum: 60000,
      default: 1000,
    },
    cache_seconds: {
      type: "integer",
      description: "How long its answers are remembered, in seconds.",
      minimum: 0,
      maximum: 86400,
      default: 60,
    },
  },
} as const satisfies SectionSchema;
