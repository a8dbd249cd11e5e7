import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { nearest } from "./nearest.js";
import { isSection } from "./option.js";
import { options, schemaAt, variableOf } from "./options.js";
import type { Configuration } from "./schema.js";
import { schema } from "./schema.js";
import type { Path } from "./source.js";

/** A problem that knows which option it is about, and not yet where that stands. */
export interface Finding {
  readonly path: Path;
  readonly what: string;
  readonly hint: string;
}

let compiled: ValidateFunction<Configuration> | undefined;

/**
 * Compiled when it is first needed: most commands start without. That the schema is one is not checked again at each
 * start, which takes longer than all the rest; tests do so.
 */
function check(): ValidateFunction<Configuration> {
  const ajv = new Ajv2020({ allErrors: true, useDefaults: true, verbose: true, strict: true, validateSchema: false });
  ajv.addVocabulary(["x-wants", "x-secret"]);
  return ajv.compile<Configuration>(schema);
}

/** Fills in defaults, in place, and checks. */
export function validate(value: unknown): { configuration: Configuration } | { findings: readonly Finding[] } {
  compiled ??= check();
  const fits = compiled;
  if (fits(value)) return { configuration: value };
  return { findings: (fits.errors ?? []).map(finding) };
}

function finding(error: ErrorObject): Finding {
  const path = stepsOf(error.instancePath);
  const name = path.join(".");
  const option = schemaAt(path);
  const hint = option === undefined ? "see `threepid config --schema`" : `it is: ${option.description}`;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownOption(path, String(error.params["additionalProperty"]));
    case "required":
      return missingOption(path, String(error.params["missingProperty"]));
    case "enum":
      return { path, what: `"${name}" is ${shown(error)}`, hint: `use one of ${list(error.params["allowedValues"])}` };
    case "type":
      return {
        path,
        what: `"${name || "the configuration"}" is ${shown(error)}`,
        hint: typeHint(error),
      };
    case "pattern":
      return { path, what: `"${name}" is ${shown(error)}`, hint: patternHint(error) };
    default:
      return { path, what: `"${name}" is ${shown(error)} and ${error.message ?? "does not fit"}`, hint };
  }
}

function unknownOption(path: Path, name: string): Finding {
  const section = schemaAt(path);
  const known = section !== undefined && isSection(section) ? Object.keys(section.properties) : [];
  const near = nearest(name, known);
  const hint = near === undefined ? `remove it; known here: ${known.join(", ")}` : `did you mean "${near}"?`;
  return { path: [...path, name], what: `unknown option "${[...path, name].join(".")}"`, hint };
}

function missingOption(path: Path, name: string): Finding {
  const here = [...path, name];
  const description = schemaAt(here)?.description ?? "";
  const variable = variableOf(here.map(String));
  // What is in a list or a map has none of its own.
  const place = options.some((it) => it.variable === variable) ? `there or as ${variable}` : "there";
  return {
    path,
    what: `"${here.join(".")}" is missing`,
    hint: `set it ${place}. ${description}`.trim(),
  };
}

function typeHint(error: ErrorObject): string {
  const type = String(error.params["type"]);
  const wanted = wants(error.parentSchema);
  const words: Readonly<Record<string, string>> = {
    string: "use text; quote what YAML would read as something else",
    integer: "use a whole number",
    number: "use a number",
    boolean: "use true or false",
    array: "use a list, such as [a, b]",
    object: "indent its options under it",
  };
  const known = type === "object" ? Object.keys(error.parentSchema?.["properties"] ?? {}) : [];
  if (known.length > 0) return `${words["object"]}: ${known.join(", ")}`;
  return `${words[type] ?? `use ${type}`}${wanted === undefined ? "" : `. It is ${wanted}`}`;
}

/** A slash too many is what most addresses fail by. */
function patternHint(error: ErrorObject): string {
  const pattern = new RegExp(String(error.params["pattern"]));
  const text: unknown = error.data;
  const isSlashTooLong = typeof text === "string" && text.endsWith("/") && pattern.test(text.replace(/\/{1,9}$/, ""));
  if (isSlashTooLong) return "remove the slash at the end";
  return `use ${wants(error.parentSchema) ?? `text that matches ${String(error.params["pattern"])}`}`;
}

/** What text an option takes, in words with an example, where its schema says so. */
function wants(schema: ErrorObject["parentSchema"]): string | undefined {
  const words: unknown = schema?.["x-wants"];
  return typeof words === "string" ? words : undefined;
}

/** The value as the operator wrote it, unless it is a secret, or was to hold one. */
function shown(error: ErrorObject): string {
  if (holdsSecret(error.parentSchema)) return "not what it should be";
  const text = JSON.stringify(error.data) ?? "absent";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function holdsSecret(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return Object.entries(schema).some(([name, value]) => (name === "x-secret" ? value === true : holdsSecret(value)));
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(", ") : "";
}

function stepsOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
