/** Every operation of the client-server API, against its document. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../generated/client-server/index.js";
import { accountErrors } from "./account-errors.js";
import { describeCompleteness } from "./completeness.js";
import { describeErrors } from "./error-row.js";
import { describeHomeserverWays } from "./homeserver-ways.js";
import { describeLimits, homeserverLimits } from "./limits.js";
import { describeOperations, homeserverDialect } from "./refusals.js";
import { requestTokenErrors } from "./request-token-errors.js";
import { homeserverRows } from "./rows.js";
import { readDocument } from "./spoiled.js";
import { submitUrlErrors, threepidErrors } from "./threepid-errors.js";
import { homeserverUnreachable } from "./unreachable.js";
import { openWorld, type World } from "./world.js";

let opened: World;
const world = (): World => opened;
beforeAll(async () => {
  opened = await openWorld();
});
afterAll(() => opened.close());

describe("operations", () => {
  const document = readDocument("client-server");
  const contract = ({ homeserver }: World) => homeserver;
  describeOperations({ contract, operations, document, rows: homeserverRows, dialect: homeserverDialect }, world);
});

describe("errors", () => {
  const rows = [...requestTokenErrors, ...accountErrors, ...threepidErrors, ...submitUrlErrors];
  describeErrors(rows, { contract: ({ homeserver }) => homeserver }, world);
});

describe("pages and what succeeds besides", () => describeHomeserverWays(world));

describe("limits", () => describeLimits(homeserverLimits, ({ homeserver }) => homeserver, world));

describe("completeness", () => {
  describeCompleteness(operations, homeserverUnreachable, () => world().homeserver.coverage);

  test("nothing was logged as a failure", () => {
    expect(world().log.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});
