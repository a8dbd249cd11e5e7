import { parse } from "yaml";
import { nearest } from "./nearest.js";
import type { OptionSchema } from "./option.js";
import { options } from "./options.js";
import type { Problem } from "./problem.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What one environment variable sets. */
export interface Setting {
  readonly variable: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * Ours are the variables named `THREEPID_SECTION__OPTION`. Every option stands in a section, so a name without two
 * underscores (container platforms invent `THREEPID_PORT` and the like) is somebody else's.
 */
const ours = /^THREEPID_[^_].*__/;

/** Reads the environment. A variable of ours that no option has is a problem, as an unknown option in a file is. */
export function readEnvironment(environment: Environment): {
  settings: readonly Setting[];
  problems: readonly Problem[];
} {
  const settings: Setting[] = [];
  const problems: Problem[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !ours.test(variable)) continue;
    const option = options.find((it) => it.variable === variable);
    if (option === undefined) {
      problems.push(unknownVariable(variable));
      continue;
    }
    settings.push({ variable, path: option.path, value: readValue(text, option.schema) });
  }
  return { settings, problems };
}

/**
 * Text, as the option's type reads it. What cannot be read stays text, and the schema refuses it with a reason.
 * Lists are separated by commas; lists of lists, and maps, are YAML in flow style: `[[a, b], [c]]`, `{ name: value }`.
 */
function readValue(text: string, schema: OptionSchema): unknown {
  switch (schema.type) {
    case "string":
      return text;
    case "integer":
    case "number":
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "array":
      return /^\s*\[/.test(text)
        ? flow(text)
        : text
            .split(",")
            .map((element) => element.trim())
            .filter((element) => element !== "");
    case "object":
      return flow(text);
  }
}

function flow(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function unknownVariable(variable: string): Problem {
  const names = options.map((it) => it.variable);
  const near = nearest(variable, names);
  return {
    where: `environment variable ${variable}`,
    what: "sets an option that does not exist",
    hint: near === undefined ? "`threepid config --schema` lists them" : `did you mean ${near}?`,
  };
}
