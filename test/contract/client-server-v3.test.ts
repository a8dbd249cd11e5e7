/** Every operation of the client-server API on v3, against its document. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeCompleteness } from "./completeness.js";
import { describeErrors } from "./error-row.js";
import { describeLinkPages } from "./link-pages.js";
import { describeNotServedYet, notServedYetByV3, servedByV3 } from "./not-served-yet.js";
import { describeOperations, homeserverDialect } from "./refusals.js";
import { homeserverV3Rows } from "./rows-v3.js";
import { readDocument } from "./spoiled.js";
import { submitUrlErrors } from "./threepid-errors.js";
import { homeserverV3Unreachable } from "./unreachable.js";
import { openWorld, type World } from "./world.js";

let opened: World;
const world = (): World => opened;
const contract = ({ v3 }: World) => v3.main;
beforeAll(async () => {
  opened = await openWorld();
});
afterAll(() => opened.close());

describe("operations", () => {
  describeOperations({ ...servedByV3, contract, rows: homeserverV3Rows, dialect: homeserverDialect }, world);
  describeNotServedYet(notServedYetByV3, readDocument("client-server-v3"), contract, world);
});

describe("errors", () => {
  describeErrors(
    submitUrlErrors(({ v3 }) => v3.proxying),
    { contract },
    world,
  );
});

describe("pages of submit_url", () => describeLinkPages(contract, world));

describe("completeness", () => {
  describeCompleteness(servedByV3.operations, homeserverV3Unreachable, () => contract(world()).coverage);

  test("nothing was logged as a failure", () => {
    expect(world().log.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});
