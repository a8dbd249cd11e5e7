/** Every operation of the client-server API on v3, against its document. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closedToTokens, sharedAccountErrors } from "./account-errors.js";
import { describeCompleteness } from "./completeness.js";
import { eraV3 } from "./eras.js";
import { describeErrors } from "./error-row.js";
import { homeserverV3Limits } from "./homeserver-limits-v3.js";
import { inviteErrors } from "./invite-errors.js";
import { describeLimits } from "./limits.js";
import { describeLinkPages } from "./link-pages.js";
import { openIdErrors } from "./openid-errors.js";
import { describeOperations, homeserverDialect } from "./refusals.js";
import { homeserverV3Rows } from "./rows-v3.js";
import { lockedErrors, loginErrors, sessionErrorsV3 } from "./session-errors.js";
import { describeStagePages } from "./stage-pages.js";
import { submitUrlErrors } from "./threepid-errors.js";
import { threepidErrorsV3 } from "./threepid-errors-v3.js";
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
  describeOperations({ ...eraV3, contract, rows: homeserverV3Rows, dialect: homeserverDialect }, world);
});

describe("errors", () => {
  describeErrors(threepidErrorsV3, { contract }, world);
  describeErrors(
    inviteErrors(({ v3 }) => v3.concealing),
    { contract },
    world,
  );
  describeErrors(
    submitUrlErrors(({ v3 }) => v3.proxying),
    { contract },
    world,
  );
  describeErrors(openIdErrors, { contract }, world);
  describeErrors(loginErrors, { contract }, world);
  describeErrors(lockedErrors, { contract }, world);
  describeErrors(sessionErrorsV3, { contract }, world);
});

describe("what is told below .well-known", () => {
  test("is what the operator wrote", async () => {
    expect(await contract(world()).succeed("getWellknown")).toEqual({
      "m.homeserver": { base_url: "https://matrix.example.org" },
      "m.identity_server": { base_url: "https://id.example.org" },
    });
    expect(await contract(world()).succeed("getWellknownSupport")).toEqual({
      contacts: [
        { role: "m.role.security", email_address: "security@example.org" },
        { role: "m.role.admin", matrix_id: "@admin:example.com", email_address: "admin@example.org" },
      ],
      support_page: "https://example.org/help",
    });
  });

  test("is next to nothing where the operator wrote nothing", async () => {
    const { proxying } = world().v3;
    expect(await proxying.succeed("getWellknown")).toEqual({
      "m.homeserver": { base_url: "https://matrix.example.org" },
    });
    expect(await proxying.call("getWellknownSupport")).toMatchObject({ status: 404, errcode: "M_NOT_FOUND" });
  });
});

describe("errors of accounts", () => {
  describeErrors(
    sharedAccountErrors(({ v3 }) => v3),
    { contract },
    world,
  );
  describeErrors([closedToTokens], { contract }, world);
});

describe("limits", () => describeLimits(homeserverV3Limits, contract, world));

describe("pages of stages", () => describeStagePages(contract, world));

describe("pages of submit_url", () => describeLinkPages(contract, world));

describe("completeness", () => {
  describeCompleteness(eraV3.operations, homeserverV3Unreachable, () => contract(world()).coverage);

  test("nothing was logged as a failure", () => {
    expect(world().log.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});
