import { createCaller, type Caller, type ClientOptions, type OperationOf } from "../seam/client.js";
import type { DeclaredResponses, SecuritySchemes } from "../seam/contract.js";
import type { Operations } from "./operations.js";

/** What dispatch alone may answer, to every operation that does not declare that status itself. */
const implicit = { 401: { content: { "application/json": "json" } } } as const satisfies DeclaredResponses;

/** The ways to present credentials, by name. */
export const securitySchemes = { accessToken: { type: "apiKey", in: "header", name: "Authorization" } } as const satisfies SecuritySchemes;

/** Calls those operations of Small Service that it is given: a bundle holds no others. */
export const createSmallCaller = (options: ClientOptions): Caller => createCaller({ securitySchemes }, options);

/**
 * Tells whether a medium is known.
 *
 * `GET /_matrix/small/validate/{medium}`
 *
 * @deprecated
 */
export const knowsMedium: OperationOf<Operations["knowsMedium"]> = {
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
};

/**
 * Opens a session.
 *
 * Needs an access token.
 *
 * `POST /_matrix/small/validate/{medium}`
 */
export const openSession: OperationOf<Operations["openSession"]> = {
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
};
