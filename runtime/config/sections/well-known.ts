import type { SectionSchema } from "../option.js";
import { publicBaseUrl, serverName } from "./server.js";

/** What the homeserver answers below `/.well-known/matrix`, where its domain leads there. */
export const wellKnown = {
  type: "object",
  description:
    "What is answered below /.well-known/matrix. Others ask https:// and the server's name for it, so that host has to hand these paths on to this server, or answer the same itself.",
  additionalProperties: false,
  default: {},
  properties: {
    server: {
      ...serverName,
      description:
        "Where other servers reach this one (m.server), a host with a port where it is not 8448. Without it there is no such file, and they go by the server's name.",
      examples: ["matrix.example.org:443"],
    },
    identity_server: {
      ...publicBaseUrl,
      description: "The identity server that clients are told to use (m.identity_server).",
      examples: ["https://id.example.org"],
    },
    support_page: {
      type: "string",
      description: "A page that helps people with this homeserver.",
      pattern: "^https?://[^\\s]+$",
      "x-wants": "an http or https address",
      examples: ["https://example.org/help"],
    },
    contacts: {
      type: "array",
      description:
        "Whom to write to about this homeserver: what it is about (m.role.admin, or m.role.security for what nobody else should read), and a user ID, a mail address, or both.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["role"],
        properties: {
          role: {
            type: "string",
            description: "What to write about.",
            pattern: "^[a-z][a-z0-9._-]{0,254}$",
            "x-wants": "m.role.admin, m.role.security, or a name that begins with a domain of yours in reverse",
          },
          matrix_id: {
            type: "string",
            description: "A user ID, better one of another server, for when this one is down.",
            pattern: "^@[^:]*:.+$",
            "x-wants": "a user ID such as @admin:example.com",
          },
          email_address: {
            type: "string",
            description: "A mail address.",
            pattern: "^[^@\\s]+@[^@\\s]+$",
            "x-wants": "a mail address",
          },
        },
      },
      default: [],
      examples: [[{ role: "m.role.security", email_address: "security@example.org" }]],
    },
  },
} as const satisfies SectionSchema;
