/** Shapes that printers get wrong: what the compiled check says about a value, the compiler says about its literal. */

import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { emitTypes } from "../../generator/emit/types.js";
import { liveChecks } from "../../generator/emit/validators.js";
import type { OperationModel, Schema, ServiceModel } from "../../generator/model/model.js";
import { programOf } from "../support/compiler.js";
import { smallModel } from "../support/small-model.js";

const origin = { file: "shapes.yaml", pointer: "", line: 1, column: 1 };
const text: Schema = { type: "string" };
const whole: Schema = { type: "integer" };
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

interface Shape {
  readonly name: string;
  readonly schema: Schema;
  readonly right: readonly unknown[];
  readonly wrong: readonly unknown[];
}

const shapes: readonly Shape[] = [
  {
    name: "KeysByPattern",
    schema: { type: "object", patternProperties: { "^ed25519:": text } },
    right: [{}, { "ed25519:1": "key" }],
    wrong: [{ "ed25519:1": 1 }, [], "text"],
  },
  {
    name: "PatternsBesideEachOther",
    schema: { type: "object", patternProperties: { "^is_": { type: "boolean" }, "^n_": whole } },
    right: [{ is_old: true, n_days: 3 }],
    wrong: [{ is_old: 3 }, { n_days: true }],
  },
  {
    name: "PatternsBesideProperties",
    schema: {
      type: "object",
      required: ["name"],
      properties: { name: text, age: whole },
      patternProperties: { "^x-": { type: "array", items: text } },
      additionalProperties: false,
    },
    right: [{ name: "owl" }, { name: "owl", age: 3, "x-tags": ["night"] }],
    wrong: [{ age: 3 }, { name: "owl", "x-tags": "night" }, { name: "owl", "x-tags": [1] }, { name: "owl", other: 1 }],
  },
  {
    name: "PatternThatMeansAProperty",
    schema: { type: "object", properties: { x_first: { enum: ["a"] } }, patternProperties: { "^x_": text } },
    right: [{ x_first: "a", x_other: "b" }],
    wrong: [{ x_first: "b" }, { x_other: 1 }],
  },
  {
    name: "Pair",
    schema: { type: "array", prefixItems: [text, whole], minItems: 2, maxItems: 2 },
    right: [["a", 1]],
    wrong: [["a"], [1, "a"], ["a", 1, 2], {}],
  },
  {
    name: "Closed",
    schema: { type: "array", prefixItems: [text, ref("Pair")], items: false, minItems: 1 },
    right: [["a"], ["a", ["b", 1]]],
    wrong: [[], ["a", ["b"]], ["a", ["b", 1], "c"]],
  },
  {
    name: "Growing",
    schema: { type: "array", prefixItems: [text], items: whole, minItems: 1 },
    right: [["a"], ["a", 1, 2, 3]],
    wrong: [[], ["a", "b"], ["a", 1, "c"]],
  },
  {
    name: "TypedExtras",
    schema: { type: "object", required: ["name"], properties: { name: text }, additionalProperties: whole },
    right: [{ name: "owl" }, { name: "owl", age: 3 }],
    wrong: [{ age: 3 }, { name: 3 }, { name: "owl", old: true }],
  },
  {
    name: "InheritedExtras",
    schema: { allOf: [ref("Pairs"), { type: "object", required: ["count"], properties: { count: whole } }] },
    right: [{ count: 1 }, { count: 1, first: ["a", 1] }],
    wrong: [{ first: ["a", 1] }, { count: "1" }, { count: 1, first: true }],
  },
  {
    name: "Pairs",
    schema: {
      type: "object",
      properties: { count: whole, note: text },
      additionalProperties: ref("Pair"),
    },
    right: [{}, { first: ["a", 1], note: "b", count: 2 }],
    wrong: [{ first: true }, { note: 1 }],
  },
  {
    name: "RequiredExtra",
    schema: { type: "object", required: ["owl"], additionalProperties: whole },
    right: [{ owl: 1 }, { owl: 1, mouse: 2 }],
    wrong: [{ mouse: 2 }, { owl: "1" }, { owl: 1, mouse: "2" }],
  },
];

const operation = (name: string): OperationModel => ({
  ...{ id: name, method: "GET", path: `/${name}`, deprecated: false, tags: [], auth: "none", security: [], origin },
  ...{ parameters: [], rateLimited: false, extensions: {} },
  responses: [
    {
      ...{ status: "200", description: "", headers: [], origin },
      content: [{ mediaType: "application/json", schema: ref(name), examples: [] }],
    },
  ],
});

const model: ServiceModel = {
  ...smallModel,
  schemas: shapes.map(({ name, schema }) => ({ name, schema, kind: "definition", origin })),
  implicit: [],
  operations: shapes.map(({ name }) => operation(name)),
};

const module = join(import.meta.dirname, "virtual/shapes.ts");

/** The compiler's words about each literal, by its text and the shape it is to have. */
async function verdicts(): Promise<ReadonlyMap<string, string>> {
  const [types] = await emitTypes(model);
  const literals = shapes.flatMap(({ name, right, wrong }) =>
    [...right, ...wrong].map((value) => `${name} = ${JSON.stringify(value)}`),
  );
  const lines = literals.map((literal, index) => `export const v${index}: ${literal};`);
  const source = [...lines, types?.text ?? ""].join("\n");
  const program = programOf([], {}, new Map([[module, source]]));
  const file = program.getSourceFile(module);
  const found = new Map(literals.map((literal) => [literal, ""]));
  for (const { start = 0, messageText } of [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]) {
    const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
    found.set(literals[line] ?? "types", ts.flattenDiagnosticMessageText(messageText, " "));
  }
  return found;
}

describe("literals", () => {
  const { responses } = liveChecks(model);
  let said: ReadonlyMap<string, string>;
  beforeAll(async () => {
    said = await verdicts();
  });

  test("stand beside types that compile", () => {
    expect(said.get("types")).toBeUndefined();
  });

  test.each(shapes.flatMap(({ name, right }) => right.map((value) => [name, value] as const)))(
    "of %s: %j is right",
    (name, value) => {
      expect(responses[name]?.["200"]?.(value)).toBeUndefined();
      expect(said.get(`${name} = ${JSON.stringify(value)}`)).toBe("");
    },
  );

  test.each(shapes.flatMap(({ name, wrong }) => wrong.map((value) => [name, value] as const)))(
    "of %s: %j is wrong",
    (name, value) => {
      expect(responses[name]?.["200"]?.(value)).toBeDefined();
      expect(said.get(`${name} = ${JSON.stringify(value)}`)).toMatch(/is not assignable|is missing|Object literal/u);
    },
  );
});
