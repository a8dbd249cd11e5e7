import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { emitSeam } from "../../../generator/emit/seam.js";
import { emitValidators } from "../../../generator/emit/validators.js";
import type { Schema, ServiceModel } from "../../../generator/model/model.js";
import type { RequestChecks } from "../../../generator/seam/contract.js";
import { smallModel } from "../../support/small-model.js";
import { temporaryFolder } from "../../support/tree.js";

const generated = join(import.meta.dirname, "../../../generated");

/** The small service with one operation, whose body is the given schema. */
function taking(schema: Schema): ServiceModel {
  const [operation] = smallModel.operations;
  if (operation === undefined) throw new Error("the small model has an operation");
  const content = [{ mediaType: "application/json", schema, examples: [] }];
  return { ...smallModel, operations: [{ ...operation, body: { required: true, content, origin: operation.origin } }] };
}

/** Writes the emitted module beside the seam and loads it as a program would. */
async function loaded(schema: Schema): Promise<RequestChecks> {
  const folder = temporaryFolder();
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  for (const { path, text } of [...emitValidators(taking(schema)), ...emitSeam()]) {
    const target = join(folder, path.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, ts.transpileModule(text, { compilerOptions }).outputText);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const module: { requests: Record<string, RequestChecks> } = await import(
    pathToFileURL(join(folder, "small/requests.js")).href
  );
  return module.requests["emailRequestToken"] ?? {};
}

test("what Ajv would require comes from the seam, and works", async () => {
  const { body } = await loaded({
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", maxLength: 2 },
      list: { type: "array", uniqueItems: true, items: { type: "object" } },
      exact: { const: { a: [1] } },
      made: { type: "string", format: "made-up" },
      mail: { type: "string", format: "email" },
      file: { type: "string", format: "binary" },
    },
    unevaluatedProperties: false,
  });
  expect(
    body?.({ name: "🦉🦉", list: [{ a: 1 }, { a: 2 }], exact: { a: [1] }, made: "x", mail: "owl@forest.example" }),
  ).toBeUndefined();
  expect(body?.({})).toMatchObject({ path: "", keyword: "required", missing: "name" });
  expect(body?.({ name: "🦉🦉🦉" })).toMatchObject({ path: "/name", keyword: "maxLength" });
  expect(body?.({ name: "", list: [{ a: 1 }, { a: 1 }] })).toMatchObject({ path: "/list", keyword: "uniqueItems" });
  expect(body?.({ name: "", exact: { a: [2] } })).toMatchObject({ path: "/exact", keyword: "const" });
  expect(body?.({ name: "", mail: "owl" })).toMatchObject({ path: "/mail", keyword: "format" });
  expect(body?.({ name: "", other: 1 })).toMatchObject({ keyword: "unevaluatedProperties" });
});

test("a property may be required without being described, or be described by name and by pattern", async () => {
  const { body } = await loaded({
    type: "object",
    required: ["fields"],
    properties: { x_list: { type: "array" } },
    patternProperties: { "^x_": { minItems: 1 } },
  });
  expect(body?.({ fields: 1, x_list: [1] })).toBeUndefined();
  expect(body?.({ x_list: [1] })).toMatchObject({ keyword: "required", missing: "fields" });
  expect(body?.({ fields: 1, x_list: [] })).toMatchObject({ path: "/x_list", keyword: "minItems" });
});

test("a module that the seam does not have fails the build", () => {
  // Ajv's own keyword, which no front end lets through: its validators throw an error class of Ajv's.
  const asynchronous = { $async: true, type: "object" } as Schema;
  expect(() => emitValidators(taking(asynchronous))).toThrow(/still requires .*validation_error/);
});

test("a keyword that nobody knows fails the build", () => {
  expect(() => emitValidators(taking({ type: "object", maxLenght: 3 } as Schema))).toThrow(/unknown keyword/);
});

test.each(["identity", "client-server", "client-server-v3", "server-server"])(
  "the committed validators of %s need the seam alone",
  (service) => {
    for (const name of ["requests.ts", "responses.ts"]) {
      const text = readFileSync(join(generated, service, name), "utf8");
      const imported = [...text.matchAll(/^import (type )?.* from "([^"]+)";$/gm)];
      expect(imported.map(([, type, module]) => `${type ?? ""}${module}`)).toEqual([
        "../seam/checks.js",
        "type ../seam/contract.js",
        "type ./operations.js",
      ]);
      expect(text.match(/\bfrom "/g)).toHaveLength(3);
      expect(text).not.toMatch(/\brequire\(|\bnew Function\b|\beval\(|\bimport\(/);
    }
  },
);

test("properties that every object seems to have are looked for in the value itself", async () => {
  // The compiler types members of these names by those of Object.prototype, unless they stand as they are.
  const schema = {
    type: "object",
    required: ["hasOwnProperty"],
    properties: {
      hasOwnProperty: { type: "integer" },
      constructor: { type: "string" },
      toString: { type: "object", required: ["valueOf"], properties: { valueOf: { type: "boolean" } } },
    },
  } as const;
  const { body } = await loaded(schema);
  expect(body?.({ hasOwnProperty: 1 })).toBeUndefined();
  expect(body?.({ hasOwnProperty: 1, constructor: "a", toString: { valueOf: true } })).toBeUndefined();
  expect(body?.({})).toMatchObject({ keyword: "required", missing: "hasOwnProperty" });
  expect(body?.({ hasOwnProperty: 1, constructor: 2 })).toMatchObject({ path: "/constructor", keyword: "type" });
  expect(body?.({ hasOwnProperty: 1, toString: {} })).toMatchObject({ path: "/toString", missing: "valueOf" });
});
