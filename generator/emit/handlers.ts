/** `handlers.ts`: what the author of a server implements, and the server made from it. */

import type { ServiceModel } from "../model/model.js";
import { docs, operationDocs } from "./doc-comment.js";
import type { EmittedFile } from "./file.js";
import { asWritten, imports, printModule } from "./module.js";
import { propertyKey, seamModule } from "./names.js";
import { StructureKind, VariableDeclarationKind } from "./printers.js";

export function emitHandlers(model: ServiceModel): EmittedFile[] {
  const members = model.operations.map(({ id }) => `  ${propertyKey(id)}: absent(${JSON.stringify(id)}),\n`);
  const text = printModule([
    ...imports(seamModule(model, "contract.js"), { types: ["Handler as OperationHandler"] }),
    ...imports(seamModule(model, "server.js"), {
      names: ["createServer as createOperationServer", "Unimplemented"],
      types: ["Server", "ServerArguments"],
    }),
    ...imports("./operations.js", { names: ["operations"], types: ["OperationId", "Operations"] }),
    ...imports("./requests.js", { names: ["requests"] }),
    {
      kind: StructureKind.TypeAlias,
      isExported: true,
      name: "Handler",
      typeParameters: ["Id extends OperationId", "Context"],
      type: "OperationHandler<Operations[Id], Context>",
      docs: docs(
        "Answers one operation: takes its decoded and validated request, returns one of its declared answers.",
      ),
    },
    {
      kind: StructureKind.Interface,
      isExported: true,
      name: "Handlers",
      typeParameters: ["Context"],
      docs: docs(`Every operation of ${model.title}. \`Context\` is what the policy's \`admit\` makes of a request.`),
      properties: model.operations.map((operation) => ({
        name: propertyKey(operation.id),
        type: `Handler<${JSON.stringify(operation.id)}, Context>`,
        docs: operationDocs(operation),
      })),
    },
    {
      kind: StructureKind.Function,
      name: "absent",
      parameters: [{ name: "id", type: "OperationId" }],
      returnType: "() => never",
      statements: ["return () => {\n  throw new Unimplemented(id);\n};"],
    },
    {
      kind: StructureKind.VariableStatement,
      isExported: true,
      declarationKind: VariableDeclarationKind.Const,
      docs: docs(
        "Handlers that all answer that nobody wrote them: spread them first, and a server compiles before it is whole.",
      ),
      declarations: [
        {
          name: "unimplemented",
          type: "Handlers<unknown>",
          initializer: asWritten(`{\n${members.join("")}}`),
        },
      ],
    },
    {
      kind: StructureKind.VariableStatement,
      isExported: true,
      declarationKind: VariableDeclarationKind.Const,
      docs: docs("A server of these handlers: routes, validates, calls and encodes. `fetch` serves it anywhere."),
      declarations: [
        {
          name: "createServer",
          initializer:
            "<Context>(handlers: Handlers<Context>, ...policy: ServerArguments<Context>): Server =>\n" +
            "createOperationServer<Operations, Context>({ operations, requests }, handlers, ...policy)",
        },
      ],
    },
  ]);
  return [{ path: `${model.name}/handlers.ts`, text }];
}
