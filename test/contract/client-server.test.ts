/** Every operation of the client-server API, against its document. */

import { afterAll, beforeAll, describe } from "vitest";
import { operations } from "../../generated/client-server/index.js";
import { describeOperations, homeserverDialect } from "./refusals.js";
import { homeserverRows } from "./rows.js";
import { readDocument } from "./spoiled.js";
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
