/** Every operation of the client-server API, against its document. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountErrors, sharedAccountErrors } from "./account-errors.js";
import { describeCompleteness } from "./completeness.js";
import { eraR0 } from "./eras.js";
import { describeErrors } from "./error-row.js";
import { homeserverLimits } from "./homeserver-limits.js";
import { describeHomeserverWays } from "./homeserver-ways.js";
import { inviteErrors } from "./invite-errors.js";
import { describeLimits } from "./limits.js";
import { describeLinkPages } from "./link-pages.js";
import { openIdErrors } from "./openid-errors.js";
import { describeOperations, homeserverDialect } from "./refusals.js";
import { requestTokenErrors } from "./request-token-errors.js";
import { homeserverRows } from "./rows.js";
import { lockedErrors, loginErrors } from "./session-errors.js";
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
  const contract = ({ homeserver }: World) => homeserver;
  describeOperations({ ...eraR0, contract, rows: homeserverRows, dialect: homeserverDialect }, world);
});

describe("errors", () => {
  const contract = ({ homeserver }: World) => homeserver;
  describeErrors([...requestTokenErrors, ...accountErrors, ...threepidErrors], { contract }, world);
  describeErrors(openIdErrors, { contract }, world);
  describeErrors(loginErrors, { contract }, world);
  describeErrors(lockedErrors, { contract }, world);
  describeErrors(
    inviteErrors(({ concealing }) => concealing),
    { contract },
    world,
  );
  describeErrors(
    submitUrlErrors(({ proxying }) => proxying),
    { contract },
    world,
  );
  describeErrors(
    sharedAccountErrors((servers) => servers),
    { contract: ({ homeserver }) => homeserver },
    world,
  );
});

describe("pages and what succeeds besides", () => describeHomeserverWays(world));

describe("pages of submit_url", () => describeLinkPages(({ homeserver }) => homeserver, world));

describe("pages of stages", () => describeStagePages(({ homeserver }) => homeserver, world));

describe("limits", () => describeLimits(homeserverLimits, ({ homeserver }) => homeserver, world));

describe("completeness", () => {
  describeCompleteness(eraR0.operations, homeserverUnreachable, () => world().homeserver.coverage);

  test("nothing was logged as a failure", () => {
    expect(world().log.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});
