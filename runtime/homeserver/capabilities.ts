/** What an account may do, said alike in every era. Client-Server API, "Capabilities negotiation". */

import type { ClientContext } from "./client-context.js";
import { logged } from "./domain/access.js";
import type { CapabilitiesOf } from "./domain/capabilities.js";

export const capabilities = (capabilitiesOf: CapabilitiesOf) => ({
  getCapabilities: (_: unknown, { requester }: ClientContext) =>
    ({ status: 200, body: { capabilities: capabilitiesOf(logged(requester)) } }) as const,
});
