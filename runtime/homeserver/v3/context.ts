/** What every handler of v3 is given, and how a section of them is typed. */

import type { Handlers, OperationId } from "../../../generated/client-server-v3/index.js";
import type { Account } from "../../ports/account-store.js";
import type { RequestContext } from "../../ports/requester.js";

export type ClientContext = RequestContext<Account>;

export type ClientHandlers = Handlers<ClientContext>;

/** The handlers of one section. */
export type Section<Id extends OperationId> = Pick<ClientHandlers, Id>;
