import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { temporaryFolder } from "../support/tree.js";

const document = (reference: string) => `openapi: 3.1.0
info: { title: Odd, version: "1" }
paths:
  /odd:
    get:
      operationId: odd
      responses:
        "200": { description: Fine., content: { application/json: { schema: { $ref: "${reference}" } } } }
`;

test.each(["schemas/letter.txt", ".hidden/letter.yaml", "schemas/.letter.yaml", "letter.js"])(
  "a change of %s is noticed, though few documents are called so",
  async (name) => {
    const root = temporaryFolder();
    const out = join(temporaryFolder(), "out");
    const letter = join(root, name);
    mkdirSync(dirname(letter), { recursive: true });
    writeFileSync(join(root, "services.yaml"), 'services: { odd: { documents: ["odd.yaml"] } }\n');
    writeFileSync(join(root, "odd.yaml"), document(name));
    writeFileSync(letter, "{ type: object, properties: { from: { type: string } } }\n");
    const states: string[] = [];
    const run = async () => states.push((await generate({ root, out })).state);
    await run();
    await run();
    writeFileSync(letter, "{ type: object, properties: { to: { type: string } } }\n");
    await run();
    await run();
    expect(states).toEqual(["written", "current", "written", "current"]);
  },
);
