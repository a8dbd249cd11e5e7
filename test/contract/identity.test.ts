/** Every operation of the identity service, against its document. */

import { afterAll, beforeAll, describe } from "vitest";
import { operations } from "../../generated/identity/index.js";
import { describeOperations, identityDialect } from "./refusals.js";
import { identityRows } from "./rows.js";
import { readDocument } from "./spoiled.js";
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
