import type { SectionSchema, TextSchema } from "../option.js";

const rate = {
  type: "string",
  pattern:
    "^(?:[1-9][0-9]{0,6}/(?:(?:[1-9][0-9]{0,2})?[sm]|(?:[1-9][0-9]?|[1-4][0-9]{2})?h|(?:[1-9]|1[0-9]|2[0-4])?d)|unlimited)$",
  "x-wants": "a number for a time (seconds, minutes, hours, up to 24 days), such as 20/h or 5/10m, or unlimited",
} as const satisfies Omit<TextSchema, "description">;

/** How often something may happen before a client is told to wait. */
export const limits = {
  type: "object",
  description:
    "How often something may happen before a client is told to wait (429): a number for a time, such as 20/h, 5/10m or unlimited. A client address of IPv6 is a /64, and the /48 around it may do 16 times as much.",
  additionalProperties: false,
  default: {},
  properties: {
    send_ip: { ...rate, description: "Mails and text messages asked for by one client address.", default: "60/h" },
    send_mxid: {
      ...rate,
      description: "Mails and text messages asked for by one user, where an access token tells who asks.",
      default: "30/h",
    },
    send_address: { ...rate, description: "Messages to one destination.", default: "10/h" },
    send_country: { ...rate, description: "Text messages to one country.", default: "1000/h" },
    invite_sender: { ...rate, description: "Invites by one user.", default: "60/h" },
    submit_address: { ...rate, description: "Validation tokens tried for one address.", default: "60/h" },
    secret_sid: { ...rate, description: "Wrong client secrets tried for one validation session.", default: "20/h" },
    password_ip: { ...rate, description: "Passwords tried by one client address.", default: "120/h" },
    password_account: {
      ...rate,
      description: "Wrong passwords tried for one account by one client address.",
      default: "30/h",
    },
    password_everywhere: {
      ...rate,
      description:
        "Wrong passwords tried for one account by all client addresses together. Whoever uses it up keeps the owner from logging in anew: it is for more than the whole /48 of one client may try by password_ip.",
      default: "3000/h",
    },
    password_mxid: { ...rate, description: "New passwords that one user sets.", default: "20/h" },
    token_ip: { ...rate, description: "Registration tokens tried by one client address.", default: "60/h" },
    captcha_ip: { ...rate, description: "Captchas checked for one client address.", default: "120/h" },
    proof_ip: {
      ...rate,
      description:
        "Validation sessions that a homeserver asks identity servers about for one client address: applications do so every few seconds while their user looks for a mail.",
      default: "6000/h",
    },
    register_ip: { ...rate, description: "Accounts created by one client address.", default: "60/h" },
    account_ip: {
      ...rate,
      description: "OpenID tokens that one client address brings to the identity server.",
      default: "300/h",
    },
    interactive_ip: {
      ...rate,
      description: "Sessions of interactive authentication that one client address opens.",
      default: "600/h",
    },
    bind_ip: {
      ...rate,
      description:
        "Associations bound by one client address, and invites by address that other servers bring from it to a homeserver with rooms.",
      default: "120/h",
    },
    bind_mxid: { ...rate, description: "Associations bound to one user.", default: "60/h" },
    exchange_homeserver: {
      ...rate,
      description: "Invites by address that one homeserver has issued for its users, whatever its port.",
      default: "600/h",
    },
    lookup_mxid: { ...rate, description: "New addresses looked up by one user.", default: "20000/d" },
    lookup_homeserver: {
      ...rate,
      description: "New addresses looked up by all users of one homeserver together, whatever its port.",
      default: "1000000/d",
    },
    lookup_ip: {
      ...rate,
      description: "New addresses looked up over version 1 by one client address.",
      default: "20000/d",
    },
    openid_mxid: { ...rate, description: "OpenID tokens that one user asks the homeserver for.", default: "120/h" },
    keys_ip: {
      ...rate,
      description: "Other servers whose keys one client address asks the homeserver for.",
      default: "3000/h",
    },
    request_ip: { ...rate, description: "Requests of any kind by one client address.", default: "6000/m" },
    shared_addresses: {
      type: "array",
      description:
        "Addresses or networks behind which many people are, above all homeservers that pass on what their users ask of the identity server. No limit by client address holds for them; all others do.",
      items: { type: "string", minLength: 1 },
      default: [],
      examples: [["192.0.2.8", "2001:db8:1:2::/64"]],
    },
  },
} as const satisfies SectionSchema;
