import type { DeclaredResponses, OperationTable, SecuritySchemes } from "../seam/contract.js";
import type * as T from "./types.js";

/** What dispatch alone may answer, to every operation that does not declare that status itself. */
const implicit = { 401: { content: { "application/json": "json" } } } as const satisfies DeclaredResponses;

/** Every operation of the service, as data. */
export const operations = {
  knowsMedium: {
    id: "knowsMedium",
    method: "GET",
    path: "/_matrix/small/validate/{medium}",
    auth: "none",
    security: [],
    parameters: [
      { name: "medium", in: "path", required: true, type: "string" },
      { name: "strict", in: "query", required: false, type: "boolean", default: false },
    ],
    body: null,
    responses: { 200: { content: {} } },
    implicit,
    rateLimited: false,
    deprecated: true,
  },
  openSession: {
    id: "openSession",
    method: "POST",
    path: "/_matrix/small/validate/{medium}",
    auth: "required",
    security: [["accessToken"]],
    parameters: [{ name: "medium", in: "path", required: true, type: "string" }],
    body: { required: true, content: { "application/json": "json" } },
    responses: {
      200: { content: { "application/json": "json" } },
      400: { content: { "application/json": "json" } },
    },
    implicit,
    rateLimited: false,
    deprecated: false,
  },
} as const satisfies OperationTable;

/** The ways to present credentials, by name. */
export const securitySchemes = { accessToken: { type: "apiKey", in: "header", name: "Authorization" } } as const satisfies SecuritySchemes;

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
