/** `index.ts`: what a service offers under one import. The validators stay apart: only a server loads them. */

import type { StatementStructures } from "ts-morph";
import type { ServiceModel } from "../model/model.js";
import { pascalCase } from "../model/names.js";
import type { EmittedFile } from "./file.js";
import { printModule } from "./module.js";
import { seamModule, typesModule } from "./names.js";
import { StructureKind } from "./printers.js";
import { webhooksFolder } from "./webhooks.js";

/** What the author of a server or a client needs of the seam; a schema of the same name goes before. */
const fromSeam = {
  "client.js": {
    values: ["isRefused", "Refused", "TimedOut", "UnexpectedAnswer", "Unreachable"],
    types: ["AccessToken", "CallOptions", "ClientOptions", "InterceptedCall", "Interceptor", "OutgoingCall"],
  },
  "contract.js": { values: [], types: ["Violation"] },
  "server.js": {
    values: ["describeProblem", "openPolicy", "plainProblem", "TooLarge", "Unimplemented"],
    types: ["Admission", "Exchange", "Observation", "Policy", "Problem", "RawAnswer", "RawRequest", "Server"],
  },
} as const;

function everything(moduleSpecifier: string, isTypeOnly = false): StatementStructures {
  return { kind: StructureKind.ExportDeclaration, moduleSpecifier, isTypeOnly };
}

function namespace(moduleSpecifier: string, namespaceExport: string): StatementStructures {
  return { kind: StructureKind.ExportDeclaration, moduleSpecifier, namespaceExport };
}

function some(moduleSpecifier: string, names: readonly string[], isTypeOnly: boolean): StatementStructures[] {
  return names.length === 0
    ? []
    : [{ kind: StructureKind.ExportDeclaration, moduleSpecifier, isTypeOnly, namedExports: [...names] }];
}

export function emitIndex(model: ServiceModel): EmittedFile[] {
  const schemas = new Set(typesModule(model) === "./types.js" ? model.schemas.map(({ name }) => name) : []);
  const client = `${pascalCase(model.name)}Client`;
  // Two stars that export one name are an error; what is named itself goes before both.
  const own = (names: readonly string[]): readonly string[] => names.filter((name) => schemas.has(name));
  const free = (names: readonly string[]): readonly string[] => names.filter((name) => !schemas.has(name));
  const text = printModule([
    ...Object.entries(fromSeam).flatMap(([path, { values, types }]) => [
      ...some(seamModule(model, path), free(values), false),
      ...some(seamModule(model, path), free(types), true),
    ]),
    everything("./client.js"),
    ...some("./client.js", own([client, `Throwing${client}`]), true),
    everything("./handlers.js"),
    ...some("./handlers.js", own(["Handler", "Handlers"]), true),
    everything("./operations.js"),
    ...some("./operations.js", own(["ImplicitResponses", "OperationId", "Operations"]), true),
    ...(schemas.size === 0 ? [] : [everything("./types.js", true)]),
    ...(model.webhooks.length === 0 ? [] : [namespace(`./${webhooksFolder}/index.js`, webhooksFolder)]),
  ]);
  return [{ path: `${model.name}/index.ts`, text }];
}
