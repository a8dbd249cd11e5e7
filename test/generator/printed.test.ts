import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type CustomEmitter, generate } from "../../generator/generate.js";
import { copyOf, temporaryFolder, textsBelow } from "../support/tree.js";

const history = join(import.meta.dirname, "../fixtures/history/4-v2");
const both = ["client-server", "identity"];

let root: string;
let out: string;
beforeEach(async () => {
  root = copyOf(history);
  out = temporaryFolder();
  expect((await run()).printed).toEqual(both);
});

interface How {
  readonly check?: boolean;
  readonly reference?: boolean;
  readonly emitters?: readonly CustomEmitter[];
}

/** Runs, and tells which services were printed. */
const run = async (how: How = {}) => {
  const steps: string[] = [];
  const result = await generate({ root, out, ...how, report: (step) => steps.push(step) });
  return { ...result, printed: steps.filter((step) => step.startsWith("printing ")).map((step) => step.slice(9)) };
};

const edit = (file: string, change: (text: string) => string): void => {
  const path = join(root, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
};

/** What a run into an empty folder writes. */
const whole = async (how: How = {}): Promise<ReadonlyMap<string, string>> => {
  const fresh = temporaryFolder();
  await generate({ root, out: fresh, ...how });
  return textsBelow(fresh);
};

/** One that both services reach, and one of a single service. */
const sid = "identity/definitions/sid.yaml";
const associations = "identity/v2_email_associations.yaml";
const shorter = (text: string): string => text.replace("Asks for a mail with a token.", "Asks for a mail.");

test("a changed file prints the services that reach it, and no other", async () => {
  edit(associations, shorter);
  const { printed, written } = await run();
  expect(printed).toEqual(["identity"]);
  expect(written.filter((path) => path.startsWith("client-server/"))).toEqual([]);
  expect(written).toContain("identity/openapi.json");
  expect(textsBelow(out)).toEqual(await whole());
});

test("a file that says the same in other lines prints nothing", async () => {
  edit(sid, (text) => `# A session.\n\n${text}`);
  const { printed, written } = await run();
  expect([printed, written]).toEqual([[], ["manifest.json"]]);
  expect(textsBelow(out)).toEqual(await whole());
});

test("a property that is called like a place is no place", async () => {
  const place = (line: number) => (text: string) =>
    text.replace(/properties:\n/u, `properties:\n  origin: { type: object, example: { file: a, line: ${line} } }\n`);
  edit(sid, place(1));
  await run();
  edit(sid, (text) => text.replace("line: 1", "line: 2"));
  expect((await run()).printed).toEqual(both);
  expect(textsBelow(out)).toEqual(await whole());
});

test.each<readonly [string, () => void]>([
  ["was edited", () => writeFileSync(join(out, "client-server/types.ts"), "// spoiled")],
  ["is gone", () => rmSync(join(out, "client-server/types.ts"))],
])("a service of which a file %s is printed", async (_what, spoil) => {
  spoil();
  edit(associations, shorter);
  expect((await run()).printed).toEqual(both);
  expect(textsBelow(out)).toEqual(await whole());
});

test("all are printed by a generator that has changed, with other extras, and for a check", async () => {
  edit(associations, shorter);
  expect((await run({ check: true })).printed).toEqual(both);
  expect((await run({ reference: true })).printed).toEqual(both);
  utimesSync(join(out, "manifest.json"), 1, 1);
  edit(associations, (text) => text.replace("Asks for a mail.", "Sends a mail."));
  expect((await run({ reference: true })).printed).toEqual(both);
});

test("emitters of the project's own are asked each time, and their files are not taken for ours", async () => {
  const routes: CustomEmitter = {
    name: "routes",
    emit: ({ name, operations }) => [{ path: `${name}/routes.md`, text: `${operations.length}\n` }],
  };
  await run({ emitters: [routes] });
  edit(associations, shorter);
  expect((await run({ emitters: [routes] })).printed).toEqual(["identity"]);
  expect(textsBelow(out)).toEqual(await whole({ emitters: [routes] }));
  const fewer = await run();
  expect(fewer).toMatchObject({ printed: [], removed: ["client-server/routes.md", "identity/routes.md"] });
});
