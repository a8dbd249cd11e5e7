/** Every operation between servers, against its document. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../generated/server-server/index.js";
import { describeCompleteness } from "./completeness.js";
import { describeErrors } from "./error-row.js";
import { federationErrors } from "./federation-errors.js";
import { federationLimits } from "./federation-limits.js";
import { exchangeErrors } from "./invite-errors.js";
import * as invites from "./invite-journeys.js";
import { describeLimits } from "./limits.js";
import { describeOperations, homeserverDialect } from "./refusals.js";
import { federationRows } from "./rows-federation.js";
import { readDocument } from "./spoiled.js";
import { federationUnreachable } from "./unreachable.js";
import { openWorld, type World } from "./world.js";

let opened: World;
const world = (): World => opened;
beforeAll(async () => {
  opened = await openWorld();
});
afterAll(() => opened.close());

const contract = ({ federation }: World) => federation.main;

describe("operations", () => {
  const document = readDocument("server-server");
  describeOperations({ contract, operations, document, rows: federationRows, dialect: homeserverDialect }, world);
});

describe("errors", () => describeErrors([...federationErrors, ...exchangeErrors], { contract }, world));

describe("what succeeds besides", () => {
  test("a notice without invites, and one whose room the inviter's server no longer has", async () => {
    const { invites: waiting, ...made } = await invites.notice(world());
    expect(await contract(world()).succeed("onBindThirdPartyIdentifier", { json: made })).toEqual({});
    const asked = world().other.received.length;
    const intercept = world().other.intercept;
    world().other.intercept = () => ({ status: 403, body: { errcode: "M_FORBIDDEN", error: "no" } });
    const json = { ...made, invites: waiting };
    expect(await contract(world()).succeed("onBindThirdPartyIdentifierPost", { json })).toEqual({});
    world().other.intercept = intercept;
    expect(
      world()
        .other.received.slice(asked)
        .map(({ method }) => method),
    ).toContain("PUT");
  });

  test("an exchange that is repeated, because its answer was lost", async () => {
    const { given, room, mxid } = await invites.exchange(world());
    await contract(world()).succeed("exchangeThirdPartyInvite", given);
    await contract(world()).succeed("exchangeThirdPartyInvite", given);
    expect(room.events.filter(({ stateKey }) => stateKey === mxid)).toHaveLength(1);
  });
});

describe("limits", () => describeLimits(federationLimits, contract, world));

describe("completeness", () => {
  describeCompleteness(operations, federationUnreachable, () => contract(world()).coverage);

  test("nothing was logged as a failure", () => {
    expect(world().log.filter((line) => line.startsWith("error"))).toEqual([]);
  });
});
