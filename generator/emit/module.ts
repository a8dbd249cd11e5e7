/** Prints whole modules by ts-morph, each from one structure: building them node by node is sixty times slower. */

import type { StatementStructures } from "ts-morph";
import { lineWidth } from "./literal.js";
import { IndentationText, Project, QuoteKind, StructureKind } from "./printers.js";

export type ModuleStatements = readonly StatementStructures[];

/** Stands at the start of lines whose additional indentation is taken back. */
const mark = "\u0001";

/** The text of a module. */
export function printModule(statements: ModuleStatements): string {
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces, quoteKind: QuoteKind.Double },
  });
  const text = project.createSourceFile("module.ts", { statements: [...statements] }).getFullText();
  if (text.trim() === "") throw new Error("ts-morph printed an empty module");
  return withAir(text.replaceAll(new RegExp(`^ {2}( *)${mark}`, "gm"), "$1").replaceAll(mark, ""));
}

/** A blank line before each declaration, and one name on a line where a list of names is too long for one. */
function withAir(text: string): string {
  return text
    .replaceAll(/[;}]\n(?=\/\*\*|export (?!\*|type \*|(?:type )?\{)|const |function )/g, "$&\n")
    .replaceAll(/^((?:import|export)(?: type)? \{) (.+) (\} from .+;)$/gm, (line, head: string, names: string, tail) =>
      line.length <= lineWidth ? line : `${head}\n  ${names.split(", ").join(",\n  ")},\n${tail}`,
    );
}

interface ImportOptions {
  readonly names?: readonly string[];
  readonly types?: readonly string[];
  readonly typeNamespace?: string;
  readonly namespace?: string;
}

/** Imports of one module; types and values stand apart, as `verbatimModuleSyntax` wants it. */
export function imports(
  moduleSpecifier: string,
  { names = [], types = [], typeNamespace, namespace }: ImportOptions,
): StatementStructures[] {
  const kind = StructureKind.ImportDeclaration;
  const named = [...names, ...types.map((name) => `type ${name}`)];
  const onlyTypes = names.length === 0;
  return [
    ...(namespace === undefined ? [] : [{ kind, moduleSpecifier, namespaceImport: namespace } as const]),
    ...(typeNamespace === undefined
      ? []
      : [{ kind, moduleSpecifier, namespaceImport: typeNamespace, isTypeOnly: true } as const]),
    ...(named.length === 0
      ? []
      : [{ kind, moduleSpecifier, isTypeOnly: onlyTypes, namedImports: onlyTypes ? [...types] : named } as const]),
  ];
}

/** Text of several lines that keeps its own indentation: ts-morph indents what stands behind something once more. */
export function asWritten(text: string): string {
  return text.replaceAll("\n", `\n${mark}`);
}
