import { writeSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { requests as clientServerRequests } from "../../generated/client-server/requests.js";
import { responses as clientServerResponses } from "../../generated/client-server/responses.js";
import { requests as clientServerV3Requests } from "../../generated/client-server-v3/requests.js";
import { responses as clientServerV3Responses } from "../../generated/client-server-v3/responses.js";
import { requests as identityRequests } from "../../generated/identity/requests.js";
import { responses as identityResponses } from "../../generated/identity/responses.js";
import { requests as internalRequests } from "../../generated/identity-internal/requests.js";
import { responses as internalResponses } from "../../generated/identity-internal/responses.js";
import type { Check } from "../../generated/seam/contract.js";
import { requests as serverServerRequests } from "../../generated/server-server/requests.js";
import { responses as serverServerResponses } from "../../generated/server-server/responses.js";
import { checkedBodySchemas, implicitResponses, namedSchemas, parametersSchema } from "../../generator/emit/parts.js";
import { validatorSchema } from "../../generator/emit/validator-schema.js";
import { loadServices } from "../../generator/load/services.js";
import type { Schema, ServiceModel } from "../../generator/model/model.js";
import { mapInner } from "../../generator/model/schema.js";
import { formats } from "../../generator/seam/checks.js";
import { mutations } from "../../generator/values/broken.js";
import { fitting, type Named } from "../support/schema-inputs.js";

type Table = Readonly<Record<string, Readonly<Record<string, Check | undefined>>>>;

const compiled: Readonly<Record<string, { requests: Table; responses: Table }>> = {
  identity: {
    // A read-only view of the two kinds of table: both hold checks under names.
    requests: identityRequests as unknown as Table,
    responses: identityResponses,
  },
  "client-server": { requests: clientServerRequests as unknown as Table, responses: clientServerResponses },
  "client-server-v3": { requests: clientServerV3Requests as unknown as Table, responses: clientServerV3Responses },
  "identity-internal": { requests: internalRequests as unknown as Table, responses: internalResponses },
  "server-server": { requests: serverServerRequests as unknown as Table, responses: serverServerResponses },
};

interface Subject {
  readonly label: string;
  readonly schema: Schema;
  readonly check: Check | undefined;
  readonly interpreted: ValidateFunction;
  readonly named: Named;
}

/** Ajv on the schemas as the model has them: nothing of what the emitter prepares is shared. */
function interpreter({ schemas }: ServiceModel): (schema: Schema) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, formats, validateFormats: true, logger: false });
  ajv.addSchema({
    $id: "service",
    components: { schemas: Object.fromEntries(schemas.map(({ name, schema }) => [name, schema])) },
  });
  const absolute = (schema: unknown): unknown =>
    JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/components', '"$ref":"service#/components'));
  return (schema) => ajv.compile(absolute(schema) as object);
}

/** Every schema that a compiled check stands for, once. */
function subjectsOf(model: ServiceModel): Subject[] {
  const tables = compiled[model.name];
  const interpret = interpreter(model);
  const subjects = new Map<string, Subject>();
  const add = (label: string, schema: Schema | undefined, check: Check | undefined): void => {
    if (schema === undefined) return;
    const key = JSON.stringify(schema);
    if (!subjects.has(key))
      subjects.set(key, { label, schema, check, interpreted: interpret(schema), named: namedSchemas(model) });
  };
  for (const operation of model.operations) {
    const checks = tables?.requests[operation.id];
    add(`${operation.id} params`, parametersSchema(operation.parameters, "path"), checks?.["params"]);
    add(`${operation.id} query`, parametersSchema(operation.parameters, "query"), checks?.["query"]);
    add(`${operation.id} headers`, parametersSchema(operation.parameters, "header"), checks?.["headers"]);
    for (const [mediaType, schema] of checkedBodySchemas(operation.body?.content ?? [])) {
      const key = mediaType === "" ? "body" : (`body ${mediaType}` as const);
      add(`${operation.id} ${key}`, schema, checks?.[key]);
    }
    for (const response of [...operation.responses, ...implicitResponses(model, operation)]) {
      for (const [mediaType, schema] of checkedBodySchemas(response.content)) {
        const key = `${response.status} ${mediaType}`.trimEnd();
        add(`${operation.id} ${key}`, schema, tables?.responses[operation.id]?.[key]);
      }
    }
  }
  return [...subjects.values()];
}

