/**
 * `requests.ts` and `responses.ts`: Ajv's own compiled validators as modules without dependencies. What Ajv would
 * `require` at run time comes from the seam instead. They are JavaScript that calls itself TypeScript, so that every
 * compiler takes them along, and asks not to be checked: what Ajv prints has no types.
 */

import { _, type CodeOptions } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import type { OperationModel, ResponseModel, Schema, ServiceModel } from "../model/model.js";
import { mapInner } from "../model/schema.js";
import { check, formats } from "../seam/checks.js";
import type { Check, RequestChecks, ResponseChecks } from "../seam/contract.js";
import { headersKey } from "../seam/headers.js";
import { answerEncodingOf } from "./encoding.js";
import type { EmittedFile } from "./file.js";
import { literal } from "./literal.js";
import { propertyKey, seamModule } from "./names.js";
import { answersOf, checkedBodySchemas, headersSchema, implicitResponses, parametersSchema } from "./parts.js";
import { validatorSchema } from "./validator-schema.js";

/** What Ajv's output requires, and what the seam has in its place. */
const seamExports: Readonly<Record<string, string>> = {
  "ajv/dist/runtime/ucs2length": "ucs2length",
  "ajv/dist/runtime/equal": "equal",
};

/** Apart from the names of schemas, which hold no dot. */
const partPrefix = "part.";

/** Checks of one module: each key names a place in the table, each value is its schema. */
class CheckTable {
  readonly schemas = new Map<string, Schema>();
  readonly #names = new Map<string, string>();

  /** The name of the check for a schema; equal schemas share one. */
  add(schema: Schema): string {
    const text = JSON.stringify(validatorSchema(schema));
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `check${this.#names.size}`;
    this.#names.set(text, name);
    this.schemas.set(name, schema);
    return name;
  }
}

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

function requestChecks(operation: OperationModel, checks: CheckTable): Record<string, string> {
  const { parameters, body } = operation;
  const parts = {
    params: parametersSchema(parameters, "path"),
    query: parametersSchema(parameters, "query"),
    headers: parametersSchema(parameters, "header"),
    ...named("body", checkedBodySchemas(body?.content ?? [])),
  };
  return Object.fromEntries(
    Object.entries(parts).flatMap(([part, schema]) => (schema === undefined ? [] : [[part, checks.add(schema)]])),
  );
}

/** The checks of a body under its name, and that of its media type where each has its own. */
function named(name: string, bodies: ReturnType<typeof checkedBodySchemas>): Record<string, Schema> {
  return Object.fromEntries(bodies.map(([mediaType, schema]) => [`${name} ${mediaType}`.trimEnd(), schema]));
}

function responseChecks(responses: readonly ResponseModel[], checks: CheckTable): Record<string, string> {
  return Object.fromEntries(
    responses.flatMap(({ status, content, headers }) => {
      const ofHeaders = headersSchema(headers);
      const schemas = {
        ...named(status, checkedBodySchemas(content, answerEncodingOf)),
        ...(ofHeaders === undefined ? {} : { [headersKey(status)]: ofHeaders }),
      };
      return Object.entries(schemas).map(([key, schema]) => [key, checks.add(schema)]);
    }),
  );
}

function compiler(model: ServiceModel, checked: ReadonlyMap<string, Schema>): Ajv2020 {
  const named = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  const parts = new Map([...checked].map(([name, schema]) => [`${partPrefix}${name}`, schema]));
  const code: CodeOptions = { source: true, esm: true, lines: true, formats: _`formats` };
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    // A property may be required without being described, or be described by name and by pattern.
    strictRequired: false,
    allowMatchingProperties: true,
    allowUnionTypes: true,
    validateFormats: true,
    messages: false,
    // Costs a call for every property, so only where one is called as something that all objects have.
    ownProperties: [...named.values(), ...parts.values()].some(namesInherited),
    code,
  });
  for (const schema of [...named.values(), ...parts.values()]) ignoreUnknownFormats(ajv, schema);
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
  const definitions = [...named, ...parts].map(([name, schema]) => [name, validatorSchema(schema)]);
  return ajv.addSchema({ $id: "service", $defs: Object.fromEntries(definitions) });
}

/** Whether a property is called `constructor`, `toString` or the like, which every object seems to have. */
function namesInherited(schema: Schema): boolean {
  let found = [...Object.keys(schema.properties ?? {}), ...(schema.required ?? [])].some(
    (name) => name in Object.prototype,
  );
  mapInner(schema, (inner) => {
    found ||= namesInherited(inner);
    return inner;
  });
  return found;
}

/** A format that nobody defined means nothing; it is never a reason to refuse a document. */
function ignoreUnknownFormats(ajv: Ajv2020, schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  const format = "format" in schema ? schema.format : undefined;
  if (typeof format === "string" && !Object.hasOwn(formats, format)) ajv.addFormat(format, true);
  for (const inner of Object.values(schema)) ignoreUnknownFormats(ajv, inner);
}

