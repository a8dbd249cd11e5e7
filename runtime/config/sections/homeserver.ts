import type { SectionSchema } from "../option.js";
import { captcha, registration } from "./registration.js";
import { database, listen, publicBaseUrl, serverName } from "./server.js";
import { wellKnown } from "./well-known.js";

const validate = {
  type: "string",
  description:
    "Who validates: this server itself, or the trusted identity server that the client names, to which requests are handed on.",
  enum: ["self", "proxy"],
  default: "self",
} as const;

const enabled = (what: string) =>
  ({
    type: "boolean",
    description: `Whether ${what} are taken. Where they are not, no message is sent to one, none is added, and ways to register that need one are not offered.`,
    default: true,
  }) as const;

/** Rules are matched against the canonical address, whole. */
const rule = { type: "string", minLength: 1 } as const;

const lifetime = {
  type: "string",
  pattern: "^(?:never|(?:1 (?:minute|hour|day|week)|[1-9][0-9]{0,3} (?:minutes|hours|days|weeks)))$",
  "x-wants": "a number of minutes, hours, days or weeks, such as 15 minutes, or never",
} as const;

/** The account side of a homeserver. Leave the section out to run only the identity server. */
export const homeserver = {
  type: "object",
  description: "The account side of a homeserver. Leave this section out to run only the identity server.",
  additionalProperties: false,
  required: ["server_name", "public_base_url"],
  properties: {
    server_name: { ...serverName, examples: ["example.org"] },
    public_base_url: { ...publicBaseUrl, examples: ["https://matrix.example.org"] },
    listen: listen("Where the homeserver listens.", 8008),
    database: { ...database, default: "data/homeserver.sqlite" },
    well_known: wellKnown,
    registration,
    terms_file: {
      type: "string",
      description:
        "A YAML file with the documents that whoever registers has to accept, where a flow has the stage m.login.terms; it is written like identity.terms_file.",
      minLength: 1,
      examples: ["terms.yaml"],
    },
    captcha,
    passwords: {
      type: "object",
      description: "What a password must be.",
      additionalProperties: false,
      default: {},
      properties: {
        min_length: {
          type: "integer",
          description: "The shortest password, in characters.",
          minimum: 1,
          maximum: 128,
          default: 8,
        },
        require: {
          type: "array",
          description: "Characters of which a password must hold one each: lowercase, uppercase, digit, symbol.",
          items: { type: "string", enum: ["lowercase", "uppercase", "digit", "symbol"] },
          default: [],
          examples: [["lowercase", "digit"]],
        },
      },
    },
    tokens: {
      type: "object",
      description: "How long the access tokens of clients are good that know how to refresh them; all others last.",
      additionalProperties: false,
      default: {},
      properties: {
        access_lifetime: {
          ...lifetime,
          description:
            "How long an access token is good before its client has to refresh it: minutes, hours, days or weeks, such as 15 minutes; or never.",
          default: "1 hour",
        },
        refresh_lifetime: {
          ...lifetime,
          description:
            "How long a client may stay away before its user has to log in again, counted from the last refresh: minutes, hours, days or weeks, such as 30 days; or never.",
          default: "never",
        },
      },
    },
    max_devices: {
      type: "integer",
      description:
        "How many devices one account has at most. A login beyond that logs out the device that was used least recently.",
      default: 100,
      minimum: 1,
      maximum: 10_000,
    },
    next_link_hosts: {
      type: "array",
      description: "Hosts that a link in a mail may lead on to after validation (next_link). Empty allows every host.",
      items: { type: "string", minLength: 1 },
      default: [],
      examples: [["app.example.org"]],
    },
    threepid: {
      type: "object",
      description: "Email addresses and phone numbers of accounts.",
      additionalProperties: false,
      default: {},
      properties: {
        email: {
          type: "object",
          description: "How email addresses are validated.",
          additionalProperties: false,
          default: {},
          properties: {
            enabled: enabled("email addresses"),
            validate,
            method: {
              type: "string",
              description: "What the mail holds when this server validates: a link to open, or a code to type.",
              enum: ["link", "code"],
              default: "link",
            },
          },
        },
        msisdn: {
          type: "object",
          description: "How phone numbers are validated. A message always holds a code.",
          additionalProperties: false,
          default: {},
          properties: { enabled: enabled("phone numbers"), validate },
        },
        changes_enabled: {
          type: "boolean",
          description:
            "Whether users may add addresses to their accounts and take them away (the capability m.3pid_changes). Publishing and unpublishing them at identity servers is always theirs.",
          default: true,
        },
        unbinding: {
          type: "object",
          description: "Taking back, at identity servers, what was published there.",
          additionalProperties: false,
          default: {},
          properties: {
            signed_for: {
              type: "string",
              description:
                "The field that names the identity server in what this server signs: destination, as the specification says; destination_is, which a Sydent checks; or either, one after the other where the first is refused.",
              enum: ["either", "destination", "destination_is"],
              default: "either",
            },
            give_up_after_days: {
              type: "integer",
              description:
                "An identity server that does not answer is tried again, ever more seldom up to once an hour, for so many days.",
              minimum: 1,
              maximum: 365,
              default: 14,
            },
          },
        },
        trusted_id_servers: {
          type: "array",
          description:
            "Identity servers that may validate for this server. name is what clients send in id_server; base_url is where it is reached, if not https:// and its name; may_reset_passwords lets sessions it validated reset passwords, so that whoever runs it can take over any account.",
          items: {
            type: "object",
            additionalProperties: false,
            required: ["name"],
            properties: {
              name: { ...serverName, description: "The host and port of the identity server." },
              base_url: { ...publicBaseUrl, description: "Where it is reached, if not https:// and its name." },
              may_reset_passwords: {
                type: "boolean",
                description: "Whether sessions that it validated may reset a password.",
                default: false,
              },
            },
          },
          default: [],
          examples: [[{ name: "id.example.org" }]],
        },
        allow: {
          type: "array",
          description: "Addresses that may be used, as patterns in which * stands for anything; empty allows all.",
          items: rule,
          default: [],
          examples: [["*@example.org", "49*"]],
        },
        deny: {
          type: "array",
          description:
            "Addresses that may not be used, as patterns in which * stands for anything; stronger than allow.",
          items: rule,
          default: [],
          examples: [["*@example.net"]],
        },
        conceal_accounts: {
          type: "boolean",
          description:
            "Do not tell clients whether an address belongs to an account: answer as if all were well, and explain by mail to whoever reads the address. To a phone number nothing is sent.",
          default: true,
        },
      },
    },
  },
} as const satisfies SectionSchema;
