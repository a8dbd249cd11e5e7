import type { ListSchema } from "../option.js";
import { serverName } from "./server.js";

const { pattern, "x-wants": wants } = serverName;

export const allowedHomeservers = {
  type: "array",
  description:
    "Homeservers whose users may open accounts, bind, unbind and invite, in version 1 too. Empty serves everybody's.",
  items: { type: "string", pattern, "x-wants": wants },
  default: [],
  examples: [["example.org"]],
} as const satisfies ListSchema;
