/**
 * Leaves of compiled modules what their users can reach: declarations that nobody mentions, and the modules that held
 * nothing else, are not for a package of callers. Nothing but names is followed, so what is told apart too little stays.
 */

import { posix } from "node:path";
import ts from "typescript";
import type { EmittedFile } from "../emit/file.js";

/** A name that one module takes from another; `*` is all of it. */
interface Taken {
  readonly local: string;
  readonly from: string;
  readonly name: string;
}

interface Statement {
  readonly text: string;
  readonly declares: readonly string[];
  readonly mentions: ReadonlySet<string>;
  /** Of an import or an export from elsewhere: what it takes, and how it is written anew with less. */
  readonly takes: readonly Taken[];
  readonly rewritten: (left: readonly Taken[]) => string;
}

interface Module {
  readonly statements: readonly Statement[];
  readonly reached: Set<Statement>;
  readonly left: Set<Taken>;
}

const whole = "*";

/** The names in a statement that may stand for something declared elsewhere. */
function mentionsOf(statement: ts.Node): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    else if (ts.isPropertyAccessExpression(node)) visit(node.expression);
    else if (ts.isQualifiedName(node)) visit(node.left);
    else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) visit(node.initializer);
    else ts.forEachChild(node, visit);
  };
  visit(statement);
  return names;
}

function declaredBy(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    const { declarations } = statement.declarationList;
    return declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [...mentionsOf(name)]));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

const specifierOf = (node: ts.Expression | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteral(node) ? node.text : undefined;

interface Element {
  readonly name: ts.ModuleExportName;
  readonly propertyName?: ts.ModuleExportName | undefined;
}

const takenOf = (elements: readonly Element[], from: string): readonly Taken[] =>
  elements.map(({ name, propertyName }) => ({ local: name.text, from, name: (propertyName ?? name).text }));

/** What an import or an export from elsewhere takes; undefined for every other statement. */
function takesOf(statement: ts.Statement, path: string): readonly Taken[] | undefined {
  const isFromElsewhere = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
  const specifier = isFromElsewhere ? specifierOf(statement.moduleSpecifier) : undefined;
  if (!isFromElsewhere || specifier === undefined) return undefined;
  const from = posix.join(posix.dirname(path), specifier);
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement;
    return exportClause === undefined || !ts.isNamedExports(exportClause)
      ? [{ local: whole, from, name: whole }]
      : takenOf(exportClause.elements, from);
  }
  const bindings = statement.importClause?.namedBindings;
  if (bindings === undefined) return [];
  return ts.isNamespaceImport(bindings)
    ? [{ local: bindings.name.text, from, name: whole }]
    : takenOf(bindings.elements, from);
}

function statementOf(source: ts.SourceFile, statement: ts.Statement, path: string): Statement {
  const text = source.text.slice(statement.pos, statement.end);
  const takes = takesOf(statement, path);
  if (takes === undefined)
    return {
      text,
      declares: declaredBy(statement),
      mentions: mentionsOf(statement),
      takes: [],
      rewritten: () => text,
    };
  const rewritten = (left: readonly Taken[]): string =>
    left.length === takes.length
      ? text
      : text.replace(/\{[^{}]*\}(?=\s*from\b)/, () => {
          const names = left.map(({ local, name }) => (local === name ? name : `${name} as ${local}`));
          return `{ ${names.join(", ")} }`;
        });
  return { text, declares: [], mentions: new Set(), takes, rewritten };
}

class Modules {
  readonly #modules: ReadonlyMap<string, Module>;
  readonly #whole = new Set<Module>();

  constructor(files: readonly EmittedFile[]) {
    const parsed = files.map(({ path, text }): [string, Module] => {
      const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023);
      const statements = source.statements.map((statement) => statementOf(source, statement, path));
      return [path.replace(/(?:\.d\.ts|\.js)$/, ".js"), { statements, reached: new Set(), left: new Set() }];
    });
    this.#modules = new Map(parsed);
  }

  get(path: string): Module {
    const module = this.#modules.get(path);
    if (module === undefined) throw new Error(`a package for callers lacks ${path}`);
    return module;
  }

  /** Everything that a module says, and what that needs. */
  reachWhole(path: string): void {
    const module = this.get(path);
    if (this.#whole.has(module)) return;
    this.#whole.add(module);
    for (const statement of module.statements) {
      if (statement.takes.length === 0) this.#reach(module, statement);
      else for (const taken of statement.takes) this.#take(module, statement, taken);
    }
  }

  /** One name of a module. */
  #reachName(path: string, name: string): void {
    const module = this.get(path);
    for (const statement of module.statements) {
      if (statement.declares.includes(name)) this.#reach(module, statement);
      for (const taken of statement.takes) if (taken.local === name) this.#take(module, statement, taken);
    }
  }

  #reach(module: Module, statement: Statement): void {
    if (module.reached.has(statement)) return;
    module.reached.add(statement);
    for (const other of module.statements) {
      if (other.declares.some((name) => statement.mentions.has(name))) this.#reach(module, other);
      for (const taken of other.takes) if (statement.mentions.has(taken.local)) this.#take(module, other, taken);
    }
  }

  #take(module: Module, statement: Statement, taken: Taken): void {
    if (module.left.has(taken)) return;
    module.reached.add(statement);
    module.left.add(taken);
    if (taken.name === whole) this.reachWhole(taken.from);
    else this.#reachName(taken.from, taken.name);
  }
}

/** A module without what nobody reached; undefined where nothing is left of it. */
function remains({ statements, reached, left }: Module): string | undefined {
  const kept = statements.filter((statement) => reached.has(statement));
  if (kept.length === 0) return undefined;
  const text = kept.map(({ takes, rewritten }) => rewritten(takes.filter((taken) => left.has(taken)))).join("");
  return `${text.trim()}\n`;
}

/** What is left of modules of one kind (all JavaScript, or all declarations) when only the entries are used. */
export function reachable(files: readonly EmittedFile[], entries: readonly string[]): readonly EmittedFile[] {
  const modules = new Modules(files);
  for (const entry of entries) modules.reachWhole(entry);
  return files.flatMap(({ path }) => {
    const text = remains(modules.get(path.replace(/\.d\.ts$/, ".js")));
    return text === undefined ? [] : [{ path, text }];
  });
}

/** A module without what it takes, or hands on, from others. */
export function without(text: string, isLeftOut: (specifier: string) => boolean): string {
  const source = ts.createSourceFile("index.ts", text, ts.ScriptTarget.ES2023);
  const kept = source.statements.filter((statement) => {
    const specifier = ts.isExportDeclaration(statement) ? specifierOf(statement.moduleSpecifier) : undefined;
    return specifier === undefined || !isLeftOut(specifier);
  });
  return `${kept
    .map((statement) => text.slice(statement.pos, statement.end))
    .join("")
    .trim()}\n`;
}
