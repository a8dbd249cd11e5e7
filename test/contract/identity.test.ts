/** Every operation of the identity service, against its document. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OperationId, operations } from "../../generated/identity/index.js";
import { limits } from "../../runtime/config/sections/limits.js";
import { describeCompleteness } from "./completeness.js";
import { federationLimits } from "./federation-limits.js";
import { homeserverLimits } from "./homeserver-limits.js";
import { homeserverV3Limits } from "./homeserver-limits-v3.js";
import { describeIdentityErrors } from "./identity-errors.js";
import { identityLimits } from "./identity-limits.js";
import { describeIdentityPages } from "./identity-pages.js";
import { describeLimits } from "./limits.js";
import { describeOperations, identityDialect } from "./refusals.js";
import { identityRows } from "./rows.js";
import { readDocument } from "./spoiled.js";
import { identityUnreachable } from "./unreachable.js";
import { openWorld, type World } from "./world.js";

let opened: World;
const world = (): World => opened;
beforeAll(async () => {
  opened = await openWorld();
});
afterAll(() => opened.close());

describe("operations", () => {
  const document = readDocument("identity");
  const contract = ({ identity }: World) => identity;
  describeOperations({ contract, operations, document, rows: identityRows, dialect: identityDialect }, world);
});

describe("errors", () => {
  describeIdentityErrors(world);

  const v1 = (Object.keys(operations) as OperationId[]).filter((id) => operations[id].path.includes("/api/v1")); // the table's own keys
  test.each(v1)("%s: M_UNRECOGNIZED when version 1 is switched off", async (id) => {
    const { status, errcode } = await world().withoutV1.call(id, await identityRows[id].prepare(world()));
    expect({ status, errcode }).toEqual({ status: 404, errcode: "M_UNRECOGNIZED" });
  });
});

describe("pages and what succeeds besides", () => describeIdentityPages(world));

describe("limits", () => {
  describeLimits(identityLimits, ({ identity }) => identity, world);

  test("each that can be configured is shown by an operation of one server or the other", () => {
    const rows = [...identityLimits, ...homeserverLimits, ...homeserverV3Limits, ...federationLimits];
    // No server of the contract asks for captchas; test/runtime/homeserver/registration-stages.test.ts does.
    const shown = new Set<string>(["captcha.ip", ...rows.map(({ scope }) => scope)]);
    const { shared_addresses: _, ...rates } = limits.properties;
    expect([...shown].toSorted()).toEqual(
      Object.keys(rates)
        .map((option) => option.replace("_", "."))
        .toSorted(),
    );
  });
});

describe("completeness", () => {
  describeCompleteness(operations, identityUnreachable, () => world().identity.coverage);

  test("nothing was logged as a failure", () => {
    expect(world().log.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});
