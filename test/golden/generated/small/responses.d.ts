import type { ResponseChecks } from "../seam/contract.js";
import type { OperationId } from "./operations.js";

/** The compiled checks of every operation's responses. */
export declare const responses: Readonly<Record<OperationId, ResponseChecks>>;
