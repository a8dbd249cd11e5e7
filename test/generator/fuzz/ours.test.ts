import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FuzzReport, fuzz } from "../../../generator/fuzz/fuzz.js";
import { loadServices } from "../../../generator/load/services.js";
import type { ServiceModel } from "../../../generator/model/model.js";
import { alice } from "../../contract/journeys.js";
import { internalSecret } from "../../contract/names.js";
import { openWorld, type World } from "../../contract/world.js";

/** An account as any client gets one, over the wire. */
async function tokenFrom(homeserver: string | undefined, username: string): Promise<string> {
  const response = await fetch(`${homeserver}/_matrix/client/v3/register`, {
    method: "POST",
    body: JSON.stringify({ username, password: "correct horse", auth: { type: "m.login.dummy" } }),
  });
  const body: unknown = await response.json();
  return String(Reflect.get(Object(body), "access_token"));
}

interface Side {
  readonly service: string;
  readonly of: keyof World["urls"];
  readonly token?: (world: World) => string | Promise<string>;
  /** Whoever logs out is a stranger from then on. */
  readonly skip?: readonly string[];
  /** What succeeds at least. */
  readonly succeed: readonly string[];
  /** What never does. */
  readonly refused?: readonly string[];
}

const logouts = ["logout", "logout_all"];

const sides: readonly Side[] = [
  {
    service: "client-server",
    of: "homeserver",
    token: ({ urls }) => tokenFrom(urls.homeserver, "r0-fuzzer"),
    skip: logouts,
    succeed: ["register", "getTokenOwner", "requestTokenTo3PIDEmail"],
  },
  { service: "client-server", of: "homeserver", succeed: ["register"], refused: ["getTokenOwner"] },
  {
    service: "client-server-v3",
    of: "homeserver",
    token: ({ urls }) => tokenFrom(urls.homeserver, "v3-fuzzer"),
    skip: logouts,
    succeed: ["register", "getTokenOwner", "getDevices", "requestTokenTo3PIDEmail", "registrationTokenValidity"],
  },
  {
    service: "client-server-v3",
    of: "homeserver",
    succeed: ["register", "getVersions"],
    refused: ["getTokenOwner", "getDevices", "add3PID"],
  },
  {
    service: "server-server",
    of: "homeserver",
    succeed: ["getServerKey", "getWellKnown", "bulkPerspectivesKeyQuery"],
    refused: ["exchangeThirdPartyInvite", "exchangeOpenIdToken"],
  },
  {
    service: "identity",
    of: "identity",
    token: (world) => world.issueToken(alice),
    skip: logouts,
    succeed: ["emailRequestTokenV2", "storeInviteV2", "pingV2"],
    refused: logouts,
  },
  { service: "identity", of: "identity", succeed: ["pingV2"], refused: ["storeInviteV2"] },
  {
    service: "identity-internal",
    of: "internal",
    token: () => internalSecret,
    succeed: ["internalBind", "internalUnbind"],
  },
  { service: "identity-internal", of: "internal", succeed: [], refused: ["internalBind", "internalUnbind"] },
];

let world: World;
let models: readonly ServiceModel[];

beforeAll(async () => {
  world = await openWorld();
  ({ services: models } = await loadServices({ root: join(import.meta.dirname, "../../../api") }));
}, 60_000);

afterAll(() => world.close());

const named = sides.map((side) => ({ ...side, who: side.token === undefined ? "strangers" : "who is known" }));

const succeeded = ({ coverage }: FuzzReport): readonly string[] =>
  coverage.filter(({ statuses }) => statuses.includes(200)).map(({ operation }) => operation);

test("no service of ours is left out", () => {
  expect([...new Set(sides.map(({ service }) => service))].sort()).toEqual(models.map(({ name }) => name).sort());
});

test.each(named)("$service shows nothing to $who", { timeout: 120_000 }, async (side) => {
  const { service, of, token, skip = [], succeed, refused = [] } = side;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${await token(world)}` };
  const count = 20;
  const report = await fuzz(
    models.filter((model) => model.name === service),
    { target: world.urls[of] ?? "", count, seconds: 60, timeout: 10_000, seed: 1, headers, skip },
  );
  expect(report.findings).toEqual([]);
  expect(report.isCut).toBe(false);
  expect(report.requests).toBeGreaterThan((report.operations * count) / 2);
  expect(succeeded(report)).toEqual(expect.arrayContaining([...succeed]));
  expect(succeeded(report).filter((operation) => refused.includes(operation))).toEqual([]);
});
