import type { SectionSchema } from "../option.js";
import { host } from "./server.js";

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
      description: "The sender of every mail.",
      default: "threepid <noreply@localhost>",
      minLength: 3,
      examples: ["Example <noreply@example.org>"],
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
    connections: {
      type: "integer",
      description: "How many connections to the mail server are kept open.",
      minimum: 1,
      maximum: 100,
      default: 5,
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

export const sms = {
  type: "object",
  description: "How text messages leave.",
  additionalProperties: false,
  default: {},
  properties: {
    transport: {
      type: "string",
      description: "gateway posts each message to an HTTP gateway; mailbox keeps it beside the mails, for development.",
      enum: ["gateway", "mailbox"],
      default: "mailbox",
    },
    url: {
      type: "string",
      description: "The gateway's address, for gateway.",
      pattern: "^https?://[^\\s]+$",
      "x-wants": "an http or https address",
      examples: ["https://sms.example.org/send"],
    },
    headers: {
      type: "object",
      description: "Headers that every message carries, such as an authorization.",
      additionalProperties: { type: "string", "x-secret": true },
      default: {},
      examples: [{ Authorization: "Bearer ..." }],
    },
    from: { type: "string", description: "The sender shown on the phone.", default: "threepid", minLength: 1 },
    timeout_ms: {
      type: "integer",
      description: "How long one message may take, in milliseconds.",
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
    listen: {
      type: "object",
      description: "Where the page that shows the messages listens. Everyone who reaches it reads them.",
      additionalProperties: false,
      default: {},
      properties: {
        host,
        port: {
          type: "integer",
          description: "The TCP port; 0 takes any free one.",
          minimum: 0,
          maximum: 65535,
          default: 8025,
        },
      },
    },
  },
} as const satisfies SectionSchema;
