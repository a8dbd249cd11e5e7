/** `index.ts`: what a service offers under one import. The validators stay apart: only a server loads them. */

import { type StatementStructures, StructureKind } from "ts-morph";
import type { ServiceModel } from "../model/model.js";
import type { EmittedFile } from "./file.js";
import { printModule } from "./module.js";
import { pascalCase } from "./names.js";

function ownNames({ name }: ServiceModel): ReadonlySet<string> {
  const client = `${pascalCase(name)}Client`;
  return new Set(["Handler", "Handlers", "Operations", "OperationId", client, `Throwing${client}`]);
}

function everything(moduleSpecifier: string): StatementStructures {
  return { kind: StructureKind.ExportDeclaration, moduleSpecifier };
}

export function emitIndex(model: ServiceModel): EmittedFile[] {
  const taken = ownNames(model);
  const types = model.schemas.map(({ name }) => name).filter((name) => !taken.has(name));
  const text = printModule([
    everything("./client.js"),
    everything("./handlers.js"),
    everything("./operations.js"),
    ...(types.length === 0
      ? []
      : [
          {
            kind: StructureKind.ExportDeclaration,
            moduleSpecifier: "./types.js",
            isTypeOnly: true,
            namedExports: types,
          } as const,
        ]),
  ]);
  return [{ path: `${model.name}/index.ts`, text }];
}
