/** The same over real connections: nothing between socket and dispatch adds an answer of its own. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations as identityOperations } from "../../generated/identity/index.js";
import type { Operation } from "../../generated/seam/contract.js";
import { operations as federationOperations } from "../../generated/server-server/index.js";
import { type Contract, targetOf } from "./contract.js";
import { eraR0, eraV3 } from "./eras.js";
import { takesJson } from "./refusals.js";
import { homeserverRows, identityRows, type Row } from "./rows.js";
import { federationRows } from "./rows-federation.js";
import { homeserverV3Rows } from "./rows-v3.js";
import { openWorld, type World } from "./world.js";

let opened: World;
beforeAll(async () => {
  opened = await openWorld();
});
afterAll(() => opened.close());

const describeWire = <Id extends string>(
  operations: Readonly<Record<Id, Operation>>,
  rows: Readonly<Record<Id, Row>>,
  contractOf: (world: World) => Contract<Id>,
): void => {
  const ids = Object.keys(operations) as Id[]; // the table's own keys

  test.each(ids)("%s succeeds, and refuses what it refuses", async (id) => {
    const contract = contractOf(opened);
    const valid = await rows[id].prepare(opened);
    const { json: _json, form: _form, ...bodiless } = valid;
    const operation = operations[id];
    if (operation.body !== null) {
      const cut = takesJson(operation.body) ? { status: 400, errcode: "M_NOT_JSON" } : { status: 200 };
      expect(await contract.call(id, { ...bodiless, raw: "{" })).toMatchObject(cut);
      expect(await contract.call(id, { ...bodiless, raw: "a".repeat(600_000) })).toMatchObject({ status: 413 });
    }
    expect(await contract.call(id, { method: "PATCH" })).toMatchObject({ status: 405, errcode: "M_UNRECOGNIZED" });
    const preflight = await contract.send("OPTIONS", targetOf(operation, {}));
    expect([preflight.status, preflight.text]).toEqual([204, ""]);
    expect((await contract.call(id, valid)).status).toBe(rows[id].success);
  });

  test.each([
    ["PROPFIND", "/_matrix"],
    ["GET", "/"],
    ["GET", "//"],
    ["GET", "/%"],
    ["GET", "/%00"],
    ["POST", "/..%2f..%2fetc/passwd"],
    ["GET", `/${"a".repeat(4_000)}`],
    ["GET", `/_matrix?${"a=b&".repeat(2_000)}`],
    ["HEAD", "/nothing"],
  ])("%s %s is unknown", async (method, target) => {
    expect((await contractOf(opened).send(method, target)).status).toBe(404);
  });

  test("a head that is too large is refused, with a body and CORS", async () => {
    const answered = await contractOf(opened).send("GET", `/${"a".repeat(40_000)}`);
    expect(answered).toMatchObject({ status: 431, errcode: "M_UNKNOWN" });
  });
};

describe("identity", () => describeWire(identityOperations, identityRows, ({ wire }) => wire.identity));

describe("client-server", () => describeWire(eraR0.operations, homeserverRows, ({ wire }) => wire.homeserver));

describe("client-server-v3", () => describeWire(eraV3.operations, homeserverV3Rows, ({ wire }) => wire.homeserverV3));

test("nothing was logged as a failure", () => {
  expect(opened.log.filter((line) => line.startsWith("error"))).toEqual([]);
});

describe("server-server", () => describeWire(federationOperations, federationRows, ({ wire }) => wire.federation));
