/** The templates that an operator wrote: a folder in which each file stands in place of one of ours. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { languageShape } from "./languages.js";
import { flawsIn } from "./template.js";
import { everywhere, isPurpose, type Purpose, paths, type Shape, shapes } from "./template-shapes.js";

/** What cannot be used of the operator's templates, and where. */
export interface TemplateProblem {
  /** `folder/invite/html.hbs:3:7`, or a file or folder as a whole. */
  readonly where: string;
  readonly what: string;
  readonly hint: string;
}

export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly problems: readonly TemplateProblem[];

  constructor(problems: readonly TemplateProblem[]) {
    super(problems.map(({ where, what, hint }) => `${where}: ${what}; ${hint}`).join("\n"));
    this.problems = problems;
  }
}

/** Whose templates, and in which language; both absent for what holds where nothing closer does. */
export interface Scope {
  readonly brand?: string | undefined;
  readonly language?: string | undefined;
}

export interface TemplateFolder {
  readonly brands: readonly string[];
  /** The text of `invite/html`, and its like. */
  find(scope: Scope, path: string): string | undefined;
}

/** In this folder every brand has one. */
const brandsFolder = "brands";
const extension = ".hbs";

const keyOf = ({ brand = "", language = "" }: Scope, path: string): string => `${brand}\n${language}\n${path}`;

/** Reads a folder: `invite/html.hbs`, `de/invite/html.hbs`, `brands/acme/invite/html.hbs`, `brands/acme/de/...`. */
class Reading {
  readonly texts = new Map<string, string>();
  readonly brands: string[] = [];
  readonly problems: TemplateProblem[] = [];
  readonly #languages: readonly string[];

  constructor(languages: readonly string[]) {
    this.#languages = languages;
  }

  #note(where: string, what: string, hint: string): void {
    this.problems.push({ where, what, hint });
  }

  /** Names in a folder; what is hidden, and what is neither a folder nor a template, is nobody's business. */
  #entries(folder: string): readonly { readonly name: string; readonly path: string; readonly isFolder: boolean }[] {
    try {
      return readdirSync(folder)
        .filter((name) => !name.startsWith("."))
        .sort()
        .map((name) => ({ name, path: join(folder, name), isFolder: statSync(join(folder, name)).isDirectory() }))
        .filter(({ name, isFolder }) => isFolder || name.endsWith(extension));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#note(folder, `cannot be read (${reason})`, 'make the folder, or remove "mail.templates"');
      return [];
    }
  }

  scope(folder: string, scope: Scope): void {
    for (const { name, path, isFolder } of this.#entries(folder)) {
      if (isFolder && isPurpose(name)) this.#purpose(path, scope, name);
      else if (isFolder && name === brandsFolder && folderIsTop(scope)) this.#allBrands(path);
      else if (isFolder && languageShape.test(name) && scope.language === undefined) this.#language(path, scope, name);
      else this.#note(path, "is no template", `here may stand ${this.#allowedIn(scope)}`);
    }
  }

  #allowedIn(scope: Scope): string {
    return [
      ...Object.keys(shapes),
      ...(scope.language === undefined ? this.#languages : []),
      ...(folderIsTop(scope) ? [brandsFolder] : []),
    ].join(", ");
  }

  #language(folder: string, scope: Scope, language: string): void {
    if (this.#languages.includes(language)) {
      this.scope(folder, { ...scope, language });
    } else {
      this.#note(folder, "is for a language that is not offered", `add ${language} to "mail.languages", or remove it`);
    }
  }

  #allBrands(folder: string): void {
    for (const { name, path, isFolder } of this.#entries(folder)) {
      if (isFolder && /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/.test(name)) {
        this.brands.push(name);
        this.scope(path, { brand: name });
      } else {
        this.#note(path, "is no brand", "name a brand's folder by letters, digits, dots, dashes and underscores");
      }
    }
  }

  #purpose(folder: string, scope: Scope, purpose: Purpose): void {
    const { parts, names }: Shape = shapes[purpose];
    for (const { name, path, isFolder } of this.#entries(folder)) {
      const part = name.slice(0, -extension.length);
      const format = isFolder || !Object.hasOwn(parts, part) ? undefined : parts[part];
      if (format === undefined) {
        const known = Object.keys(parts).map((it) => it + extension);
        this.#note(path, "is no part of this template", `its parts are ${known.join(", ")}`);
        continue;
      }
      const text = readFileSync(path, "utf8");
      for (const { line, column, what, hint } of flawsIn(text, [...everywhere, ...names], format)) {
        this.#note(`${path}:${line}${column === undefined ? "" : `:${column}`}`, what, hint);
      }
      this.texts.set(keyOf(scope, `${purpose}/${part}`), text);
    }
  }

  /** A language that is not one of ours has to be whole: nobody is to read half a message in another. */
  requireWhole(folder: string, language: string): void {
    for (const path of paths.filter((it) => !this.texts.has(keyOf({ language }, it)))) {
      const file = join(folder, language, `${path}${extension}`);
      this.#note(file, "is missing", `write it, or remove ${language} from "mail.languages"`);
    }
  }
}

const folderIsTop = ({ brand, language }: Scope): boolean => brand === undefined && language === undefined;

/**
 * Reads and checks every template of a folder.
 * @throws TemplateError with everything that cannot be used.
 */
export const templateFolder = (
  folder: string,
  { languages, shipped }: { readonly languages: readonly string[]; readonly shipped: readonly string[] },
): TemplateFolder => {
  const reading = new Reading(languages);
  reading.scope(folder, {});
  if (reading.problems.length === 0) {
    for (const language of languages.filter((it) => !shipped.includes(it))) reading.requireWhole(folder, language);
  }
  if (reading.problems.length > 0) throw new TemplateError(reading.problems);
  return { brands: reading.brands, find: (scope, path) => reading.texts.get(keyOf(scope, path)) };
};
