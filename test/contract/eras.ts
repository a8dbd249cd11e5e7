/** The client-server API in both eras: their operations and their documents. */

import * as r0 from "../../generated/client-server/index.js";
import * as v3 from "../../generated/client-server-v3/index.js";
import type { Operation } from "../../generated/seam/contract.js";
import { type Document, readDocument } from "./spoiled.js";

export type { OperationId as R0Operation } from "../../generated/client-server/index.js";
export type { OperationId as V3Operation } from "../../generated/client-server-v3/index.js";

interface Era<Id extends string> {
  readonly ids: readonly Id[];
  readonly operations: Readonly<Record<Id, Operation>>;
  readonly document: Document;
}

const era = <Id extends string>(service: string, operations: Readonly<Record<Id, Operation>>): Era<Id> => ({
  ids: Object.keys(operations) as Id[], // the table's own keys
  operations,
  document: readDocument(service),
});

export const eraR0 = era<r0.OperationId>("client-server", r0.operations);
export const eraV3 = era<v3.OperationId>("client-server-v3", v3.operations);
