import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { GenerationError, generate, OptionError } from "../../generator/generate.js";
import { serviceNameOf } from "../../generator/model/names.js";
import { compilerErrors } from "../support/compiler.js";
import { copyOf, temporaryFolder, textsBelow } from "../support/tree.js";

const petstore = join(import.meta.dirname, "../fixtures/petstore");
const api = join(import.meta.dirname, "../golden/api");

const ofService = (name: string): readonly string[] =>
  ["README.md", "calls.ts", "client.ts", "handlers.ts", "index.ts", "openapi.json", "operations.ts", "types.ts"].map(
    (file) => `${name}/${file}`,
  );

const pathsBelow = (folder: string): readonly string[] => [...textsBelow(folder).keys()];

describe("one document", () => {
  test("makes a service called after its title, with the seam beside it", async () => {
    const out = temporaryFolder();
    const result = await generate({ spec: join(petstore, "petstore.yaml"), out });
    expect(result).toMatchObject({ state: "written", changes: [{ service: "petstore", isNew: true }] });
    expect(pathsBelow(out)).toEqual(expect.arrayContaining([...ofService("petstore"), "seam/server.ts"]));
    const { info } = JSON.parse(readFileSync(join(out, "petstore/openapi.json"), "utf8"));
    expect(info).toEqual({
      title: "Petstore",
      version: "3",
      description: "A shop that takes in pets and finds homes for them.",
    });
    expect(readFileSync(join(out, "petstore/README.md"), "utf8")).not.toContain("services.yaml");
    const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
    expect(compilerErrors(out, options)).toEqual([]);
  });

  test("may be called otherwise", async () => {
    const out = temporaryFolder();
    await generate({ spec: join(petstore, "petstore.yaml"), name: "pet-shop", out });
    expect(readFileSync(join(out, "pet-shop/client.ts"), "utf8")).toContain("export const createPetShopClient");
  });

  test("is current until a file that it reaches changes, whatever else lies around", async () => {
    const root = copyOf(petstore);
    const options = { spec: join(root, "petstore.yaml"), out: join(root, "src/api") };
    await generate(options);
    const read: string[] = [];
    const state = async () => {
      read.length = 0;
      const { state: found } = await generate({ ...options, report: (step) => read.push(step) });
      return found;
    };
    expect([await state(), ...read]).toEqual(["current", "reading documents"]);
    writeFileSync(join(root, "notes.yaml"), "nothing: here\n");
    expect([await state(), ...read]).toEqual(["current", "reading documents"]);
    const refusal = join(root, "schemas/refusal.yaml");
    writeFileSync(refusal, `${readFileSync(refusal, "utf8")}  code: { type: integer }\n`);
    expect(await state()).toBe("written");
    rmSync(refusal);
    await expect(state()).rejects.toThrow(/there is no file schemas\/refusal\.yaml/);
  });

  test("reads what lies above it only when the root says so", async () => {
    const root = temporaryFolder();
    cpSync(join(petstore, "schemas"), join(root, "schemas"), { recursive: true });
    mkdirSync(join(root, "paths"));
    const spec = join(root, "paths/shop.yaml");
    writeFileSync(
      spec,
      readFileSync(join(petstore, "petstore.yaml"), "utf8").replaceAll("$ref: schemas", "$ref: ../schemas"),
    );
    const out = temporaryFolder();
    await expect(generate({ spec, out })).rejects.toThrow(/leaves|outside/);
    expect(await generate({ spec, root, out })).toMatchObject({ state: "written" });
  });

  test("has defects told like those of a service", async () => {
    const root = copyOf(petstore);
    const spec = join(root, "petstore.yaml");
    writeFileSync(spec, readFileSync(spec, "utf8").replace("schemas/refusal", "schemas/refused"));
    const error = await generate({ spec, out: temporaryFolder() }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GenerationError);
    expect(String(error)).toMatch(/petstore\.yaml:47:\d+ {2}there is no file schemas\/refused\.yaml/);
  });
});

