/** `operations.ts`: the operations of a service as data, and their types. */

import type { StatementStructures } from "ts-morph";
import type { OperationModel, ResponseModel, Schema, ServiceModel } from "../model/model.js";
import { callNames, implicitWords } from "./calls.js";
import { docs, operationDocs } from "./doc-comment.js";
import { answerEncodingOf } from "./encoding.js";
import type { EmittedFile } from "./file.js";
import { asWritten, imports, printModule } from "./module.js";
import { propertyKey, seamModule, typesModule } from "./names.js";
import { defaultedNames } from "./operation-data.js";
import {
  answersOf,
  bodySchema,
  bodySchemas,
  headersSchema,
  namedSchemas,
  type ParameterPlace,
  parametersSchema,
} from "./parts.js";
import { StructureKind, VariableDeclarationKind } from "./printers.js";
import { printNode, printTypes } from "./type-nodes.js";

const places = { params: "path", query: "query", headers: "header" } as const satisfies Record<string, ParameterPlace>;

/** What every operation refers to instead of repeating it. */
const implicitName = "ImplicitResponses";

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

type Member = readonly [name: string, text: string];

function block(members: readonly Member[]): string {
  if (members.length === 0) return "{}";
  const lines = members.map(([name, text]) => `${propertyKey(name)}: ${text};\n`).join("");
  return `{\n${lines.replaceAll(/^(?=.)/gm, "  ")}}`;
}

function responsesMembers(parts: Parts, key: string, responses: readonly ResponseModel[]) {
  const members = responses.map(({ status, content, headers }) => ({
    status,
    body: parts.note(`${key}.${status}.body`, bodySchema(content, answerEncodingOf), "undefined"),
    contents: contentsMembers(parts, `${key}.${status}`, bodySchemas(content, answerEncodingOf)),
    headers: parts.note(`${key}.${status}.headers`, headersSchema(headers), "{}"),
  }));
  return (types: TypeTexts): readonly Member[] =>
    members.map(({ status, body, contents, headers }) => {
      const several = contents(types).map(([name, text]) => `${name}: ${text}; `);
      return [status, `{ body: ${body(types)}; ${several.join("")}headers: ${headers(types)} }`];
    });
}

/** The types of several media types, and the one that is assumed; nothing where there is but one. */
function contentsMembers(parts: Parts, key: string, schemas: ReturnType<typeof bodySchemas>) {
  const contents = schemas.map(
    ([mediaType, schema]) => [mediaType, parts.note(`${key}.${mediaType}`, schema, "unknown")] as const,
  );
  return (types: TypeTexts): readonly Member[] => {
    const [assumed] = contents;
    if (assumed === undefined) return [];
    const members = contents.map(([mediaType, print]) => [mediaType, print(types)] as const);
    // Of a range of types nobody can guess one, unless it is any.
    const isGuessable = !assumed[0].includes("*") || assumed[0] === "*/*";
    return [
      ["contents", block(members)],
      ["assumed", isGuessable ? JSON.stringify(assumed[0]) : "never"],
    ];
  };
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
  const contents = contentsMembers(parts, `${key}.body`, bodySchemas(body?.content ?? []));
  const responses = responsesMembers(parts, `${key}.responses`, answersOf(operation));
  const defaulted = defaultedNames(model, operation).map((name) => JSON.stringify(name));
  return (types) =>
    block([
      ...placed.map(([member, print]) => [member, print(types)] as const),
      ["body", `${bodyType(types)}${absent}`],
      ...contents(types),
      ...(defaulted.length === 0 ? [] : [["defaulted", defaulted.join(" | ")] as const]),
      ["responses", block(responses(types))],
      ["implicit", implicitName],
    ]);
}

/** The implicit responses and the types of every operation: two interfaces, printed at once. */
async function interfaces(model: ServiceModel): Promise<StatementStructures[]> {
  const parts = new Parts();
  const members = model.operations.map((operation) => ({ operation, print: operationType(model, operation, parts) }));
  const implicit = responsesMembers(parts, "Part.implicit", model.implicit);
  const printed = await printTypes(parts.schemas, { schemas: namedSchemas(model), write: (name) => `T.${name}` });
  const types = new Map([...printed].map(([key, { node }]) => [key, printNode(node)]));
  return [
    {
      kind: StructureKind.Interface,
      name: implicitName,
      isExported: true,
      docs: docs(implicitWords),
      properties: implicit(types).map(([status, type]) => ({ name: propertyKey(status), type: asWritten(type) })),
    },
    {
      kind: StructureKind.Interface,
      name: "Operations",
      isExported: true,
      docs: docs("The types of every operation: what a request holds, and what may be answered."),
      properties: members.map(({ operation, print }) => ({
        name: propertyKey(operation.id),
        type: asWritten(print(types)),
        docs: operationDocs(operation),
      })),
    },
  ];
}

/** Every operation by its id, as a member each. */
function table(names: ReadonlyMap<string, string>): string {
  const members = [...names].map(([id, name]) => `  ${propertyKey(id)}: calls.${name},\n`);
  return `{\n${members.join("")}} as const satisfies OperationTable`;
}

export async function emitOperations(model: ServiceModel): Promise<EmittedFile[]> {
  const text = printModule([
    ...imports(seamModule(model, "contract.js"), { types: ["OperationTable"] }),
    ...imports("./calls.js", { namespace: "calls" }),
    ...(model.schemas.length === 0 ? [] : imports(typesModule(model), { typeNamespace: "T" })),
    { kind: StructureKind.ExportDeclaration, moduleSpecifier: "./calls.js", namedExports: ["securitySchemes"] },
    {
      kind: StructureKind.VariableStatement,
      isExported: true,
      declarationKind: VariableDeclarationKind.Const,
      declarations: [{ name: "operations", initializer: asWritten(table(callNames(model))) }],
      docs: docs("Every operation of the service, as data."),
    },
    ...(await interfaces(model)),
    { kind: StructureKind.TypeAlias, isExported: true, name: "OperationId", type: "keyof Operations" },
  ]);
  return [{ path: `${model.name}/operations.ts`, text }];
}
