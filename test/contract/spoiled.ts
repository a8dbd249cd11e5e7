/** Requests that break their document in one place each, derived from the document itself. */

import { readFileSync } from "node:fs";
import type { Schema } from "../../generator/model/model.js";

/** One parameter outside the body, as the document has it. */
export interface DocumentParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** What an openapi.json says of one operation's request. */
export interface DocumentOperation {
  readonly parameters: readonly DocumentParameter[];
  readonly body: Schema | undefined;
}

export type Schemas = Readonly<Record<string, Schema>>;

export interface Document {
  readonly schemas: Schemas;
  readonly operations: ReadonlyMap<string, DocumentOperation>;
}

interface OpenApiOperation {
  readonly operationId: string;
  readonly parameters?: readonly DocumentParameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

const firstOf = (body: OpenApiOperation["requestBody"]) =>
  body === undefined ? undefined : Object.values(body.content)[0];

export const readDocument = (service: string): Document => {
  const file = new URL(`../../generated/${service}/openapi.json`, import.meta.url);
  // The generator's own output, whose shape its own tests guard.
  const { paths, components } = JSON.parse(readFileSync(file, "utf8")) as {
    paths: Record<string, Record<string, OpenApiOperation>>;
    components: { schemas: Schemas };
  };
  const operations = new Map<string, DocumentOperation>();
  for (const { operationId, parameters = [], requestBody } of Object.values(paths).flatMap(Object.values)) {
    operations.set(operationId, { parameters, body: firstOf(requestBody)?.schema });
  }
  return { schemas: components.schemas, operations };
};

export type Spoiling = "missing" | "invalid";

export interface Spoiled {
  /** For the test's name. */
  readonly what: string;
  readonly expects: Spoiling;
  readonly value: unknown;
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const prefix = "#/components/schemas/";

export const resolved = (schema: Schema, schemas: Schemas): Schema =>
  schema.$ref === undefined ? schema : resolved(schemas[schema.$ref.slice(prefix.length)] ?? {}, schemas);

/** Fields of an object schema and of everything that it is made of by allOf. */
export const fieldsOf = (given: Schema, schemas: Schemas): { properties: [string, Schema][]; required: string[] } => {
  const schema = resolved(given, schemas);
  const parts = (schema.allOf ?? []).map((part) => fieldsOf(part, schemas));
  return {
    properties: [...Object.entries(schema.properties ?? {}), ...parts.flatMap(({ properties }) => properties)],
    required: [...(schema.required ?? []), ...parts.flatMap(({ required }) => required)],
  };
};

const branchesOf = (given: Schema, schemas: Schemas): Schema[] => {
  const schema = resolved(given, schemas);
  const branches = schema.anyOf ?? schema.oneOf;
  return branches === undefined ? [schema] : branches.flatMap((branch) => branchesOf(branch, schemas));
};

const typesOf = (schema: Schema, schemas: Schemas): string[] =>
  branchesOf(schema, schemas).flatMap(({ type, allOf }) => [type ?? (allOf === undefined ? [] : "object")].flat());

const samples: readonly (readonly [type: string, sample: unknown])[] = [
  ["string", "text"],
  ["integer", 7.5],
  ["boolean", true],
  ["object", { a: 1 }],
  ["array", ["a"]],
  ["null", null],
];

/** A value of each type that the schema does not allow. */
const ofOtherTypes = (schema: Schema, schemas: Schemas): unknown[] => {
  const allowed = typesOf(schema, schemas);
  if (allowed.length === 0) return [];
  return samples.filter(([type]) => !allowed.includes(type)).map(([, sample]) => sample);
};

/** Values of the right type that the schema's words on texts and numbers refuse. */
const outOfBounds = (given: Schema, schemas: Schemas): unknown[] => {
  const branches = branchesOf(given, schemas);
  const [schema] = branches;
  if (schema === undefined || branches.length > 1) return [];
  const { pattern, maxLength, minimum, maximum } = schema;
  return [
    ...(pattern === undefined ? [] : ["\u0000 no such text"]),
    ...(maxLength === undefined ? [] : ["a".repeat(maxLength + 1)]),
    ...(schema.enum === undefined ? [] : ["no such value"]),
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [2 ** 60]),
  ];
};

const at = (path: string, step: string): string => (path === "" ? step : `${path}.${step}`);

/** Every way to spoil one field of a body that fits, at every depth that the body has. */
export const spoiled = (given: Schema, value: unknown, schemas: Schemas, path = ""): Spoiled[] => {
  if (Array.isArray(value)) return spoiledItems(given, value, schemas, path);
  if (!isObject(value)) return [];
  const branch = branchesOf(given, schemas).find((schema) => fieldsOf(schema, schemas).properties.length > 0);
  if (branch === undefined) return [];
  const { properties, required } = fieldsOf(branch, schemas);
  const absent = [...new Set(required)].map((name): Spoiled => {
    const { [name]: _gone, ...rest } = value;
    return { what: `without ${at(path, name)}`, expects: "missing", value: rest };
  });
  const wrong = properties.flatMap(([name, schema]) => {
    const field = at(path, name);
    const values = [...ofOtherTypes(schema, schemas), ...outOfBounds(schema, schemas)];
    const here = values.map((bad): Spoiled => {
      const what = `${field} as ${JSON.stringify(bad).slice(0, 20)}`;
      return { what, expects: "invalid", value: { ...value, [name]: bad } };
    });
    const inside = spoiled(schema, value[name], schemas, field).map((inner) => ({
      ...inner,
      value: { ...value, [name]: inner.value },
    }));
    return [...here, ...inside];
  });
  return [...absent, ...wrong];
};

const spoiledItems = (given: Schema, value: readonly unknown[], schemas: Schemas, path: string): Spoiled[] => {
  const schema = branchesOf(given, schemas).find(({ type }) => type === "array");
  const [first, ...rest] = value;
  const [item = schema?.items] = schema?.prefixItems ?? [];
  if (schema === undefined || typeof item !== "object" || value.length === 0) return [];
  const field = at(path, "0");
  const bad = ofOtherTypes(item, schemas).map(
    (wrong): Spoiled => ({ what: `${field} as ${JSON.stringify(wrong)}`, expects: "invalid", value: [wrong, ...rest] }),
  );
  const lengths = schema.prefixItems === undefined ? [] : [value.slice(1), [...value, "more"]];
  const wrongLength = lengths.map(
    (items): Spoiled => ({ what: `${path} of ${items.length} items`, expects: "invalid", value: items }),
  );
  const inside = spoiled(item, first, schemas, field).map((inner) => ({ ...inner, value: [inner.value, ...rest] }));
  return [...bad, ...wrongLength, ...inside];
};

/** Texts that a parameter's schema refuses: there is no other type than text in a query. */
export const badTexts = ({ schema }: DocumentParameter): string[] =>
  outOfBounds(schema, {}).filter((value) => typeof value === "string");
