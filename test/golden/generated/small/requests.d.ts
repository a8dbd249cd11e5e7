import type { RequestChecks } from "../seam/contract.js";
import type { OperationId } from "./operations.js";

/** The compiled checks of every operation's requests. */
export declare const requests: Readonly<Record<OperationId, RequestChecks>>;
