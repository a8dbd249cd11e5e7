/** `client.ts`: the same operations from the caller's side. */

import type { ServiceModel } from "../model/model.js";
import { pascalCase } from "../model/names.js";
import { docs, operationDocs } from "./doc-comment.js";
import type { EmittedFile } from "./file.js";
import { imports, printModule } from "./module.js";
import { propertyKey, seamModule } from "./names.js";
import { StructureKind, VariableDeclarationKind } from "./printers.js";

export function emitClient(model: ServiceModel): EmittedFile[] {
  const name = `${pascalCase(model.name)}Client`;
  const calls = (type: string) =>
    model.operations.map((operation) => ({
      name: propertyKey(operation.id),
      isReadonly: true,
      type: `${type}<Operations[${JSON.stringify(operation.id)}]>`,
      docs: operationDocs(operation),
    }));
  const text = printModule([
    ...imports(seamModule(model, "client.js"), {
      names: ["createClient"],
      types: ["Call", "ClientOptions", "ThrowingCall"],
    }),
    ...imports("./operations.js", { names: ["operations", "securitySchemes"], types: ["Operations"] }),
    {
      kind: StructureKind.Interface,
      isExported: true,
      name: `Throwing${name}`,
      docs: docs("Calls that answer the body of a success and throw every other declared answer."),
      properties: calls("ThrowingCall"),
    },
    {
      kind: StructureKind.Interface,
      isExported: true,
      name,
      docs: docs(`Calls of ${model.title}. Each answers whatever its operation declares, told apart by \`status\`.`),
      properties: [
        ...calls("Call"),
        {
          name: "orThrow",
          isReadonly: true,
          type: `Throwing${name}`,
          docs: docs("The same calls, for callers that only want the success."),
        },
      ],
    },
    {
      kind: StructureKind.VariableStatement,
      isExported: true,
      declarationKind: VariableDeclarationKind.Const,
      docs: docs(`Makes a client of ${model.title}.`),
      declarations: [
        {
          name: `create${name}`,
          initializer:
            `(options: ClientOptions): ${name} =>\n` +
            "createClient<Operations>({ operations, securitySchemes }, options)",
        },
      ],
    },
  ]);
  return [{ path: `${model.name}/client.ts`, text }];
}
