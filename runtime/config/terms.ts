/** The terms of service, in a file of their own: the one that an older identity server used can stay as it is. */

import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { ConfigurationError, type Problem } from "./problem.js";
import { type Path, readSource } from "./source.js";

/** What the file holds: documents by the operator's names, each in one edition and in some languages. */
export interface TermsFile {
  readonly docs: Readonly<
    Record<
      string,
      {
        readonly version: string | number;
        readonly langs: Readonly<Record<string, { readonly name: string; readonly url: string }>>;
      }
    >
  >;
}

const language = {
  type: "object",
  additionalProperties: false,
  required: ["name", "url"],
  properties: {
    name: { type: "string", minLength: 1 },
    url: { type: "string", pattern: "^https?://\\S+$", maxLength: 2048 },
  },
} as const;

const schema = {
  type: "object",
  additionalProperties: false,
  required: ["docs"],
  properties: {
    master_version: { type: ["string", "number"] },
    docs: {
      type: "object",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        required: ["version", "langs"],
        properties: {
          version: { type: ["string", "number"] },
          langs: {
            type: "object",
            minProperties: 1,
            // Beside its languages an answer has the document's version under this name.
            propertyNames: { not: { const: "version" } },
            additionalProperties: language,
          },
        },
      },
    },
  },
} as const;

/** Compiled where there is such a file. */
const check = (): ValidateFunction<TermsFile> =>
  new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

const hint = 'write `docs: { NAME: { version: "1.0", langs: { en: { name: TITLE, url: https://... } } } }`';

/**
 * Reads the file.
 * @throws ConfigurationError with every problem, each with its place.
 */
export function readTerms(file: string): TermsFile {
  const source = readSource(readText(file), file);
  if (source.problems.length > 0) throw new ConfigurationError(source.problems);
  const fits = check();
  if (fits(source.value)) return refuseRepeated(source.value, source.where);
  const problems = (fits.errors ?? []).map(({ instancePath, message = "does not fit" }) => {
    const path = instancePath.split("/").slice(1);
    return { where: source.where(path), what: `"${path.join(".") || "the file"}" ${message}`, hint };
  });
  throw new ConfigurationError(problems);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([{ where: file, what: `cannot be read (${reason})`, hint }]);
  }
}

/** Users accept URLs: two documents at one of them could not be told apart. */
function refuseRepeated(terms: TermsFile, where: (path: Path) => string): TermsFile {
  const owners = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [name, { langs }] of Object.entries(terms.docs)) {
    for (const [code, { url }] of Object.entries(langs)) {
      const owner = owners.get(url) ?? name;
      owners.set(url, owner);
      if (owner === name) continue;
      const what = `${url} already is where "${owner}" stands`;
      problems.push({
        where: where(["docs", name, "langs", code, "url"]),
        what,
        hint: "give each document its own URL",
      });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return terms;
}
