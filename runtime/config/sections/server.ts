import type { SectionSchema, TextSchema } from "../option.js";

/** Options that several servers have, each for itself. */

export const serverName = {
  type: "string",
  description:
    "The name this server signs and is known by: a host name or address, with a port where it is not the usual one.",
  pattern: "^(?:[0-9A-Za-z.-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}\\])(?::[0-9]{1,5})?$",
  "x-wants": "a server name such as example.org or example.org:8448",
} as const satisfies TextSchema;

export const publicBaseUrl = {
  type: "string",
  description: "Where clients and people reach this server from outside, without a slash at the end. Mails link to it.",
  pattern: "^https?://[^\\s/?#@]+(?:/[^\\s?#]*[^\\s?#/])?$",
  "x-wants": "an http or https address without query and without a slash at the end, such as https://id.example.org",
} as const satisfies TextSchema;

const host = {
  type: "string",
  description: "The address to listen on: 127.0.0.1 for this machine alone, 0.0.0.0 or :: for everyone.",
  default: "127.0.0.1",
  minLength: 1,
} as const satisfies TextSchema;

export const listen = <const Port extends number>(description: string, port: Port) =>
  ({
    type: "object",
    description,
    additionalProperties: false,
    default: {},
    properties: {
      host,
      port: {
        type: "integer",
        description: "The TCP port; 0 takes any free one.",
        minimum: 0,
        maximum: 65535,
        default: port,
      },
    },
  }) as const satisfies SectionSchema;

export const database = {
  type: "string",
  description:
    "The SQLite file that holds this server's data; created at the first start, with its folder. A relative path starts at the folder the server was started in.",
  minLength: 1,
} as const satisfies TextSchema;