/** Ajv's output with every `require` replaced by an import from the seam. */
function withoutRequire(code: string): { readonly code: string; readonly used: readonly string[] } {
  const used = new Set<string>();
  const rewritten = code.replaceAll(/\brequire\("([^"]+)"\)(?:\.default)?/g, (text, module: string) => {
    const replacement = seamExports[module];
    if (replacement === undefined) return text;
    used.add(replacement);
    return replacement;
  });
  const withoutStrings = rewritten.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  if (/\brequire\(/.test(withoutStrings)) {
    const [left] = /.*\brequire\(.*/.exec(rewritten) ?? [""];
    throw new Error(`a compiled validator still requires a module that the seam does not have: ${left.trim()}`);
  }
  if (/\bformats\b/.test(withoutStrings)) used.add("formats");
  return { code: rewritten, used: [...used].sort() };
}

/** Ajv prints each schema, though most validators never look at it. */
function withoutUnusedSchemas(code: string): string {
  const mentions = new Map<string, number>();
  for (const [name] of code.matchAll(/\bschema\d+\b/g)) mentions.set(name, (mentions.get(name) ?? 0) + 1);
  return code.replaceAll(/^const (schema\d+) = .*;\n/gm, (line, name: string) =>
    mentions.get(name) === 1 ? "" : line,
  );
}

function standaloneCode(model: ServiceModel, checks: CheckTable, references: Record<string, string>): string {
  try {
    return standalone.default(compiler(model, checks.schemas), references);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the validators of ${model.name} cannot be compiled: ${reason}`, { cause: error });
  }
}

/** The compiled functions, and for each check the function that makes it. */
function compile(model: ServiceModel, checks: CheckTable) {
  const references = Object.fromEntries(
    [...checks.schemas.keys()].map((name) => [name, `service#/$defs/${partPrefix}${name}`]),
  );
  const printed = standaloneCode(model, checks, references);
  const functions = new Map<string, string>();
  const code = printed
    .replace(/^"use strict";\n?/, "")
    .replaceAll(/^export const (\w+) = (\w+);$/gm, (_text, name: string, validate: string) => {
      functions.set(name, validate);
      return "";
    })
    .replaceAll(/\n{2,}/g, "\n");
  const missing = Object.keys(references).filter((name) => !functions.has(name));
  if (missing.length > 0) throw new Error(`ajv printed no validator for ${missing.join(", ")}`);
  return { ...withoutRequire(withoutUnusedSchemas(code)), functions };
}

function tableText(table: Table): string {
  const rows = Object.entries(table).map(([id, checks]) => {
    const cells = Object.entries(checks).map(([key, name]) => `${propertyKey(key)}: ${name}`);
    return `  ${propertyKey(id)}: ${cells.length === 0 ? "{}" : `{ ${cells.join(", ")} }`},\n`;
  });
  return `{\n${rows.join("")}}`;
}

function validatorModule(
  model: ServiceModel,
  name: "requests" | "responses",
  table: Table,
  checks: CheckTable,
): EmittedFile[] {
  const { code, used, functions } = compile(model, checks);
  const constants = [...functions].map(([check, validate]) => `const ${check} = check(${validate});\n`);
  const type = name === "requests" ? "RequestChecks" : "ResponseChecks";
  const imports = [
    `import { ${["check", ...used].join(", ")} } from ${literal(seamModule(model, "checks.js"))};`,
    `import type { ${type} } from "${seamModule(model, "contract.js")}";`,
    'import type { OperationId } from "./operations.js";',
  ];
  const text = [
    // Ajv writes for engines: what it narrows, no compiler follows. The declared types of the tables hold all the same.
    "// @ts-nocheck\n",
    `${imports.join("\n")}\n`,
    code.trim() === "" ? "" : `${code.trim()}\n`,
    constants.join(""),
    `/** The compiled checks of every operation's ${name}. */`,
    `export const ${name}: Readonly<Record<OperationId, ${type}>> = ${tableText(table)};\n`,
  ];
  return [{ path: `${model.name}/${name}.ts`, text: text.filter((part) => part !== "").join("\n") }];
}

function tables(model: ServiceModel) {
  const ofRequests = new CheckTable();
  const requests = model.operations.map((operation) => [operation.id, requestChecks(operation, ofRequests)]);
  const ofResponses = new CheckTable();
  const responses = model.operations.map((operation) => {
    const answers = [...answersOf(operation), ...implicitResponses(model, operation)];
    return [operation.id, responseChecks(answers, ofResponses)];
  });
  return {
    requests: { table: Object.fromEntries(requests), checks: ofRequests },
    responses: { table: Object.fromEntries(responses), checks: ofResponses },
  };
}

export function emitValidators(model: ServiceModel): EmittedFile[] {
  const { requests, responses } = tables(model);
  return [
    ...validatorModule(model, "requests", requests.table, requests.checks),
    ...validatorModule(model, "responses", responses.table, responses.checks),
  ];
}

/** The functions of a table, for this process alone. */
function compiledTable(model: ServiceModel, table: Table, { schemas }: CheckTable) {
  const ajv = compiler(model, schemas);
  const checkOf = (name: string): Check => {
    const validate = ajv.getSchema(`service#/$defs/${partPrefix}${name}`);
    if (validate === undefined) throw new Error(`ajv knows no schema for ${name}`);
    return check(validate);
  };
  return Object.fromEntries(
    Object.entries(table).map(([id, checks]) => [
      id,
      Object.fromEntries(Object.entries(checks).map(([key, name]) => [key, checkOf(name)])),
    ]),
  );
}

/** What `requests.ts` and `responses.ts` hold, without printing them. */
export function liveChecks(model: ServiceModel): {
  readonly requests: Readonly<Record<string, RequestChecks>>;
  readonly responses: Readonly<Record<string, ResponseChecks>>;
} {
  const { requests, responses } = tables(model);
  return {
    requests: compiledTable(model, requests.table, requests.checks),
    responses: compiledTable(model, responses.table, responses.checks),
  };
}
