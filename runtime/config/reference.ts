import { schema } from "./schema.js";

/** The configuration's JSON Schema (2020-12), for editors and for reading. */
export function configurationSchema(): string {
  return `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...schema }, null, 2)}\n`;
}
