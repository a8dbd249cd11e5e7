import { createClient, type Call, type ClientOptions, type ThrowingCall } from "../seam/client.js";
import { operations, securitySchemes, type Operations } from "./operations.js";

/** Calls that answer the body of a success and throw every other declared answer. */
export interface ThrowingSmallClient {
  /**
   * Tells whether a medium is known.
   *
   * `GET /_matrix/small/validate/{medium}`
   *
   * @deprecated
   */
  readonly knowsMedium: ThrowingCall<Operations["knowsMedium"]>;
  /**
   * Opens a session.
   *
   * Needs an access token.
   *
   * `POST /_matrix/small/validate/{medium}`
   */
  readonly openSession: ThrowingCall<Operations["openSession"]>;
}

/** Calls of Small Service. Each answers whatever its operation declares, told apart by `status`. */
export interface SmallClient {
  /**
   * Tells whether a medium is known.
   *
   * `GET /_matrix/small/validate/{medium}`
   *
   * @deprecated
   */
  readonly knowsMedium: Call<Operations["knowsMedium"]>;
  /**
   * Opens a session.
   *
   * Needs an access token.
   *
   * `POST /_matrix/small/validate/{medium}`
   */
  readonly openSession: Call<Operations["openSession"]>;
  /** The same calls, for callers that only want the success. */
  readonly orThrow: ThrowingSmallClient;
}

/** Makes a client of Small Service. */
export const createSmallClient = (options: ClientOptions): SmallClient =>
  createClient<Operations>({ operations, securitySchemes }, options);
