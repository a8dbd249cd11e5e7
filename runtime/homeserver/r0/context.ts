/** How the handlers of r0 are typed, section by section. */

import type { Handlers, OperationId } from "../../../generated/client-server/index.js";
import type { ClientContext } from "../client-context.js";

export type ClientHandlers = Handlers<ClientContext>;

/** The handlers of one section. */
export type Section<Id extends OperationId> = Pick<ClientHandlers, Id>;
