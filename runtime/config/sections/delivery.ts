import type { SectionSchema } from "../option.js";
import { listen } from "./server.js";

export const mail = {
  type: "object",
  description: "How mail leaves.",
  additionalProperties: false,
  default: {},
  properties: {
    transport: {
      type: "string",
      description:
        "smtp hands mail to a mail server; mailbox keeps it in a folder and shows it on a page, for development.",
      enum: ["smtp", "mailbox"],
      default: "mailbox",
    },
    from: {
      type: "string",
      description: "The address that every mail comes from.",
      pattern: "^[^\\s@<>]+@[^\\s@<>]+$",
      "x-wants": "a bare email address; the name goes to from_name",
      default: "noreply@localhost",
      examples: ["noreply@example.org"],
    },
    from_name: { type: "string", description: "The name beside that address.", default: "threepid" },
    service_name: {
      type: "string",
      description: "What recipients of mails and text messages know this service as.",
      default: "threepid",
      minLength: 1,
    },
    languages: {
      type: "array",
      description:
        "The languages that mails, text messages and pages are offered in, the first for whoever wants none of them. en and de need nothing; for others, templates must hold a whole folder.",
      items: {
        type: "string",
        pattern: "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
        "x-wants": "a language such as de or pt-BR",
      },
      minItems: 1,
      default: ["en", "de"],
    },
    templates: {
      type: "string",
      description:
        "A folder of templates that stand in place of ours, file by file: by brand and language, brand, language, or for all.",
      minLength: 1,
      examples: ["templates"],
    },
    brand: {
      type: "string",
      description:
        "The brand, a folder in the templates' folder brands, of whoever names no other in a request's parameter brand.",
      pattern: "^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$",
      "x-wants": "letters, digits, dots, dashes and underscores",
      examples: ["acme"],
    },
    host: { type: "string", description: "The mail server, for smtp.", minLength: 1, examples: ["smtp.example.org"] },
    port: { type: "integer", description: "The mail server's port.", minimum: 1, maximum: 65535, default: 587 },
    tls: {
      type: "string",
      description:
        "starttls upgrades the connection and refuses to go on without; tls encrypts from the first byte; none never does.",
      enum: ["starttls", "tls", "none"],
      default: "starttls",
    },
    user: {
      type: "string",
      description: "The mail server's user name, where it wants one.",
      minLength: 1,
      examples: ["threepid"],
    },
    password: {
      type: "string",
      description: "The password of that user. Better given as environment variable than in the file.",
      "x-secret": true,
      examples: ["..."],
    },
    ca_file: {
      type: "string",
      description: "A file with the certificate authority (PEM) to trust instead of the system's.",
      minLength: 1,
      examples: ["/etc/ssl/mail-ca.pem"],
    },
    helo: {
      type: "string",
      description: "What this machine calls itself to the mail server, where its own name will not do.",
      minLength: 1,
      examples: ["id.example.org"],
    },
    connections: {
      type: "integer",
      description: "How many connections to the mail server are kept open.",
      minimum: 1,
      maximum: 100,
      default: 5,
    },
    max_underway: {
      type: "integer",
      description: "How many mails may be underway at once; more are refused, and the client told to try again.",
      minimum: 1,
      maximum: 100000,
      default: 1000,
    },
    timeout_ms: {
      type: "integer",
      description: "How long one mail may take, in milliseconds, before the client is told that it was not sent.",
      minimum: 100,
      maximum: 120000,
      default: 10000,
    },
  },
} as const satisfies SectionSchema;

export const mailbox = {
  type: "object",
  description: "The development mailbox: kept when mail or sms has the transport mailbox.",
  additionalProperties: false,
  default: {},
  properties: {
    folder: {
      type: "string",
      description: "Where each message is kept, as one .eml file.",
      default: "data/mailbox",
      minLength: 1,
    },
    max_messages: {
      type: "integer",
      description: "How many messages are kept, the newest.",
      minimum: 1,
      maximum: 100000,
      default: 1000,
    },
    max_age_days: {
      type: "integer",
      description: "How long messages are kept, in days.",
      minimum: 1,
      maximum: 3650,
      default: 7,
    },
    listen: listen("Where the page that shows the messages listens. Everyone who reaches it reads them.", 8025),
  },
} as const satisfies SectionSchema;
