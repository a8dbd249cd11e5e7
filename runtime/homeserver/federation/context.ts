/** What every handler of federation is given, and how a section of them is typed. */

import type { Handlers, OperationId, Operations } from "../../../generated/server-server/index.js";
import type { RequestContext } from "../../ports/requester.js";

/** Servers have no access tokens: where one has to prove itself, its signature covers the body, and the handler checks it. */
export type FederationContext = RequestContext<never>;

export type FederationHandlers = Handlers<FederationContext>;

/** The handlers of one section. */
export type Section<Id extends OperationId> = Pick<FederationHandlers, Id>;

/** The parts of an operation's request that a handler reads. Naming them lets operations share a handler. */
export type Given<Id extends OperationId, Part extends "params" | "query" | "body"> = Readonly<
  Pick<Operations[Id], Part>
>;
