/** Holds examples against the schemas they illustrate. One that breaks its schema misleads people and nothing else. */

import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Findings } from "../load/findings.js";
import { isRecord } from "../record.js";
import { formats } from "../seam/formats.js";
import { isJson } from "./documents.js";
import type { Examples } from "./examples.js";
import type { NamedSchema, OperationModel, Schema } from "./model.js";
import { refusedBy } from "./untold.js";

interface Examined {
  readonly operations: readonly OperationModel[];
  readonly schemas: readonly NamedSchema[];
  readonly examples: Examples;
  readonly findings: Findings;
}

const service = "service";

/** The schema with its references leading into the service's own. */
const inService = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(inService);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string" ? service + value : inService(value),
    ]),
  );
};

/** An example of a schema shows what is sent and what is answered at once. */
const ofBothSides = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(ofBothSides);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => key !== "not" || refusedBy(value).length === 0);
  return Object.fromEntries(kept.map(([key, value]) => [key, ofBothSides(value)]));
};

const compilerOf = (schemas: readonly NamedSchema[]): Ajv2020 => {
  // Each check runs once or twice: tidying its code would take longer than it saves.
  const code = { optimize: false };
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false, verbose: true, formats, code });
  const named = Object.fromEntries(schemas.map(({ name, schema }) => [name, inService(schema)]));
  return ajv.addSchema({ $id: service, components: { schemas: named } });
};

/** The checks of schemas, compiled once for all that say the same in other words. */
class Checks {
  readonly #ajv: Ajv2020;
  readonly #byMeaning = new Map<string, ValidateFunction>();

  /** `schemas`: what may be referred to. */
  constructor(schemas: readonly NamedSchema[]) {
    this.#ajv = compilerOf(schemas);
  }

  of({ title: _title, description: _description, examples: _examples, ...meaning }: Schema): ValidateFunction {
    const schema = Object(inService(meaning));
    const text = JSON.stringify(schema);
    const validate = this.#byMeaning.get(text) ?? this.#ajv.compile(schema);
    this.#byMeaning.set(text, validate);
    return validate;
  }
}

/** What is wrong with a value, in words; undefined where nothing is. */
const misfit = (validate: ValidateFunction, value: unknown): string | undefined => {
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  const [untold] = refusedBy(first?.schema).filter((name) => isRecord(first?.data) && Object.hasOwn(first.data, name));
  if (untold !== undefined) return `no answer tells \`${untold}\`, which is \`writeOnly\``;
  return `${first?.instancePath ? `\`${first.instancePath}\`` : "it"} ${first?.message ?? "does not fit"}`;
};

/** Old documents write an example as a text of JSON. */
const asJson = (value: unknown): unknown => {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** Warns of every default, and of every example of a schema, a parameter, a header or a body of JSON that its schema refuses. */
export const warnOfMisfits = ({ operations, schemas, examples, findings }: Examined): void => {
  const strict = new Checks(schemas);
  const lenient = new Checks(schemas.map((one) => ({ ...one, schema: Object(ofBothSides(one.schema)) })));
  const content = operations.flatMap(({ body, responses }) =>
    [body, ...responses].flatMap((one) => one?.content ?? []),
  );
  const ofBodies = content
    .filter(({ mediaType }) => isJson(mediaType))
    .flatMap(({ schema, examples: models }) =>
      models.flatMap((model) => {
        const node = examples.nodeOf(model);
        return schema === undefined || node === undefined ? [] : [{ node, schema, value: model.value }];
      }),
    );
  const named = operations.flatMap(({ parameters, responses }) => [
    ...parameters,
    ...responses.flatMap(({ headers }) => headers),
  ]);
  const ofNamed = named.flatMap(({ schema, examples: models = [] }) =>
    models.flatMap((model) => {
      const node = examples.nodeOf(model);
      return node === undefined ? [] : [{ node, schema, value: model.value }];
    }),
  );
  const judged = [
    ...examples.claims.map((claim) => ({ ...claim, by: lenient })),
    ...[...ofBodies, ...ofNamed].map((example) => ({ ...example, isDefault: false, by: strict })),
  ];
  for (const { node, schema, value, isDefault = false, by } of judged) {
    const validate = by.of(schema);
    const why = misfit(validate, value);
    if (why === undefined) continue;
    if (isDefault) {
      findings.warn("unfitting-default", node, {
        message: `this default breaks its own schema: ${why}`,
        hint: "correct the default, or the schema",
      });
      continue;
    }
    if (misfit(validate, asJson(value)) === undefined) continue;
    findings.warn("unfitting-example", node, {
      message: `this example breaks its own schema: ${why}`,
      hint: "correct the example, or the schema",
    });
  }
};
