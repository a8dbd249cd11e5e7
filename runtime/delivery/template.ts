/** One template: compiled, and checked where an operator wrote it. */

import Handlebars from "handlebars";
import type { Format } from "./template-shapes.js";

export type Fill = (values: object) => string;

/** Compiles a template; in plain text nothing is escaped, and a name that no value has is an error. */
export const compileText = (text: string, format: Format): Fill =>
  Handlebars.compile<object>(text, { strict: true, noEscape: format === "text" });

/** Something in a template that cannot be used. */
export interface Flaw {
  readonly line: number;
  /** Counted from 1; absent where only the line is known. */
  readonly column?: number | undefined;
  readonly what: string;
  readonly hint: string;
}

const conditions: ReadonlySet<string> = new Set(["if", "unless"]);

/** Walks a template, and notes what is neither one of the names nor a condition over one. */
class Inspection extends Handlebars.Visitor {
  readonly flaws: Flaw[] = [];
  readonly #names: ReadonlySet<string>;
  readonly #format: Format;

  constructor(names: readonly string[], format: Format) {
    super();
    this.#names = new Set(names);
    this.#format = format;
  }

  #note({ loc }: hbs.AST.Node, what: string, hint: string): void {
    this.flaws.push({ line: loc.start.line, column: loc.start.column + 1, what, hint });
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    if (this.#names.has(path.original)) return;
    this.#note(path, `nothing is called "${path.original}" here`, `use one of ${[...this.#names].join(", ")}`);
  }

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (this.#format === "html" && !mustache.escaped) {
      this.#note(mustache, "what strangers wrote would stand here as markup", "write it with two braces, not three");
    } else if (mustache.params.length > 0) {
      this.#note(mustache, "there are no helpers but if and unless", "write {{name}} alone");
    } else {
      this.acceptKey(mustache, "path");
    }
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    if (!conditions.has(block.path.original) || block.params.length !== 1) {
      this.#note(block, "there are no blocks but if and unless, each over one name", "write {{#if name}} ... {{/if}}");
      return;
    }
    this.acceptArray(block.params);
    this.acceptKey(block, "program");
    this.acceptKey(block, "inverse");
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    this.#note(partial, "templates hold no other templates", "write its text here");
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    this.#note(partial, "templates hold no other templates", "write its text here");
  }
}

/** What the parser says: of what does not belong together its line and column, of what it cannot read only the line. */
const syntaxFlaw = (error: unknown): Flaw => {
  const message = error instanceof Error ? error.message : String(error);
  const hint = "close every {{ and every block";
  const [, reason, line, column] = /^(.*) - (\d+):(\d+)$/s.exec(message) ?? [];
  if (reason !== undefined) return { line: Number(line), column: Number(column) + 1, what: reason, hint };
  const unread = Number(/^Parse error on line (\d+)/.exec(message)?.[1] ?? "1");
  const isCut = message.endsWith("got 'EOF'");
  return { line: unread, what: isCut ? "it ends within a block" : "what is between {{ and }} cannot be read", hint };
};

/** Everything in the text that a template of these names and this format cannot hold. */
export const flawsIn = (text: string, names: readonly string[], format: Format): readonly Flaw[] => {
  try {
    const inspection = new Inspection(names, format);
    inspection.accept(Handlebars.parse(text));
    return inspection.flaws;
  } catch (error) {
    return [syntaxFlaw(error)];
  }
};
