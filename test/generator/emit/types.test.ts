import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { emitTypes } from "../../../generator/emit/types.js";
import type { Schema } from "../../../generator/model/model.js";
import { compilerErrors } from "../../support/compiler.js";
import { smallModel } from "../../support/small-model.js";
import { temporaryFolder } from "../../support/tree.js";

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const text: Schema = { type: "string" };
const base: Schema = { type: "object", required: ["sid"], properties: { sid: text, note: text } };

/** A signature for the names that begin so. */
const begins = (prefix: string): string => `[key: \`${prefix}$\{string}\`]`;

const rows: readonly { name: string; given: Schema; want: string }[] = [
  { name: "an object", given: base, want: "export interface Given {\n  sid: string;\n  note?: string;\n}" },
  { name: "a reference by name", given: { type: "array", items: ref("Base") }, want: "export type Given = Base[];" },
  {
    name: "properties beside typed additionalProperties",
    given: { ...base, additionalProperties: { type: "integer" } },
    want: "export interface Given {\n  sid: string;\n  note?: string;\n  [key: string]: number | string | undefined;\n}",
  },
  {
    name: "typed additionalProperties beside an inherited object",
    given: { allOf: [ref("Base"), { type: "object", additionalProperties: { type: "integer" } }] },
    want: "export type Given = Base & {\n  [key: string]: number | Base[keyof Base];\n};",
  },
  {
    name: "anything may stand beside the properties",
    given: { ...base, additionalProperties: true },
    want: "export interface Given {\n  sid: string;\n  note?: string;\n  [key: string]: unknown;\n}",
  },
  {
    name: "patternProperties",
    given: { type: "object", patternProperties: { "^ed25519:": text } },
    want: "export interface Given {\n  [key: string]: string;\n}",
  },
  {
    name: "patternProperties of a beginning, beside properties",
    given: { ...base, patternProperties: { "^x_": { type: "integer" }, "^\\$": { type: "boolean" } } },
    want: `export interface Given {\n  sid: string;\n  note?: string;\n  ${begins("x_")}: number;\n  ${begins("$")}: boolean;\n}`,
  },
  {
    name: "patternProperties that mean a described property too",
    given: { ...base, patternProperties: { "^s": text, "^x_": { type: "integer" } } },
    want: "export interface Given {\n  sid: string;\n  note?: string;\n  [key: string]: string | number | undefined;\n}",
  },
  {
    name: "patternProperties that are more than a beginning",
    given: { ...base, patternProperties: { "^x_[a-z]+$": { type: "integer" } } },
    want: "export interface Given {\n  sid: string;\n  note?: string;\n  [key: string]: number | string | undefined;\n}",
  },
  {
    name: "an object of which nothing is known",
    given: { type: "object" },
    want: "export type Given = Record<string, unknown>;",
  },
  {
    name: "an object that holds nothing",
    given: { type: "object", maxProperties: 0 },
    want: "export type Given = Record<string, never>;",
  },
  {
    name: "a property that is required and not described",
    given: { type: "object", required: ["a"], properties: {} },
    want: "export interface Given {\n  a: unknown;\n}",
  },
  {
    name: "a property that is required and described as any other",
    given: { type: "object", required: ["a"], additionalProperties: { type: "integer" } },
    want: "export interface Given {\n  a: number;\n  [key: string]: number;\n}",
  },
  {
    name: "a property that is required and described by patterns",
    given: {
      type: "object",
      required: ["a_b"],
      patternProperties: { "^a_": text, _b$: { enum: ["x"] } },
      additionalProperties: { type: "integer" },
    },
    want: 'export interface Given {\n  a_b: string & "x";\n  [key: string]: number | string | "x" | (string & "x");\n}',
  },
  {
    name: "an inherited property that becomes required",
    given: { allOf: [ref("Base")], required: ["note"] },
    want: 'export type Given = Base & Required<Pick<Base, "note">>;',
  },
  {
    name: "a reference beside constraints",
    given: { ...ref("Base"), required: ["note"], properties: { note: { enum: ["x"] } } },
    want: 'export type Given = Base & {\n  note: "x";\n};',
  },
  {
    name: "alternatives that only require",
    given: { ...base, anyOf: [{ required: ["sid"] }, { required: ["note"] }] },
    want: "export interface Given {\n  sid: string;\n  note?: string;\n}",
  },
  {
    name: "alternatives beside properties narrow them",
    given: {
      type: "object",
      properties: { a: text },
      anyOf: [{ type: "object", properties: { b: text } }, ref("Base")],
    },
    want: "export type Given = {\n  a?: string;\n} & ({\n  b?: string;\n} | Base);",
  },
  {
    name: "bytes with a name of their own are a file",
    given: { type: "string", format: "binary" },
    want: "export type Given = File;",
  },
  {
    name: "bytes in a form are a file",
    given: { type: "object", properties: { photo: { type: "string", format: "binary" } } },
    want: "export interface Given {\n  photo?: File;\n}",
  },
  { name: "a text with a format", given: { type: "string", format: "byte" }, want: "export type Given = string;" },
  { name: "null and something else", given: { type: ["string", "null"] }, want: "export type Given = string | null;" },
  { name: "the constant null", given: { const: null }, want: "export type Given = null;" },
  {
    name: "a tuple of a fixed length",
    given: { type: "array", prefixItems: [text, { type: "integer" }], minItems: 2, maxItems: 2 },
    want: "export type Given = [string, number];",
  },
  {
    name: "a tuple that may be shorter and longer",
    given: { type: "array", prefixItems: [text, ref("Base")], minItems: 1 },
    want: "export type Given = [string, Base?, ...unknown[]];",
  },
  { name: "values", given: { type: "string", enum: ["a", 'b"c'] }, want: 'export type Given = "a" | "b\\"c";' },
  {
    name: "a default is not a promise",
    given: { type: "object", properties: { n: { type: "integer", default: 1 } } },
    want: "export interface Given {\n  /** @default 1 */\n  n?: number;\n}",
  },
  {
    name: "names that are no identifiers",
    given: { type: "object", properties: { "m.login.dummy": text, "1st": text } },
    want: 'export interface Given {\n  "m.login.dummy"?: string;\n  "1st"?: string;\n}',
  },
  {
    name: "words that would end a comment",
    given: { ...base, properties: {}, required: [], description: "One */ two\nthree", deprecated: true },
    want: "/**\n * One *\\/ two\n * three\n * @deprecated\n */\nexport type Given = Record<string, unknown>;",
  },
  {
    name: "itself",
    given: { type: "object", properties: { inner: ref("Given") } },
    want: "export interface Given {\n  inner?: Given;\n}",
  },
];

