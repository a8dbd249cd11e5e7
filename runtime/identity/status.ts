/** Whether there is an identity server here. Identity Service API, "Status check". */

import type { Section } from "./context.js";

export const status = (): Section<"ping" | "pingV2"> => {
  const answer = () => ({ status: 200, body: {} }) as const;
  return { ping: answer, pingV2: answer };
};
