import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type CustomEmitter, EmitterError, generate } from "../../../generator/generate.js";
import { temporaryFolder } from "../../support/tree.js";

const spec = join(import.meta.dirname, "../../fixtures/petstore/petstore.yaml");

/** A table of all operations, for a wiki. */
const routes: CustomEmitter = {
  name: "routes",
  emit: ({ name, operations }) => [
    {
      path: `${name}/routes.md`,
      text: operations.map(({ method, path, id }) => `- ${method} ${path}: ${id}\n`).join(""),
    },
  ],
};

test("an emitter of one's own writes beside ours, is asked each time, and is cleaned up after", async () => {
  const out = temporaryFolder();
  const file = join(out, "petstore/routes.md");
  await generate({ spec, out, emitters: [routes] });
  expect(readFileSync(file, "utf8")).toBe(
    [
      "- GET /shop/pets: listPets",
      "- POST /shop/pets: takeIn",
      "- GET /shop/pets/{petId}/portrait: portrait",
      "- PUT /shop/pets/{petId}/portrait: hangPortrait",
      "",
    ].join("\n"),
  );
  expect(await generate({ spec, out, emitters: [routes] })).toMatchObject({ state: "current" });
  const louder: CustomEmitter = { ...routes, emit: async () => [{ path: "petstore/routes.md", text: "changed\n" }] };
  expect(await generate({ spec, out, emitters: [louder], check: true })).toMatchObject({
    state: "drifted",
    written: ["petstore/routes.md", "manifest.json"],
  });
  expect(await generate({ spec, out })).toMatchObject({ state: "written", removed: ["petstore/routes.md"] });
  expect(existsSync(file)).toBe(false);
});

const wrong: readonly (readonly [what: string, emit: CustomEmitter["emit"], message: RegExp])[] = [
  ["leaves the folder", () => [{ path: "../routes.md", text: "" }], /"\.\.\/routes\.md", which is no path in there/],
  ["names an absolute path", () => [{ path: "/tmp/routes.md", text: "" }], /no path in there/],
  ["speaks another system's paths", () => [{ path: "petstore\\routes.md", text: "" }], /no path in there/],
  [
    "takes a file of ours",
    () => [{ path: "petstore/Types.ts", text: "" }],
    /petstore\/Types\.ts, which exists already/,
  ],
  ["takes the manifest", () => [{ path: "manifest.json", text: "" }], /manifest\.json, which exists already/],
  [
    "throws",
    () => {
      throw new RangeError("out of ink");
    },
    /emitter spoiled, given the service petstore, failed: out of ink\n {2}hint: /,
  ],
];

test.each(wrong)("an emitter that %s is told by name, and nothing is written", async (_what, emit, message) => {
  const out = temporaryFolder();
  const error = await generate({ spec, out, emitters: [{ name: "spoiled", emit }] }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EmitterError);
  expect(String(error)).toMatch(message);
  expect(existsSync(join(out, "petstore"))).toBe(false);
});
