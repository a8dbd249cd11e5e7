/** Every operation that other servers call, section by section. */

import { unimplemented } from "../../../generated/server-server/index.js";
import type { FederationHandlers } from "./context.js";

export const federationHandlers = (): FederationHandlers => ({ ...unimplemented });
