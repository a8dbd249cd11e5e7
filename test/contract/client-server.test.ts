/** Every operation of the client-server API, against its document. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountErrors } from "./account-errors.js";
import { describeCompleteness } from "./completeness.js";
import { describeErrors } from "./error-row.js";
import { describeHomeserverWays } from "./homeserver-ways.js";
import { describeLimits, homeserverLimits } from "./limits.js";
import { notServedYet, readServedDocument, servedOperations } from "./not-served-yet.js";
import { describeOperations, homeserverDialect } from "./refusals.js";
import { requestTokenErrors } from "./request-token-errors.js";
import { homeserverRows } from "./rows.js";
import { describeStagePages } from "./stage-pages.js";
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
  const document = readServedDocument();
  const contract = ({ homeserver }: World) => homeserver;
  describeOperations(
    { contract, operations: servedOperations, document, rows: homeserverRows, dialect: homeserverDialect },
    world,
  );

  test.each(notServedYet)("%s is not served yet", async (id) => {
    const { auth } = world().homeserver.operations[id];
    const { status, errcode } = await world().homeserver.call(id, { json: { type: "m.login.password" } });
    expect({ status, errcode }).toEqual(
      auth === "required" ? { status: 401, errcode: "M_MISSING_TOKEN" } : { status: 404, errcode: "M_UNRECOGNIZED" },
    );
  });
});

describe("errors", () => {
  const rows = [...requestTokenErrors, ...accountErrors, ...threepidErrors, ...submitUrlErrors];
  describeErrors(rows, { contract: ({ homeserver }) => homeserver }, world);
});

describe("pages and what succeeds besides", () => describeHomeserverWays(world));

describe("pages of stages", () => describeStagePages(world));

describe("limits", () => describeLimits(homeserverLimits, ({ homeserver }) => homeserver, world));

describe("completeness", () => {
  describeCompleteness(servedOperations, homeserverUnreachable, () => world().homeserver.coverage);

  test("nothing was logged as a failure", () => {
    expect(world().log.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});
