import type { Handler as OperationHandler } from "../seam/contract.js";
import {
  createServer as createOperationServer,
  Unimplemented,
  type Server,
  type ServerArguments,
} from "../seam/server.js";
import { operations, type OperationId, type Operations } from "./operations.js";
import { requests } from "./requests.js";

/** Answers one operation: takes its decoded and validated request, returns one of its declared answers. */
export type Handler<Id extends OperationId, Context> = OperationHandler<Operations[Id], Context>;

/** Every operation of Small Service. `Context` is what the policy's `admit` makes of a request. */
export interface Handlers<Context> {
  /**
   * Tells whether a medium is known.
   *
   * `GET /_matrix/small/validate/{medium}`
   *
   * @deprecated
   */
  knowsMedium: Handler<"knowsMedium", Context>;
  /**
   * Opens a session.
   *
   * Needs an access token.
   *
   * `POST /_matrix/small/validate/{medium}`
   */
  openSession: Handler<"openSession", Context>;
}

function absent(id: OperationId): () => never {
  return () => {
    throw new Unimplemented(id);
  };
}

/**
 * Handlers that all answer that nobody wrote them: spread them first, and a server compiles before it
 * is whole.
 */
export const unimplemented: Handlers<unknown> = {
  knowsMedium: absent("knowsMedium"),
  openSession: absent("openSession"),
};

/** A server of these handlers: routes, validates, calls and encodes. `fetch` serves it anywhere. */
export const createServer = <Context>(handlers: Handlers<Context>, ...policy: ServerArguments<Context>): Server =>
  createOperationServer<Operations, Context>({ operations, requests }, handlers, ...policy);
