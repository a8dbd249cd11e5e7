/** What every handler of the identity service is given, and how a section of them is typed. */

import type { Handlers, OperationId, Operations } from "../../generated/identity/index.js";
import type { RequestContext } from "../ports/requester.js";

/** Whom an access token of the identity service belongs to. */
export interface IdentityRequester {
  readonly mxid: string;
  /** The access token as it is stored: by this it is ended. */
  readonly tokenHash: string;
}

export type IdentityContext = RequestContext<IdentityRequester>;

export type IdentityHandlers = Handlers<IdentityContext>;

/** The handlers of one section. */
export type Section<Id extends OperationId> = Pick<IdentityHandlers, Id>;

/** The parts of an operation's request that a handler reads. Naming them lets both versions share the handler. */
export type Given<Id extends OperationId, Part extends "params" | "query" | "body"> = Readonly<
  Pick<Operations[Id], Part>
>;
