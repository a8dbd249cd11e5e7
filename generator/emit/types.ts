/** `types.ts`: one exported declaration for each named schema, referring to each other by name. */

import type ts from "typescript";
import type { ServiceModel } from "../model/model.js";
import type { EmittedFile } from "./file.js";
import { namedSchemas } from "./parts.js";
import { typescript } from "./printers.js";
import { type PrintedType, printNode, printTypes, withComment } from "./type-nodes.js";

const { factory } = typescript;

function declaration(name: string, { node, comment }: PrintedType): ts.Statement {
  const exported = [factory.createModifier(typescript.SyntaxKind.ExportKeyword)];
  const statement = typescript.isTypeLiteralNode(node)
    ? factory.createInterfaceDeclaration(exported, name, undefined, undefined, node.members)
    : factory.createTypeAliasDeclaration(exported, name, undefined, node);
  return withComment(statement, comment);
}

export async function emitTypes(model: ServiceModel): Promise<EmittedFile[]> {
  const schemas = namedSchemas(model);
  const printed = await printTypes(schemas, { schemas, write: (name) => name });
  const declarations = [...printed].map(([name, type]) => printNode(declaration(name, type)));
  const text = declarations.length === 0 ? "export {};\n" : `${declarations.join("\n\n")}\n`;
  return [{ path: `${model.name}/types.ts`, text }];
}
