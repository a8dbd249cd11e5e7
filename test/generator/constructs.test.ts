/** Every construct of the three specifications, as generator/CONSTRUCTS.md lists them: what comes of it, and how it is refused. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { emitHandlers } from "../../generator/emit/handlers.js";
import { openapiDocument } from "../../generator/emit/openapi.js";
import { operationData } from "../../generator/emit/operation-data.js";
import { emitOperations } from "../../generator/emit/operations.js";
import { emitTypes } from "../../generator/emit/types.js";
import { liveChecks } from "../../generator/emit/validators.js";
import { type Diagnostic, GenerationError } from "../../generator/errors.js";
import { loadServices } from "../../generator/load/services.js";
import type { ServiceModel } from "../../generator/model/model.js";
import { temporaryFolder } from "../support/tree.js";
import { fixtures } from "./load/fixture.js";

/** A document: whole, without its head, the inside of its one operation, or the schema of that operation's body. */
interface Given {
  readonly text?: string;
  readonly document?: string;
  readonly within?: string;
  readonly schema?: string;
}

interface Row extends Given {
  readonly construct: string;
  readonly in: string;
  readonly treatment: "supported" | "kept" | "passed over" | "tolerated" | "refused";
  readonly note: string;
  /** The document is one of Swagger 2.0, though other dialects know the construct, too. */
  readonly old?: boolean;
  /** Places in what is generated, and what stands there. */
  readonly openapi?: Readonly<Record<string, unknown>>;
  readonly operation?: Readonly<Record<string, unknown>>;
  readonly model?: Readonly<Record<string, unknown>>;
  /** Texts that a module holds. */
  readonly types?: readonly string[];
  readonly operations?: readonly string[];
  readonly handlers?: readonly string[];
  /** Bodies for the check of requests. */
  readonly accepts?: readonly unknown[];
  readonly rejects?: readonly unknown[];
  readonly warnings?: readonly string[];
  readonly broken?: readonly (Given & { readonly told: readonly string[] })[];
}

const folder = join(fixtures, "constructs");
const rows = readdirSync(folder).flatMap((file): Row[] => parse(readFileSync(join(folder, file), "utf8")));

const indented = (text: string, width: number): string => text.trimEnd().replaceAll(/^(?=.)/gm, " ".repeat(width));

/** The whole document. */
const written = (given: Given, row: Row): string => {
  if (given.text !== undefined) return given.text;
  const isOld = row.old === true || row.in === "2.0";
  const head = `${isOld ? 'swagger: "2.0"' : "openapi: 3.1.0"}\ninfo: { title: Given, version: "1" }\n`;
  if (given.document !== undefined) return head + given.document;
  if (given.within !== undefined) {
    const [inside = "", components = ""] = given.within.split(/^(?=components:)/m);
    const answers = /^responses:/m.test(inside) ? "" : "      responses: { 200: { description: Yes. } }\n";
    return `${head}paths:\n  /a:\n    post:\n      operationId: op\n${indented(inside, 6)}\n${answers}${components}`;
  }
  const [place, path] = isOld ? ["definitions:", "definitions"] : ["components:\n  schemas:", "components/schemas"];
  const body = isOld
    ? `parameters: [{ name: a, in: body, schema: { $ref: "#/${path}/Given" } }]`
    : `requestBody: { content: { application/json: { schema: { $ref: "#/${path}/Given" } } } }`;
  const operation = `{ operationId: op, ${body}, responses: { 200: { description: Yes. } } }`;
  const schema = given.schema ?? "";
  const value = schema.startsWith("{")
    ? ` ${schema.trimEnd().replaceAll("\n  ", "\n    ")}`
    : `\n${indented(schema, 6)}`;
  return `${head}paths: { /a: { post: ${operation} } }\n${place}\n    Given:${value}\n`;
};

interface Read {
  readonly model: ServiceModel | undefined;
  /** Errors, or warnings where there are none: place, message, code. */
  readonly told: readonly string[];
}

const lineOf = ({ origin: { file, line, column }, message, code }: Diagnostic): string =>
  `${file}:${line}:${column}  ${message}  [${code}]`;

const read = async (text: string): Promise<Read> => {
  const root = temporaryFolder();
  writeFileSync(join(root, "given.yaml"), text);
  try {
    const { services, warnings } = await loadServices({ root, documents: ["given.yaml"] });
    return { model: services[0], told: warnings.map(lineOf) };
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    return { model: undefined, told: error.diagnostics.map(lineOf) };
  }
};

/** What stands at a JSON pointer. */
const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((inner, key) => Object(inner)[key], value);

const allAt = (value: unknown, places: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.keys(places).map((pointer) => [pointer, at(value, pointer)]));

/** As it is read back from disk: without what JSON leaves out. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const textOf = async (files: ReturnType<typeof emitTypes> | ReturnType<typeof emitHandlers>): Promise<string> =>
  (await files).map(({ text }) => text).join("\n");

const positive = rows.map((row) => [row.construct, row] as const);
const negative = rows.flatMap((row) =>
  (row.broken ?? []).map((broken, index) => [`${row.construct} ${index + 1}`, row, broken] as const),
);

describe("what comes of it", () => {
  test.each(positive)("%s", async (_name, row) => {
    const { model, told } = await read(written(row, row));
    expect(told).toEqual(row.warnings ?? []);
    if (model === undefined) throw new Error("there is no model");
    expect(allAt(asJson(openapiDocument(model)), row.openapi)).toEqual(row.openapi ?? {});
    expect(allAt(model, row.model)).toEqual(row.model ?? {});
    const operation = model.operations.find(({ id }) => id === "op");
    expect(allAt(operation && operationData(model, operation), row.operation)).toEqual(row.operation ?? {});
    const modules = [
      [row.types, () => emitTypes(model)],
      [row.operations, () => emitOperations(model)],
      [row.handlers, () => emitHandlers(model)],
    ] as const;
    for (const [texts = [], emit] of modules) {
      const module = texts.length === 0 ? "" : await textOf(emit());
      for (const text of texts) expect(module).toContain(text);
    }
    if (row.accepts === undefined) return;
    const check = liveChecks(model).requests["op"]?.body;
    expect(row.accepts.filter((value) => check?.(value) !== undefined)).toEqual([]);
    expect((row.rejects ?? []).filter((value) => check?.(value) === undefined)).toEqual([]);
  });
});

describe("how it is refused", () => {
  test.each(negative)("%s", async (_name, row, broken) => {
    expect((await read(written(broken, row))).told).toEqual(broken.told);
  });
});

describe("generator/CONSTRUCTS.md", () => {
  test("lists exactly these", () => {
    const page = readFileSync(join(import.meta.dirname, "../../generator/CONSTRUCTS.md"), "utf8");
    const listed = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| construct"));
    expect(listed).toEqual(rows.map((row) => `| ${row.construct} | ${row.in} | ${row.treatment} | ${row.note} |`));
  });

  test("each construct that can be written wrongly says how that is told", () => {
    const without = rows.filter(({ broken = [] }) => broken.length === 0).map(({ construct }) => construct);
    expect(without).toEqual([
      "`x-` at document, info, paths, path, operation, responses and components",
      "a path's `summary`, `description`",
      "`x-nullable`",
      "`contentEncoding`, `contentMediaType`, `contentSchema`",
      "`x-` of a schema",
    ]);
    expect(rows.filter(({ broken = [] }) => broken.some(({ told }) => told.length === 0))).toEqual([]);
  });
});
