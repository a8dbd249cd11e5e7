/** Walks everything that modules export, through the compiler's eyes. */

import ts from "typescript";

export interface Found {
  readonly any: string[];
  readonly unknown: string[];
}

class TypeWalk {
  readonly found: Found = { any: [], unknown: [] };
  readonly #seen = new Set<ts.Type>();
  readonly #checker: ts.TypeChecker;
  readonly #isOurs: (file: ts.SourceFile) => boolean;
  visited = 0;

  constructor(checker: ts.TypeChecker, isOurs: (file: ts.SourceFile) => boolean) {
    this.#checker = checker;
    this.#isOurs = isOurs;
  }

  visit(type: ts.Type, place: string): void {
    if (type.flags & ts.TypeFlags.Any) this.found.any.push(place);
    if (type.flags & ts.TypeFlags.Unknown) this.found.unknown.push(place);
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    this.visited += 1;
    for (const argument of type.aliasTypeArguments ?? []) this.visit(argument, `${place}<>`);
    if (type.isUnionOrIntersection()) for (const part of type.types) this.visit(part, place);
    if (type.isTypeParameter()) {
      const constraint = type.getConstraint();
      if (constraint !== undefined) this.visit(constraint, `${place} extends`);
    }
    this.#conditional(type, place);
    if (type.flags & ts.TypeFlags.Object) this.#object(type, place);
  }

  #conditional(type: ts.Type, place: string): void {
    if (!(type.flags & ts.TypeFlags.Conditional)) return;
    // The flag says so.
    const { root, checkType, extendsType } = type as ts.ConditionalType;
    this.visit(checkType, `${place} if`);
    this.visit(extendsType, `${place} extends`);
    for (const branch of [root.node.trueType, root.node.falseType])
      this.visit(this.#checker.getTypeFromTypeNode(branch), `${place} then`);
  }

  #object(type: ts.Type, place: string): void {
    // The flag says so, and only references have a target.
    const { objectFlags } = type as ts.ObjectType;
    if (objectFlags & ts.ObjectFlags.Reference) {
      this.#arguments(type as ts.TypeReference, place);
    }
    const declared = type.symbol?.declarations ?? [];
    // What libraries say about their own types is not ours.
    if (declared.length > 0 && !declared.some((declaration) => this.#isOurs(declaration.getSourceFile()))) return;
    for (const property of type.getProperties()) {
      if (
        !property.declarations?.some((declaration) => this.#isOurs(declaration.getSourceFile())) &&
        property.declarations
      )
        continue;
      this.visit(this.#checker.getTypeOfSymbol(property), `${place}.${property.name}`);
    }
    for (const { type: value, keyType } of this.#checker.getIndexInfosOfType(type)) {
      this.visit(keyType, `${place}[]`);
      this.visit(value, `${place}[]`);
    }
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()])
      this.#signature(signature, place);
  }

  /** `Iterable<T>` of the standard library is `Iterable<T, any, any>`: what its defaults fill in is not ours. */
  #arguments(type: ts.TypeReference, place: string): void {
    const parameters = type.target.typeParameters ?? [];
    for (const [index, argument] of this.#checker.getTypeArguments(type).entries()) {
      const filled = parameters[index]?.getDefault();
      if (filled === undefined || !(filled.flags & argument.flags & ts.TypeFlags.Any))
        this.visit(argument, `${place}<>`);
    }
  }

  #signature(signature: ts.Signature, place: string): void {
    for (const parameter of signature.getParameters())
      this.visit(this.#checker.getTypeOfSymbol(parameter), `${place}(${parameter.name})`);
    for (const parameter of signature.getTypeParameters() ?? [])
      this.visit(parameter, `${place}<${parameter.symbol.name}>`);
    this.visit(signature.getReturnType(), `${place}()`);
  }
}

/** Every `any` and `unknown` in what the files below a folder export, by place, and how many types were looked at. */
export function walkExports(program: ts.Program, folder: string): Found & { readonly visited: number } {
  const checker = program.getTypeChecker();
  const isOurs = (file: ts.SourceFile): boolean => file.fileName.startsWith(folder);
  const walk = new TypeWalk(checker, isOurs);
  for (const file of program.getSourceFiles().filter(isOurs)) {
    const module = checker.getSymbolAtLocation(file);
    for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const place = `${file.fileName.slice(folder.length + 1)} ${exported.name}`;
      if (symbol.flags & ts.SymbolFlags.Value) walk.visit(checker.getTypeOfSymbol(symbol), place);
      if (symbol.flags & ts.SymbolFlags.Type) walk.visit(checker.getDeclaredTypeOfSymbol(symbol), place);
    }
  }
  return { ...walk.found, visited: walk.visited };
}
