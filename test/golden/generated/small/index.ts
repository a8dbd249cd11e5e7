export * from "./client.js";
export * from "./handlers.js";
export * from "./operations.js";
export type { ErrorBody, OpenSessionRequest, Sid } from "./types.js";
