import type { OperationTable } from "../seam/contract.js";
import * as calls from "./calls.js";
import type * as T from "./types.js";
export { securitySchemes } from "./calls.js";

/** Every operation of the service, as data. */
export const operations = {
  knowsMedium: calls.knowsMedium,
  openSession: calls.openSession,
} as const satisfies OperationTable;

/** What dispatch alone may answer, to every operation that does not declare that status itself. */
export interface ImplicitResponses {
  401: { body: T.ErrorBody; headers: {} };
}

/** The types of every operation: what a request holds, and what may be answered. */
export interface Operations {
  /**
   * Tells whether a medium is known.
   *
   * `GET /_matrix/small/validate/{medium}`
   *
   * @deprecated
   */
  knowsMedium: {
    params: {
      medium: string;
    };
    query: {
      /** @default false */
      strict?: boolean;
    };
    headers: {};
    body: undefined;
    defaulted: "strict";
    responses: {
      200: { body: undefined; headers: {} };
    };
    implicit: ImplicitResponses;
  };
  /**
   * Opens a session.
   *
   * Needs an access token.
   *
   * `POST /_matrix/small/validate/{medium}`
   */
  openSession: {
    params: {
      medium: "email" | "msisdn";
    };
    query: {};
    headers: {};
    body: T.OpenSessionRequest;
    responses: {
      200: { body: T.Sid; headers: {} };
      400: { body: T.ErrorBody; headers: {} };
    };
    implicit: ImplicitResponses;
  };
}

export type OperationId = keyof Operations;
