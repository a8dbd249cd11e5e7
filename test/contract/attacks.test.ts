/** What identity servers and homeservers were broken into with: each test is named after its advisory. */

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { operations as homeserverOperations } from "../../generated/client-server/index.js";
import { operations as identityOperations } from "../../generated/identity/index.js";
import { describeMessageAttacks } from "./attack-messages.js";
import { describeRequestAttacks } from "./attack-requests.js";
import { describeSessionAttacks } from "./attack-sessions.js";
import { openWorld, type World } from "./world.js";

let opened: World;
const world = (): World => opened;
beforeAll(async () => {
  opened = await openWorld();
});
afterEach(() => opened.unlimit());
afterAll(() => opened.close());

describeMessageAttacks(world);
describeSessionAttacks(world);
describeRequestAttacks(world);

test("CVE-2019-11842: randomness comes from the system's generator only", () => {
  const folder = new URL("../../runtime/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  expect(sources.length).toBeGreaterThan(100);
  const guilty = sources.filter((path) =>
    /Math\s*\.\s*random|Math\[/.test(readFileSync(new URL(path, folder), "utf8")),
  );
  expect(guilty).toEqual([]);
});

test("CVE-2020-26257: nothing is named twice, in the path and in the body, and could differ", () => {
  const all = [...Object.values(identityOperations), ...Object.values(homeserverOperations)];
  const inPaths = all.flatMap(({ id, path }) => (path.includes("{") ? [`${id} ${path}`] : []));
  // A key's id is the only thing that a path names; its request has no body.
  expect(inPaths).toEqual([
    "getPubKey /_matrix/identity/api/v1/pubkey/{keyId}",
    "getPubKeyV2 /_matrix/identity/v2/pubkey/{keyId}",
  ]);
  expect(identityOperations.getPubKey.body).toBeNull();
  expect(identityOperations.getPubKeyV2.body).toBeNull();
});

test("through all this nothing failed, and the log holds no secret and no address", () => {
  const log = opened.log.join("\n");
  expect(opened.log.filter((line) => line.startsWith("error"))).toEqual([]);
  expect(opened.log.length).toBeGreaterThan(100);
  expect(log).not.toMatch(/secret\d|user\d+@|@example\.org|447400|nobodys/);
});
