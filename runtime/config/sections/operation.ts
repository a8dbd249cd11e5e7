import type { SectionSchema } from "../option.js";

export const http = {
  type: "object",
  description: "What both servers demand of every request.",
  additionalProperties: false,
  default: {},
  properties: {
    max_body_bytes: {
      type: "integer",
      description: "The largest request body that is read, in bytes.",
      minimum: 1024,
      maximum: 16777216,
      default: 524288,
    },
    request_timeout_ms: {
      type: "integer",
      description: "How long a client may take to send one request, in milliseconds.",
      minimum: 100,
      maximum: 600000,
      default: 10000,
    },
    trusted_proxies: {
      type: "array",
      description: "Addresses or networks of reverse proxies whose X-Forwarded-For tells the client's address.",
      items: { type: "string", minLength: 2 },
      default: [],
      examples: [["10.0.0.0/8"]],
    },
  },
} as const satisfies SectionSchema;

export const network = {
  type: "object",
  description: "Where this program may connect to when strangers choose the destination.",
  additionalProperties: false,
  default: {},
  properties: {
    allow_private: {
      type: "array",
      description:
        "Private, loopback or link-local addresses, networks and host names that may be reached all the same. Public addresses always may.",
      items: { type: "string", minLength: 2 },
      default: [],
      examples: [["127.0.0.1/32", "10.1.0.0/16"]],
    },
    refuse: {
      type: "array",
      description: "Public addresses and networks that may not be reached. allow_private is stronger.",
      items: { type: "string", minLength: 2 },
      default: [],
      examples: [["198.41.0.0/24"]],
    },
    timeout_ms: {
      type: "integer",
      description: "How long another server may take to answer, in milliseconds.",
      minimum: 100,
      maximum: 120000,
      default: 10000,
    },
    dns_servers: {
      type: "array",
      description:
        "Name servers that other servers are looked up at, with a port where it is not 53. Empty takes those that this machine is configured for, and its table of hosts; only names in this configuration are then looked up by whatever else it knows.",
      items: { type: "string", minLength: 2 },
      default: [],
      examples: [["10.0.0.53", "[fd00::53]:5353"]],
    },
    ca_file: {
      type: "string",
      description:
        "A file with certificates of authorities, as PEM, that other servers' certificates may lead to as well as to the usual ones.",
      minLength: 1,
      examples: ["/etc/ssl/private-ca.pem"],
    },
    verify_certificates: {
      type: "boolean",
      description:
        "Whether other servers must prove who they are. Without this, whoever is in between can speak for any user.",
      default: true,
    },
  },
} as const satisfies SectionSchema;

export const log = {
  type: "object",
  description:
    "What is written to standard error, one JSON object for each line. Never secrets, never addresses of people.",
  additionalProperties: false,
  default: {},
  properties: {
    level: {
      type: "string",
      description: "The least that is worth a line.",
      enum: ["silent", "fatal", "error", "warn", "info", "debug", "trace"],
      default: "info",
    },
  },
} as const satisfies SectionSchema;

export const development = {
  type: "object",
  description: "Checks that cost time and find mistakes.",
  additionalProperties: false,
  default: {},
  properties: {
    check_answers: {
      type: "boolean",
      description: "Check every answer against the documents, and answer 500 where one does not fit.",
      default: false,
    },
  },
} as const satisfies SectionSchema;