async function printed(given: Schema): Promise<string> {
  const schemas = Object.entries({ Base: base, Given: given }).map(([name, schema]) => ({
    name,
    schema,
    kind: "definition" as const,
    origin: { file: "x.yaml", pointer: "", line: 1, column: 1 },
  }));
  const [file] = await emitTypes({ ...smallModel, schemas });
  return file?.text ?? "";
}

test.each(rows)("$name", async ({ given, want }) => {
  const all = await printed(given);
  expect(all.slice(all.indexOf("\n}\n") + 4).trim()).toBe(want);
});

test("every row compiles, and values can be assigned to the repaired shapes", async () => {
  const folder = temporaryFolder();
  for (const [index, { given }] of rows.entries()) {
    const path = join(folder, `row${index}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await printed(given));
  }
  const typed = rows.findIndex(({ name }) => name === "properties beside typed additionalProperties");
  const inherited = rows.findIndex(({ name }) => name === "typed additionalProperties beside an inherited object");
  const use = [typed, inherited].map(
    (index) =>
      `import type { Given as Given${index} } from "./row${index}.js";\nexport const value${index}: Given${index} = { sid: "1", more: 2 };\n`,
  );
  writeFileSync(join(folder, "use.ts"), use.join(""));
  expect(compilerErrors(folder)).toEqual([]);
});
