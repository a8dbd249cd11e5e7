// The schemas of a service with the type and the compiled check that stand for each.
import { built } from "./trees.mjs";

const { checkedBodySchemas, implicitResponses, parametersSchema } = await built("emit/parts.js");
const { liveChecks } = await built("emit/validators.js");

const prefix = "#/components/schemas/";

const key = (name) => (/^\d+$/u.test(name) ? name : JSON.stringify(name));

/** A body's member of the types, and of the table of checks: one for all its media types, or one for each. */
const bodyKeys = (name, mediaType) =>
  mediaType === ""
    ? { members: ["body"], check: name }
    : { members: ["contents", mediaType], check: `${name} ${mediaType}` };

/** The parts of a request and of each answer that are checked: schema, type, check. */
function* partsOf(model, { requests, responses }) {
  for (const operation of model.operations) {
    const { id, parameters, body } = operation;
    const type = (...keys) => `Operations${[id, ...keys].map((name) => `[${key(name)}]`).join("")}`;
    for (const [part, place] of Object.entries({ params: "path", query: "query", headers: "header" })) {
      yield { schema: parametersSchema(parameters, place), type: type(part), check: requests[id]?.[part] };
    }
    for (const [mediaType, schema] of checkedBodySchemas(body?.content ?? [])) {
      const { members, check } = bodyKeys("body", mediaType);
      yield { schema, type: type(...members), check: requests[id]?.[check] };
    }
    const implicit = implicitResponses(model, operation);
    for (const response of [...operation.responses, ...implicit]) {
      const { status, content } = response;
      const declared = implicit.includes(response) ? "implicit" : "responses";
      for (const [mediaType, schema] of checkedBodySchemas(content)) {
        const { members, check } = bodyKeys(status, mediaType);
        yield { schema, type: type(declared, status, ...members), check: responses[id]?.[check] };
      }
    }
  }
}

/** Checks of schemas that no part of an operation is, each on its own. */
function checksOf(model, schemas) {
  const operation = (schema, index) => ({
    id: `schema${index}`,
    method: "GET",
    path: "/",
    parameters: [],
    responses: [{ status: "200", headers: [], content: [{ mediaType: "application/json", schema, examples: [] }] }],
  });
  const { responses } = liveChecks({ ...model, implicit: [], operations: schemas.map(operation) });
  return schemas.map((_schema, index) => responses[`schema${index}`]["200"]);
}

/** Each distinct schema once; those with names under their names. */
export function subjectsOf(model, tables) {
  const subjects = new Map();
  for (const { schema, type, check } of partsOf(model, tables)) {
    if (schema === undefined || subjects.has(JSON.stringify(schema))) continue;
    const isName = schema.$ref !== undefined && Object.keys(schema).length === 1;
    const name = isName ? `T.${schema.$ref.slice(prefix.length)}` : type;
    subjects.set(JSON.stringify(schema), { schema, type: name, check });
  }
  const left = model.schemas
    .map(({ name }) => ({ $ref: prefix + name }))
    .filter((schema) => !subjects.has(JSON.stringify(schema)));
  for (const [index, check] of checksOf(model, left).entries()) {
    const schema = left[index];
    subjects.set(JSON.stringify(schema), { schema, type: `T.${schema.$ref.slice(prefix.length)}`, check });
  }
  return [...subjects.values()];
}
