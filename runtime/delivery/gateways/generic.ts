import type { Gateway } from "./gateway.js";

/** Any gateway; what it wants is configured. */
export const generic: Gateway = {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: '{"to":"+{{to}}","text":"{{text}}"}',
  success: {},
  rejected: {},
};
