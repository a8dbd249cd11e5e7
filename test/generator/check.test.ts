import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isMap, isSeq, parseDocument } from "yaml";
import { compareServices, type ServiceChanges } from "../../generator/compare/changes.js";
import { emitOpenapi } from "../../generator/emit/openapi.js";
import { generate } from "../../generator/generate.js";
import { loadServices } from "../../generator/load/services.js";
import { reachedFiles } from "../support/reach.js";
import { copyOf, temporaryFolder, textsBelow } from "../support/tree.js";

const api = join(import.meta.dirname, "../../api");
const generated = join(import.meta.dirname, "../../generated");

/** Adds a property to a schema file, or to the first schema with properties that it joins. */
function addProperty(path: string): void {
  const document = parseDocument(readFileSync(path, "utf8"));
  const joined = document.get("allOf");
  const branches = isSeq(joined) ? joined.items.filter((item) => isMap(item) && item.has("properties")) : [];
  const [branch] = branches;
  if (document.has("properties")) document.setIn(["properties", "edited"], { type: "string" });
  else if (isMap(branch)) branch.setIn(["properties", "edited"], document.createNode({ type: "string" }));
  else document.set("description", "edited");
  writeFileSync(path, document.toString());
}

/** The declarations of a module of types, by name. */
function declarations(text: string): Map<string, string> {
  const parts = text.split(/^(?=export )/m).slice(1);
  return new Map(
    parts.map((part) => [
      /^export (?:interface|type) (\w+)/.exec(part)?.[1] ?? part,
      part.replace(/\n\/\*\*[\s\S]*$/, "").trim(),
    ]),
  );
}

const reached = reachedFiles(api);
const schemaFiles = [
  ...new Set([...reached.values()].flatMap((operations) => [...operations.values()].flatMap((files) => [...files]))),
].sort();

test("the committed output is current", async () => {
  const result = await generate({ root: api, out: generated, check: true });
  expect(result).toMatchObject({ state: "current", written: [], removed: [], changes: [] });
});

test("the walk knows every schema file of the folder", () => {
  const onDisk = readdirSync(api, { recursive: true, encoding: "utf8" })
    .filter(
      (path) =>
        path.endsWith(".yaml") && path !== "services.yaml" && !/(?:security|access_token_bearer)\.yaml$/.test(path),
    )
    .filter((path) => !/^(swagger|openapi):/m.test(readFileSync(join(api, path), "utf8")));
  expect(schemaFiles).toEqual(onDisk.sort());
});

type Named = readonly (readonly [service: string, operations: readonly string[]])[];

/** The operations that reach a file, by service. */
function reaching(file: string): Named {
  return [...reached].flatMap(([service, operations]) => {
    const names = [...operations].filter(([, files]) => files.has(file)).map(([operation]) => operation);
    return names.length === 0 ? [] : [[service, names.sort()] as const];
  });
}

const namesOf = (changes: readonly ServiceChanges[]): Named =>
  changes
    .filter(({ operations }) => operations.length > 0)
    .map(({ service, operations }) => [service, operations.map(({ operation }) => operation)] as const);

test.each(schemaFiles)("an edit of %s changes the operations that reach it", async (file) => {
  const root = copyOf(api);
  addProperty(join(root, file));
  const { services } = await loadServices({ root });
  const changes = services.flatMap((service) => {
    const before = readFileSync(join(generated, service.name, "openapi.json"), "utf8");
    const [after] = emitOpenapi(service);
    if (after === undefined || after.text === before) return [];
    return [compareServices(service.name, JSON.parse(before), JSON.parse(after.text))];
  });
  expect(new Map(namesOf(changes))).toEqual(new Map(reaching(file)));
});

/** One file of each service that reaches any, each printed again in full. */
const printed = new Set(
  [...reached.values()].flatMap((operations) => [...operations.values()][0]?.keys().next().value ?? []),
);

test.each([...printed])("an edit of %s is drift, is told, and is not written", async (file) => {
  const root = copyOf(api);
  addProperty(join(root, file));
  const before = textsBelow(generated);
  const result = await generate({ root, out: generated, check: true });
  expect(result.state).toBe("drifted");
  expect(textsBelow(generated)).toEqual(before);
  expect(new Map(namesOf(result.changes))).toEqual(new Map(reaching(file)));
});

test("regenerating after an edit of sid.yaml changes the declaration Sid and no other", async () => {
  const root = copyOf(api);
  const out = copyOf(generated);
  addProperty(join(root, "identity/definitions/sid.yaml"));
  const result = await generate({ root, out });
  expect(result.state).toBe("written");
  for (const service of ["identity", "client-server"]) {
    const before = declarations(readFileSync(join(generated, service, "types.ts"), "utf8"));
    const after = declarations(readFileSync(join(out, service, "types.ts"), "utf8"));
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect([...after].filter(([name, text]) => text !== before.get(name)).map(([name]) => name)).toEqual(["Sid"]);
  }
});

test("two runs are byte-equal, also from another folder, and the second writes nothing", async () => {
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  await generate({ root: api, out: first });
  await generate({ root: copyOf(api), out: second });
  expect(textsBelow(second)).toEqual(textsBelow(first));
  expect(await generate({ root: api, out: first })).toMatchObject({ state: "current", written: [] });
});

test("what is stale is removed, what is not ours stays", async () => {
  const out = temporaryFolder();
  await generate({ root: api, out });
  writeFileSync(join(out, "notes.txt"), "mine");
  writeFileSync(join(out, "identity/old.ts"), "// Generated by @threepid/generator 0.0.1\n");
  writeFileSync(join(out, "identity/types.ts"), "// spoiled");
  const check = await generate({ root: api, out, check: true });
  expect(check).toMatchObject({
    state: "drifted",
    written: ["identity/types.ts"],
    removed: ["identity/old.ts"],
    changes: [],
  });
  await generate({ root: api, out });
  expect(textsBelow(out).has("notes.txt")).toBe(true);
  expect(textsBelow(out).has("identity/old.ts")).toBe(false);
  expect(await generate({ root: api, out, check: true })).toMatchObject({ state: "current" });
});