describe("a folder", () => {
  test("of documents makes one service called after the folder", async () => {
    const root = join(temporaryFolder(), "pet-house");
    cpSync(petstore, root, { recursive: true });
    writeFileSync(
      join(root, "hours.json"),
      JSON.stringify({
        openapi: "3.0.3",
        info: { title: "Hours", version: "1" },
        paths: { "/hours": { get: { operationId: "hours", responses: { "204": { description: "Open." } } } } },
      }),
    );
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "house", threepid: { spec: "openapi" } }));
    const out = join(root, "generated");
    await generate({ spec: root, out });
    const { paths } = JSON.parse(readFileSync(join(out, "pet-house/openapi.json"), "utf8"));
    expect(Object.keys(paths)).toEqual(["/hours", "/shop/pets", "/shop/pets/{petId}/portrait"]);
    expect(await generate({ spec: root, out })).toMatchObject({ state: "current" });
    renameSync(join(root, "hours.json"), join(root, "times.json"));
    expect(await generate({ spec: root, out })).toMatchObject({ state: "written" });
  });

  test.each([
    [
      "JSON that says its version last",
      '{ "info": { "title": "A", "version": "1" }, "paths": {}, "openapi": "3.1.0" }',
      1,
    ],
    [
      "JSON on many lines",
      JSON.stringify({ schemes: ["https"], swagger: "2.0", info: { title: "A", version: "1" }, paths: {} }, null, 4),
      1,
    ],
    ["YAML in braces", '{ swagger: "2.0", info: { title: A, version: "1" }, paths: {} }', 1],
    ["JSON that mentions one", '{ "openapi": "openapi.yaml", "out": "src" }', 0],
    ["JSON with one inside", '{ "of": { "openapi": "3.1.0" } }', 0],
    ["what is no JSON", '{ "openapi": ', 0],
  ])("finds documents in it: %s", async (_name, text, count) => {
    const spec = temporaryFolder();
    writeFileSync(join(spec, "a.json"), text);
    const found = generate({ spec, out: temporaryFolder(), name: "a" });
    if (count === 1) expect(await found).toMatchObject({ state: "written" });
    else await expect(found).rejects.toThrow("holds no API document");
  });

  test("with a services.yaml, and that file itself, are what they are as a root", async () => {
    const [folder, file, root] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    await generate({ root: api, out: root });
    await generate({ spec: api, out: folder });
    await generate({ spec: join(api, "services.yaml"), out: file });
    expect(textsBelow(folder)).toEqual(textsBelow(root));
    expect(textsBelow(file)).toEqual(textsBelow(root));
  });
});

describe("an option that cannot be meant", () => {
  const wrong: readonly (readonly [what: string, options: { spec: string; root?: string; name?: string }, RegExp])[] = [
    ["a spec that is not there", { spec: join(petstore, "nowhere.yaml") }, /there is no file .*nowhere\.yaml/],
    ["a folder without documents", { spec: join(petstore, "schemas") }, /schemas holds no API document/],
    ["a name that is no folder's", { spec: join(petstore, "petstore.yaml"), name: "Pet Shop" }, /"Pet Shop".*\n.*hint/],
    ["the name of the seam", { spec: join(petstore, "petstore.yaml"), name: "seam" }, /cannot be called "seam"/],
    ["a name for a services.yaml", { spec: api, name: "small" }, /names its services itself/],
    ["a root that does not hold the spec", { spec: join(petstore, "petstore.yaml"), root: api }, /is not inside/],
  ];
  test.each(wrong)("%s", async (_what, options, message) => {
    const error = await generate({ ...options, out: temporaryFolder() }).catch((thrown: unknown) => thrown);
    expect(error instanceof OptionError || error instanceof GenerationError).toBe(true);
    expect(String(error)).toMatch(message);
  });
});

test.each([
  ["Petstore", "petstore"],
  ["Swagger Petstore - OpenAPI 3.0", "swagger-petstore-openapi-3-0"],
  ["Café Über", "cafe-uber"],
  ["3D prints", "d-prints"],
  ["Seam", "seam-api"],
  ["宠物", ""],
])("the title %s names the service %j", (title, name) => {
  expect(serviceNameOf(title)).toBe(name);
});
