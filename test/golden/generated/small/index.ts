export { isRefused, Refused, TimedOut, UnexpectedAnswer, Unreachable } from "../seam/client.js";
export type {
  AccessToken,
  CallOptions,
  ClientOptions,
  InterceptedCall,
  Interceptor,
  OutgoingCall,
} from "../seam/client.js";
export type { Violation } from "../seam/contract.js";
export { describeProblem, openPolicy, plainProblem, TooLarge, Unimplemented } from "../seam/server.js";
export type {
  Admission,
  Exchange,
  Observation,
  Policy,
  Problem,
  RawAnswer,
  RawRequest,
  Server,
} from "../seam/server.js";
export * from "./client.js";
export * from "./handlers.js";
export * from "./operations.js";
export type * from "./types.js";
