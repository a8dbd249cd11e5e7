/** Operations of r0 that have a document and no handler yet. Each leaves the list with its handler. */

import { type OperationId, operations } from "../../generated/client-server/index.js";
import type { Operation } from "../../generated/seam/contract.js";
import { type Document, readDocument } from "./spoiled.js";

export const notServedYet = [
  "getLoginFlows",
  "login",
  "logout",
  "logout_all",
  "getCapabilities",
  "requestOpenIdToken",
  "getWellknown",
  "inviteBy3PID",
] as const satisfies readonly OperationId[];

export type ServedOperation = Exclude<OperationId, (typeof notServedYet)[number]>;

const isServed = (id: string): boolean => !notServedYet.some((other) => other === id);

const served = <Value>(entries: Iterable<readonly [string, Value]>): (readonly [string, Value])[] =>
  [...entries].filter(([id]) => isServed(id));

export const servedOperations = Object.fromEntries(served(Object.entries(operations))) as Readonly<
  Record<ServedOperation, Operation>
>; // the table's own entries, without those of the list

export const servedIds = Object.keys(servedOperations) as ServedOperation[]; // the table's own keys

export const readServedDocument = (): Document => {
  const { schemas, operations: all } = readDocument("client-server");
  return { schemas, operations: new Map(served(all)) };
};
