/** Whether a value fits a schema, where making it step by step cannot promise that. */

import { Ajv2020 } from "ajv/dist/2020.js";
import type { Schema } from "../model/model.js";
import { formats } from "../seam/formats.js";
import { referred, type Schemas } from "./joined.js";

type Verdict = (value: unknown) => boolean;

const root = "schemas";

/** The interpreters of the schemas that were asked about, by what their references mean. */
const interpreters = new WeakMap<Schemas, Ajv2020>();

function interpreterOf(schemas: Schemas): Ajv2020 {
  const known = interpreters.get(schemas);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: true, logger: false, formats });
  ajv.addSchema({ $id: root, components: { schemas } });
  interpreters.set(schemas, ajv);
  return ajv;
}

const verdicts = new WeakMap<Schemas, WeakMap<Schema, Verdict>>();

function compiled(schema: Schema, schemas: Schemas): Verdict {
  const text = JSON.stringify(schema, (key, value) => (key === "$ref" ? `${root}${value}` : value));
  try {
    const validate = interpreterOf(schemas).compile(JSON.parse(text));
    return (value) => validate(value) === true;
  } catch {
    // What no validator understands refuses nothing.
    return () => true;
  }
}

/** The verdict on values of a schema; made once for each. */
export function verdictOf(schema: Schema, schemas: Schemas): Verdict {
  const ofSchemas = verdicts.get(schemas) ?? new WeakMap<Schema, Verdict>();
  verdicts.set(schemas, ofSchemas);
  const verdict = ofSchemas.get(schema) ?? compiled(schema, schemas);
  ofSchemas.set(schema, verdict);
  return verdict;
}

/** Keywords that look at a value as a whole: one branch and no other, this and not that. */
const judging: readonly (keyof Schema)[] = [
  ...(["oneOf", "not", "if", "dependentSchemas", "contains", "unevaluatedProperties", "unevaluatedItems"] as const),
];

const judged = new WeakMap<Schemas, WeakMap<Schema, boolean>>();

/** Whether a value made for this schema has to be looked at once it is whole. */
export function needsVerdict(schema: Schema, schemas: Schemas): boolean {
  const ofSchemas = judged.get(schemas) ?? new WeakMap<Schema, boolean>();
  judged.set(schemas, ofSchemas);
  const known = ofSchemas.get(schema);
  if (known !== undefined) return known;
  // Until it is known, what leads back to itself adds nothing.
  ofSchemas.set(schema, false);
  const parts = [
    ...(schema.$ref === undefined ? [] : [referred(schema, schemas)]),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
  ];
  const needs =
    judging.some((keyword) => schema[keyword] !== undefined) || parts.some((part) => needsVerdict(part, schemas));
  ofSchemas.set(schema, needs);
  return needs;
}
