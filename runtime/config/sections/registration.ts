import type { SectionSchema } from "../option.js";

const stages = [
  "m.login.dummy",
  "m.login.email.identity",
  "m.login.msisdn",
  "m.login.terms",
  "m.login.registration_token",
  "m.login.recaptcha",
] as const;

/** Who may create an account on the homeserver, and how. */
export const registration = {
  type: "object",
  description: "Who may create an account.",
  additionalProperties: false,
  default: {},
  properties: {
    enabled: { type: "boolean", description: "Whether accounts can be created at all.", default: true },
    guests: {
      type: "boolean",
      description: "Whether guests can be created, who need no password.",
      default: false,
    },
    flows: {
      type: "array",
      description: `The ways to register, each a list of stages in order: ${stages.join(", ")}. Terms need homeserver.terms_file, captchas homeserver.captcha; registration tokens are issued by \`threepid registration-tokens\`.`,
      items: { type: "array", minItems: 1, items: { type: "string", enum: stages } },
      minItems: 1,
      default: [["m.login.dummy"], ["m.login.email.identity"], ["m.login.msisdn"]],
    },
    exclusive: {
      type: "array",
      description: "User names that belong to application services, as patterns in which * stands for anything.",
      items: { type: "string", minLength: 1 },
      default: [],
      examples: [["irc_*"]],
    },
  },
} as const satisfies SectionSchema;

const webAddress = {
  type: "string",
  pattern: "^https?://[^\\s;,'\"]+$",
  "x-wants": "an http or https address",
} as const;

/** Leave the section out where no flow of registration asks for a captcha. */
export const captcha = {
  type: "object",
  description:
    "The service behind m.login.recaptcha: reCAPTCHA, or one that works alike, such as hCaptcha. Leave this section out where no flow asks for a captcha.",
  additionalProperties: false,
  required: ["public_key"],
  properties: {
    public_key: {
      type: "string",
      description: "What clients show the captcha with; services call it the site key.",
      minLength: 1,
      examples: ["10000000-ffff-ffff-ffff-000000000001"],
    },
    secret_key: {
      type: "string",
      description: "What this server asks the service with whether a captcha was solved. No server begins without it.",
      minLength: 1,
      "x-secret": true,
      examples: ["the service's secret key"],
    },
    verify_url: {
      ...webAddress,
      description: "Where the service is asked whether a captcha was solved.",
      default: "https://www.google.com/recaptcha/api/siteverify",
      examples: ["https://api.hcaptcha.com/siteverify"],
    },
    script_url: {
      ...webAddress,
      description: "The script that shows the captcha on this server's own page.",
      default: "https://www.google.com/recaptcha/api.js",
      examples: ["https://js.hcaptcha.com/1/api.js"],
    },
    sources: {
      type: "array",
      description: "Everything that the script may load from and show on that page, as origins or paths.",
      items: webAddress,
      minItems: 1,
      default: ["https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"],
      examples: [["https://hcaptcha.com", "https://*.hcaptcha.com"]],
    },
  },
} as const satisfies SectionSchema;
