/** What identity servers and homeservers were broken into with: each test is named after its advisory. */

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeMessageAttacks } from "./attack-messages.js";
import { describeRequestAttacks } from "./attack-requests.js";
import { describeSessionAttacks } from "./attack-sessions.js";
import { fieldsOf, readDocument } from "./spoiled.js";
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

test("CVE-2020-26257: what is named twice, in the path and in the body, does not differ", () => {
  const services = ["identity", "client-server", "client-server-v3", "server-server"];
  const named = services.flatMap((service) => {
    const { operations, schemas } = readDocument(service);
    return [...operations].flatMap(([id, { parameters, body = {} }]) => {
      const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      const inBody = fieldsOf(body, schemas).properties.map(([name]) => name);
      return inPath.length === 0 ? [] : [`${id}: ${inPath.join(", ")}; ${inBody.sort().join(", ")}`];
    });
  });
  // Keys are read and have no body; an invitation names its room, a proof its user, a device itself, and a page its
  // stage in the path alone. An exchanged invite has its room in both: where they differ it is refused with 400, which
  // the errors between servers show.
  expect([...new Set(named)].sort()).toEqual([
    "authenticationFallbackGet: authType; ",
    "authenticationFallbackPost: authType; accepted, g-recaptcha-response, h-captcha-response, password, response, token, user",
    "deleteDevice: deviceId; auth",
    "exchangeThirdPartyInvite: roomId; content, room_id, sender, state_key, type",
    "getDevice: deviceId; ",
    "getPubKey: keyId; ",
    "getPubKeyV2: keyId; ",
    "getServerKeyById: keyId; ",
    "inviteBy3PID: roomId; address, id_access_token, id_server, medium",
    "perspectivesKeyQuery: serverName; ",
    "perspectivesKeyQueryById: serverName, keyId; ",
    "requestOpenIdToken: userId; ",
    "updateDevice: deviceId; display_name",
  ]);
});

test("through all this nothing failed, and the log holds no secret and no address", () => {
  // A request's own id may hold any six digits.
  const log = opened.log.join("\n").replaceAll(/"requestId":"[0-9a-f-]{36}"/g, "");
  expect(opened.log.filter((line) => line.startsWith("error"))).toEqual([]);
  expect(opened.log.length).toBeGreaterThan(100);
  expect(log).not.toMatch(/secret\d|user\d+@|@example\.org|447400|nobodys/);
});
