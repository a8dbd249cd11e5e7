import type { SectionSchema } from "../option.js";

/** A country by its two letters, or all that share a calling code. */
const country = {
  type: "string",
  pattern: "^(?:[A-Z]{2}|[1-9][0-9]{0,2})$",
  "x-wants": 'a country such as GB, or a calling code such as "44"',
} as const;

/** Values by their place in a JSON answer. */
const places = { type: "array", items: { type: "string" }, minItems: 1 } as const;

export const sms = {
  type: "object",
  description: "How text messages leave.",
  additionalProperties: false,
  default: {},
  properties: {
    transport: {
      type: "string",
      description:
        "gateway sends each message to an HTTP gateway; mailbox keeps it beside the mails, for development; with none there are no text messages, and whoever asks for one is told M_DESTINATION_REJECTED.",
      enum: ["gateway", "mailbox", "none"],
      default: "mailbox",
    },
    preset: {
      type: "string",
      description:
        "The gateway, where it is one that is known: user and password are all it needs. With generic, the other options say how it is asked.",
      enum: ["generic", "openmarket", "twilio"],
      default: "generic",
    },
    user: {
      type: "string",
      description: "Who we are to the gateway, for {{user}} and {{basic}}: at Twilio the account's SID.",
      minLength: 1,
      examples: ["threepid"],
    },
    password: {
      type: "string",
      description:
        "The password of that user, for {{password}} and {{basic}}. Better given as environment variable than in the file.",
      "x-secret": true,
      examples: ["..."],
    },
    method: {
      type: "string",
      description: "The request's method. Without it, the preset's; generic posts.",
      enum: ["GET", "POST", "PUT"],
      examples: ["POST"],
    },
    url: {
      type: "string",
      description:
        "The gateway's address, where no preset knows it. {{to}} (digits), {{text}}, {{code}}, {{originator}} (a number's digits, or words), {{from}} (a number with its plus), {{originator_ton}} (1, 3 or 5), {{user}}, {{password}} and {{basic}} (both, for basic authentication) are filled in, escaped.",
      pattern: "^https?://[^\\s]+$",
      "x-wants": "an http or https address",
      "x-secret": true,
      examples: ["https://sms.example.org/send"],
    },
    headers: {
      type: "object",
      description: "Headers that every message carries besides the preset's, or instead of them. Filled in like url.",
      additionalProperties: { type: "string", "x-secret": true },
      default: {},
      examples: [{ Authorization: "Bearer ..." }],
    },
    body: {
      type: "string",
      description:
        "The request's body, filled in like url and escaped as its Content-Type (see headers) wants. Without it, the preset's.",
      "x-secret": true,
      examples: ['{"to":"+{{to}}","text":"{{text}}"}'],
    },
    originators: {
      type: "object",
      description:
        "The senders shown on phones, by country (GB), calling code (44) or default: long:NUMBER, short:CODE or alpha:WORDS (up to 11 characters). Of several, a number always sees the same one.",
      additionalProperties: {
        type: "array",
        minItems: 1,
        items: {
          type: "string",
          pattern: "^(?:long:\\+?[0-9]{5,15}|short:[0-9]{3,8}|alpha:[A-Za-z0-9 &._+-]{1,11})$",
          "x-wants": "long:NUMBER, short:CODE or alpha:WORDS of up to 11 characters",
        },
      },
      default: { default: ["alpha:threepid"] },
      examples: [{ default: ["alpha:Example"], GB: ["long:+441632960000"], "1": ["short:60000"] }],
    },
    reject: {
      type: "array",
      description:
        'Countries (GB) and calling codes ("44") that no message goes to: whoever asks for one is told M_DESTINATION_REJECTED.',
      items: country,
      default: [],
      examples: [["GB", "1"]],
    },
    success_statuses: {
      type: "array",
      description:
        "The statuses that mean the gateway took the message over; empty stands for any from 200 to 299. Once any of the success options is set, what the preset says of success does not count, and so with the rejected ones.",
      items: { type: "integer", minimum: 100, maximum: 599 },
      default: [],
    },
    success_json: {
      type: "object",
      description:
        "What a JSON answer holds besides, when the gateway took the message over: at each place one of the values.",
      additionalProperties: places,
      default: {},
      examples: [{ "messages.0.status": ["0"] }],
    },
    success_text: {
      type: "string",
      description: "What the gateway's answer holds besides, when it took the message over.",
      minLength: 1,
      examples: ["OK"],
    },
    rejected_statuses: {
      type: "array",
      description: "The statuses by which the gateway says that it will never deliver to a number.",
      items: { type: "integer", minimum: 100, maximum: 599 },
      default: [],
    },
    rejected_json: {
      type: "object",
      description: "What a JSON answer holds when the gateway will never deliver to a number.",
      additionalProperties: places,
      default: {},
      examples: [{ "error.code": ["invalid_number"] }],
    },
    rejected_text: {
      type: "string",
      description: "What the gateway's answer holds when it will never deliver to a number.",
      minLength: 1,
      examples: ["BLOCKED"],
    },
    timeout_ms: {
      type: "integer",
      description: "How long one message may take, in milliseconds.",
      minimum: 100,
      maximum: 120000,
      default: 10000,
    },
  },
} as const satisfies SectionSchema;
