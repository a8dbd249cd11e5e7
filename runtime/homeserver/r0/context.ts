/** What every handler of r0 is given, and how a section of them is typed. */

import type { Handlers, OperationId, Operations } from "../../../generated/client-server/index.js";
import type { Account } from "../../ports/account-store.js";
import type { RequestContext } from "../../ports/requester.js";

export type ClientContext = RequestContext<Account>;

export type ClientHandlers = Handlers<ClientContext>;

/** The handlers of one section. */
export type Section<Id extends OperationId> = Pick<ClientHandlers, Id>;

/** The parts of an operation's request that a handler reads. Naming them lets operations share a handler. */
export type Given<Id extends OperationId, Part extends "params" | "query" | "body"> = Readonly<
  Pick<Operations[Id], Part>
>;
