/** Whether there is an identity server here, and what it speaks. Identity Service API, "Status check", "API Versions". */

import type { Section } from "./context.js";

/** Before the APIs shared one number; version 1 belongs to these. */
const historical = ["r0.1.0", "r0.2.0", "r0.2.1"];

/** Version 2 alone: every one of these has it unchanged, or with additions that are served here. */
const shared = ["r0.3.0", ...Array.from({ length: 19 }, (_, index) => `v1.${index + 1}`)];

export const status = (servesV1: boolean): Section<"ping" | "pingV2" | "getVersions"> => {
  const answer = () => ({ status: 200, body: {} }) as const;
  const versions = servesV1 ? [...historical, ...shared] : shared;
  return { ping: answer, pingV2: answer, getVersions: () => ({ status: 200, body: { versions } }) };
};
