/** `calls.ts`: every operation by itself, so that who needs a few carries no others. */

import type { StatementStructures } from "ts-morph";
import type { ServiceModel } from "../model/model.js";
import { pascalCase } from "../model/names.js";
import { docs, operationDocs } from "./doc-comment.js";
import type { EmittedFile } from "./file.js";
import { literal, Named } from "./literal.js";
import { asWritten, imports, printModule } from "./module.js";
import { constantName, seamModule } from "./names.js";
import { operationData, responsesData } from "./operation-data.js";
import { StructureKind, VariableDeclarationKind } from "./printers.js";

export const implicitWords =
  "What dispatch alone may answer, to every operation that does not declare that status itself.";

/** What the module says besides its operations. */
const ownNames = [
  ...["Caller", "ClientOptions", "DeclaredResponses", "OperationOf", "Operations", "SecuritySchemes"],
  ...["createCaller", "implicit", "securitySchemes"],
];

/** The name of each operation's constant, by id: the id itself, where that can be one. */
export function callNames({ name, operations }: ServiceModel): ReadonlyMap<string, string> {
  const own = new Set([...ownNames, callerOf(name)]);
  const isPlain = (id: string): boolean => constantName(id) === id && !own.has(id);
  const taken = new Set([...own, ...operations.map(({ id }) => id).filter(isPlain)]);
  const nameOf = (id: string): string => {
    if (isPlain(id)) return id;
    let free = constantName(id);
    while (taken.has(free)) free += "_";
    taken.add(free);
    return free;
  };
  return new Map(operations.map(({ id }) => [id, nameOf(id)]));
}

const callerOf = (service: string): string => `create${pascalCase(service)}Caller`;

function constant(name: string, initializer: string, words: ReturnType<typeof docs>, type?: string) {
  return {
    kind: StructureKind.VariableStatement,
    isExported: name !== "implicit",
    declarationKind: VariableDeclarationKind.Const,
    declarations: [{ name, initializer: asWritten(initializer), ...(type === undefined ? {} : { type }) }],
    docs: words,
  } as const satisfies StatementStructures;
}

export function emitCalls(model: ServiceModel): EmittedFile[] {
  const implicit = new Named("implicit");
  const names = callNames(model);
  const wanted = new Set(model.operations.flatMap(({ security }) => security.flat()));
  const schemes = Object.entries(model.securitySchemes).filter(([name]) => wanted.has(name));
  const text = printModule([
    ...imports(seamModule(model, "client.js"), {
      names: ["createCaller"],
      types: ["Caller", "ClientOptions", "OperationOf"],
    }),
    ...imports(seamModule(model, "contract.js"), { types: ["DeclaredResponses", "SecuritySchemes"] }),
    ...imports("./operations.js", { types: ["Operations"] }),
    constant(
      implicit.name,
      `${literal(responsesData(model, model.implicit))} as const satisfies DeclaredResponses`,
      docs(implicitWords),
    ),
    constant(
      "securitySchemes",
      `${literal(Object.fromEntries(schemes))} as const satisfies SecuritySchemes`,
      docs("The ways to present credentials, by name."),
    ),
    constant(
      callerOf(model.name),
      "(options: ClientOptions): Caller => createCaller({ securitySchemes }, options)",
      docs(`Calls those operations of ${model.title} that it is given: a bundle holds no others.`),
    ),
    ...model.operations.map((operation) =>
      constant(
        names.get(operation.id) ?? operation.id,
        literal({ ...operationData(model, operation), implicit }),
        operationDocs(operation),
        `OperationOf<Operations[${JSON.stringify(operation.id)}]>`,
      ),
    ),
  ]);
  return [{ path: `${model.name}/calls.ts`, text }];
}
