import type { OptionSchema, SectionSchema } from "./option.js";
import { isSection } from "./option.js";
import { schema } from "./schema.js";

/** One option, where it stands, and the environment variable that gives it too. */
export interface Option {
  readonly path: readonly string[];
  /** `THREEPID_` and the path in upper case, its steps joined by two underscores. */
  readonly variable: string;
  readonly schema: OptionSchema;
  readonly required: boolean;
}

export function variableOf(path: readonly string[]): string {
  return `THREEPID_${path.join("__").toUpperCase()}`;
}

function optionsOf(section: SectionSchema, path: readonly string[]): readonly Option[] {
  return Object.entries(section.properties).flatMap(([name, entry]) => {
    const here = [...path, name];
    if (isSection(entry)) return optionsOf(entry, here);
    return [
      { path: here, variable: variableOf(here), schema: entry, required: section.required?.includes(name) ?? false },
    ];
  });
}

/** Every option of the configuration, in the schema's order. */
export const options: readonly Option[] = optionsOf(schema, []);

/** The schema of an option or section, or undefined where there is none of that name. */
export function schemaAt(path: readonly (string | number)[]): OptionSchema | SectionSchema | undefined {
  let at: OptionSchema | SectionSchema | undefined = schema;
  for (const step of path) {
    if (at === undefined || !isSection(at)) return at;
    at = at.properties[step];
  }
  return at;
}
