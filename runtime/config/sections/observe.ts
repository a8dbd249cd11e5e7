import type { SectionSchema } from "../option.js";
import { listen } from "./server.js";

export const observe = {
  type: "object",
  description: "What this program tells those who watch it: whether it lives, whether it is ready, and figures.",
  additionalProperties: false,
  default: {},
  properties: {
    enabled: {
      type: "boolean",
      description: "Answer /health, /ready and /metrics (for Prometheus) on a port of their own.",
      default: false,
    },
    listen: listen("Where they are answered. There is no password: let only those reach it who watch.", 9464),
  },
} as const satisfies SectionSchema;
