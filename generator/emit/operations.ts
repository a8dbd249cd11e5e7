/** `operations.ts`: the operations of a service as data, and their types. */

import { type StatementStructures, StructureKind, VariableDeclarationKind } from "ts-morph";
import type { OperationModel, ResponseModel, Schema, ServiceModel } from "../model/model.js";
import { operationComment } from "./doc-comment.js";
import type { EmittedFile } from "./file.js";
import { literal } from "./literal.js";
import { asWritten, imports, printModule } from "./module.js";
import { propertyKey } from "./names.js";
import { operationData } from "./operation-data.js";
import {
  bodySchema,
  headersSchema,
  implicitResponses,
  namedSchemas,
  type ParameterPlace,
  parametersSchema,
} from "./parts.js";
import { printNode, printTypes } from "./type-nodes.js";

const places = { params: "path", query: "query", headers: "header" } as const satisfies Record<string, ParameterPlace>;

/** The schemas of one operation's parts, under names that no schema of a document has. */
class Parts {
  readonly schemas: Record<string, Schema> = {};

  /** Notes a schema; answers what stands for its type until all types are printed. */
  note(key: string, schema: Schema | undefined, otherwise: string): (types: TypeTexts) => string {
    if (schema === undefined) return () => otherwise;
    this.schemas[key] = schema;
    return (types) => types.get(key) ?? otherwise;
  }
}

type TypeTexts = ReadonlyMap<string, string>;
type Printable = (types: TypeTexts) => string;

function block(members: readonly (readonly [name: string, text: string])[]): string {
  if (members.length === 0) return "{}";
  const lines = members.map(([name, text]) => `${propertyKey(name)}: ${text};\n`).join("");
  return `{\n${lines.replaceAll(/^(?=.)/gm, "  ")}}`;
}

function responsesType(parts: Parts, key: string, responses: readonly ResponseModel[]): Printable {
  const members = responses.map(({ status, content, headers }) => ({
    status,
    body: parts.note(`${key}.${status}.body`, bodySchema(content), "undefined"),
    headers: parts.note(`${key}.${status}.headers`, headersSchema(headers), "{}"),
  }));
  return (types) =>
    block(members.map(({ status, body, headers }) => [status, `{ body: ${body(types)}; headers: ${headers(types)} }`]));
}

function operationType(model: ServiceModel, operation: OperationModel, parts: Parts): Printable {
  const key = `Part.${operation.id}`;
  const placed = Object.entries(places).map(
    ([member, place]) =>
      [member, parts.note(`${key}.${member}`, parametersSchema(operation.parameters, place), "{}")] as const,
  );
  const { body } = operation;
  const bodyType = parts.note(`${key}.body`, body && bodySchema(body.content), "undefined");
  const absent = body !== undefined && !body.required ? " | undefined" : "";
  const responses = responsesType(parts, `${key}.responses`, operation.responses);
  const implicit = responsesType(parts, `${key}.implicit`, implicitResponses(model, operation));
  return (types) =>
    block([
      ...placed.map(([member, print]) => [member, print(types)] as const),
      ["body", `${bodyType(types)}${absent}`],
      ["responses", responses(types)],
      ["implicit", implicit(types)],
    ]);
}

async function operationsInterface(model: ServiceModel): Promise<StatementStructures> {
  const parts = new Parts();
  const members = model.operations.map((operation) => ({ operation, print: operationType(model, operation, parts) }));
  const printed = await printTypes(parts.schemas, { schemas: namedSchemas(model), write: (name) => `T.${name}` });
  const types = new Map([...printed].map(([key, { node }]) => [key, printNode(node)]));
  return {
    kind: StructureKind.Interface,
    name: "Operations",
    isExported: true,
    docs: ["\nThe types of every operation: what a request holds, and what may be answered."],
    properties: members.map(({ operation, print }) => ({
      name: propertyKey(operation.id),
      type: asWritten(print(types)),
      docs: [operationComment(operation)],
    })),
  };
}

function constant(name: string, data: object, type: string, docs: string): StatementStructures {
  return {
    kind: StructureKind.VariableStatement,
    isExported: true,
    declarationKind: VariableDeclarationKind.Const,
    declarations: [{ name, initializer: asWritten(`${literal(data)} as const satisfies ${type}`) }],
    docs: [`\n${docs}`],
  };
}

export async function emitOperations(model: ServiceModel): Promise<EmittedFile[]> {
  const data = Object.fromEntries(model.operations.map((operation) => [operation.id, operationData(model, operation)]));
  const text = printModule([
    ...imports("../seam/contract.js", { types: ["OperationTable", "SecuritySchemes"] }),
    ...(model.schemas.length === 0 ? [] : imports("./types.js", { typeNamespace: "T" })),
    constant("operations", data, "OperationTable", "Every operation of the service, as data."),
    constant("securitySchemes", model.securitySchemes, "SecuritySchemes", "The ways to present credentials, by name."),
    await operationsInterface(model),
    { kind: StructureKind.TypeAlias, isExported: true, name: "OperationId", type: "keyof Operations" },
  ]);
  return [{ path: `${model.name}/operations.ts`, text }];
}