let subjects: readonly Subject[];
beforeAll(async () => {
  const { services } = await loadServices({ root: join(import.meta.dirname, "../../api") });
  subjects = services.flatMap(subjectsOf);
});

const seed = 20190814;

/** Values made to fit, the same with one keyword broken, and anything at all. */
function inputsFor({ schema, named }: Subject) {
  const fit = fc.sample(fitting(schema, named), { numRuns: 700, seed });
  const broken = fit.slice(0, 40).flatMap((value) => mutations(schema, value, named));
  const anything = fc.sample(fc.jsonValue({ maxDepth: 2 }), { numRuns: 300, seed });
  return { fit, values: [...fit, ...anything], broken };
}

test("compiled checks and interpreted Ajv agree about every input", () => {
  const counts = { schemas: 0, inputs: 0, valid: 0, mutations: 0 };
  const rejectedBy = new Map<string, number>();
  for (const subject of subjects) {
    const { label, check, interpreted } = subject;
    expect(check, label).toBeTypeOf("function");
    const { fit, values, broken } = inputsFor(subject);
    const accepted = fit.filter((value) => check?.(value) === undefined).length;
    expect(accepted / fit.length, `${label}: share of values made to fit that do`).toBeGreaterThanOrEqual(0.99);
    let valid = 0;
    for (const value of [...values, ...broken.map((mutation) => mutation.value)]) {
      const want = interpreted(value) === true;
      const violation = check?.(value);
      if ((violation === undefined) !== want)
        expect.fail(`${label}: ${JSON.stringify(value)} should ${want ? "fit" : "not fit"}`);
      if (want) valid += 1;
    }
    for (const { keyword, value } of broken) {
      if (interpreted(value)) continue;
      rejectedBy.set(keyword, (rejectedBy.get(keyword) ?? 0) + 1);
    }
    const inputs = values.length + broken.length;
    expect(values.length, label).toBeGreaterThanOrEqual(1000);
    // A deep body has the more ways of being broken.
    expect(valid / inputs, `${label}: share of valid inputs`).toBeGreaterThanOrEqual(0.25);
    counts.schemas += 1;
    counts.inputs += inputs;
    counts.valid += valid;
    counts.mutations += broken.length;
  }
  const keywords = [...rejectedBy]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([keyword, count]) => `${keyword} ${count}`);
  writeSync(1, `\nvalidators: ${JSON.stringify(counts)}; rejected mutations by keyword: ${keywords.join(", ")}\n`);
  expect(counts.schemas).toBeGreaterThan(30);
});

/** Keywords that only say something when there are others inside them. */
const structural = new Set(["$ref", "properties", "allOf", "items", "prefixItems", "patternProperties"]);

/** Every keyword of a schema that can refuse a value, at any depth. */
function keywordsOf(schema: Schema, found: Set<string>): Set<string> {
  for (const [keyword, value] of Object.entries(validatorSchema(schema))) {
    const refuses = keyword === "additionalProperties" ? value === false : !structural.has(keyword);
    if (refuses) found.add(keyword);
  }
  mapInner(schema, (inner) => {
    keywordsOf(inner, found);
    return inner;
  });
  return found;
}

test("every keyword that the documents use was broken at least once, and the break was found", () => {
  const used = new Set<string>();
  const rejected = new Set<string>();
  for (const subject of subjects) {
    keywordsOf(subject.schema, used);
    for (const schema of Object.values(subject.named)) keywordsOf(schema, used);
    for (const { keyword, value: spoiled } of inputsFor(subject).broken) {
      if (!subject.interpreted(spoiled)) rejected.add(keyword);
    }
  }
  expect(used.size).toBeGreaterThan(8);
  expect([...used].filter((keyword) => !rejected.has(keyword))).toEqual([]);
});

test("a missing property is told with keyword, place and name, at any depth", () => {
  const check = compiled["client-server"]?.requests["post3PIDs"]?.["body"];
  expect(check?.({ three_pid_creds: { sid: "1" } })).toMatchObject({
    path: "/three_pid_creds",
    keyword: "required",
    missing: "client_secret",
  });
});
