import type { SectionSchema } from "../option.js";
import { allowedHomeservers } from "./allowed-homeservers.js";
import { identityStore } from "./identity-store.js";
import { internal } from "./internal.js";
import { invites, onbind } from "./invites.js";
import { lookup } from "./lookup.js";
import { database, listen, publicBaseUrl, serverName } from "./server.js";

/** The identity server. Leave the section out to run only the homeserver. */
export const identity = {
  type: "object",
  description: "The identity server. Leave this section out to run only the homeserver.",
  additionalProperties: false,
  required: ["server_name", "public_base_url"],
  properties: {
    server_name: { ...serverName, examples: ["id.example.org"] },
    public_base_url: { ...publicBaseUrl, examples: ["https://id.example.org"] },
    listen: listen("Where the identity server listens.", 8090),
    database: { ...database, default: "data/identity.sqlite" },
    v1: {
      type: "object",
      description:
        "The first version of the protocol, which knows no access tokens. Old clients and servers still use it.",
      additionalProperties: false,
      default: {},
      properties: {
        enabled: { type: "boolean", description: "Answer version 1 at all.", default: true },
        bind_any_mxid: {
          type: "boolean",
          description:
            "Bind a validated address to any user: version 1 cannot tell who asks. Without this it does not bind.",
          default: false,
        },
        invite_as_any_sender: {
          type: "boolean",
          description: "Store an invite in any user's name. Without this version 1 stores no invites.",
          default: true,
        },
      },
    },
    homeservers: {
      type: "array",
      description:
        "Homeservers that are reached at a fixed address. All others are found by their names, as the protocol says.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "base_url"],
        properties: {
          name: { ...serverName, description: "The homeserver." },
          base_url: { ...publicBaseUrl, description: "Where it is reached; the address may be private." },
        },
      },
      default: [],
      examples: [[{ name: "example.org", base_url: "http://10.1.2.3:8008" }]],
    },
    allowed_homeservers: allowedHomeservers,
    internal,
    store: identityStore,
    homeserver_keys: {
      type: "array",
      description:
        "Keys of homeservers, with which they sign that an association is to be removed (unbind). Those of all others are fetched from them; a homeserver of this configuration needs no entry.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["server_name", "key_id", "public_key"],
        properties: {
          server_name: { ...serverName, description: "The homeserver." },
          key_id: {
            type: "string",
            description: "The key's name.",
            pattern: "^ed25519:[a-zA-Z0-9_]+$",
            "x-wants": "ed25519: and a version",
          },
          public_key: {
            type: "string",
            description: "The key in base64.",
            pattern: "^[A-Za-z0-9+/]{43}=?$",
            "x-wants": "32 bytes in base64",
          },
        },
      },
      default: [],
      examples: [
        [
          {
            server_name: "example.org",
            key_id: "ed25519:auto",
            public_key: "XSl0kuyvrXNj6A+7/tkrB9sxSbRi08Of5uRhxOqZtEQ",
          },
        ],
      ],
    },
    next_link_hosts: {
      type: "array",
      description: "Hosts that a link in a mail may lead on to after validation (next_link). Empty allows every host.",
      items: { type: "string", minLength: 1 },
      default: [],
      examples: [["app.example.org"]],
    },
    max_access_tokens: {
      type: "integer",
      description: "How many access tokens of version 2 one user has at most. A newer one ends the oldest.",
      default: 50,
      minimum: 1,
      maximum: 10_000,
    },
    access_token_days: {
      type: "integer",
      description:
        "How many days an access token of version 2 holds, whatever it is used for; then the user's homeserver has to vouch again, which clients see to by themselves. 0 lets them hold for ever.",
      default: 0,
      minimum: 0,
      maximum: 36_500,
    },
    terms_file: {
      type: "string",
      description:
        "A YAML file with the terms of service that users of version 2 have to accept: under `docs`, each document's version, and its name and url by language. Users accept urls: a new version needs new ones. Without the file there are none.",
      minLength: 1,
      examples: ["terms.yaml"],
    },
    lookup,
    invites,
    onbind,
    web_client_url: {
      type: "string",
      description: "The web client that invite mails link to. Without it they carry no link.",
      pattern: "^https?://[^\\s]*[^\\s/]$",
      "x-wants": "an http or https address without a slash at the end",
      examples: ["https://app.example.org"],
    },
  },
} as const satisfies SectionSchema;
