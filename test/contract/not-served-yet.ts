/** Operations that have a document and no handler yet. Each leaves its list with its handler. */

import fc from "fast-check";
import { expect, test } from "vitest";
import * as r0 from "../../generated/client-server/index.js";
import * as v3 from "../../generated/client-server-v3/index.js";
import type { Body, Operation } from "../../generated/seam/contract.js";
import type { Schema } from "../../generator/model/model.js";
import { fitting } from "../support/schema-inputs.js";
import type { Contract, Given } from "./contract.js";
import { type Document, readDocument } from "./spoiled.js";
import type { World } from "./world.js";

export const notServedYet = [
  "getLoginFlows",
  "login",
  "logout",
  "logout_all",
] as const satisfies readonly r0.OperationId[];

export type ServedOperation = Exclude<r0.OperationId, (typeof notServedYet)[number]>;

export const notServedYetByV3 = [
  "deleteDevice",
  "deleteDevices",
  "getDevice",
  "getDevices",
  "getLoginFlows",
  "getTokenOwner",
  "login",
  "logout",
  "logout_all",
  "refresh",
  "updateDevice",
] as const satisfies readonly v3.OperationId[];

export type ServedV3 = Exclude<v3.OperationId, (typeof notServedYetByV3)[number]>;

/** A service without what it does not serve yet. */
export interface Served<Id extends string> {
  readonly ids: readonly Id[];
  readonly operations: Readonly<Record<Id, Operation>>;
  readonly document: Document;
}

const servedOf = <Id extends string, Missing extends Id>(
  service: string,
  operations: Readonly<Record<Id, Operation>>,
  missing: readonly Missing[],
): Served<Exclude<Id, Missing>> => {
  const served = <Value>(entries: Iterable<readonly [string, Value]>): (readonly [string, Value])[] =>
    [...entries].filter(([id]) => !missing.some((other) => other === id));
  const table = Object.fromEntries(served<Operation>(Object.entries(operations)));
  const document = readDocument(service);
  return {
    ids: Object.keys(table) as Exclude<Id, Missing>[], // the table's own keys
    operations: table as Readonly<Record<Exclude<Id, Missing>, Operation>>, // its own entries, without those missing
    document: { ...document, operations: new Map(served(document.operations)) },
  };
};

export const servedByR0 = servedOf("client-server", r0.operations, notServedYet);
export const servedByV3 = servedOf("client-server-v3", v3.operations, notServedYetByV3);

/** A request as the document wants it, so that nothing but the missing handler can refuse it. */
const fittingRequest = ({ operations, schemas }: Document, id: string, body: Body | null): Given => {
  const { parameters = [], body: schema = {} } = operations.get(id) ?? {};
  const made = (wanted: Schema): unknown => fc.sample(fitting(wanted, schemas), { seed: 1, numRuns: 1 })[0];
  const required = parameters.filter((parameter) => parameter.in === "query" && parameter.required === true);
  const query = Object.fromEntries(required.map(({ name, schema: wanted }) => [name, String(made(wanted))]));
  if (body === null) return { query };
  return Object.values(body.content).includes("json") ? { query, json: made(schema) } : { query, form: {} };
};

/** Whoever may ask is told that nobody answers; a handler that is there fails this until the list is shorter. */
export const describeNotServedYet = <Id extends string>(
  ids: readonly Id[],
  document: Document,
  contract: (world: World) => Contract<Id>,
  world: () => World,
): void => {
  test.each(ids)("%s is not served yet", async (id) => {
    const { auth, body } = contract(world()).operations[id];
    const { status, errcode } = await contract(world()).call(id, fittingRequest(document, id, body));
    expect({ status, errcode }).toEqual(
      auth === "required" ? { status: 401, errcode: "M_MISSING_TOKEN" } : { status: 404, errcode: "M_UNRECOGNIZED" },
    );
  });
};
