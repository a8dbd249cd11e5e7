/** Values as the examples of a document have them: they get past checks that only prose knows of. */

import { memberOf } from "../member.js";
import type { MediaModel, Schema } from "../model/model.js";
import { isRecord } from "../record.js";
import { referred, type Schemas } from "../values/joined.js";

/** How deep examples are looked for. */
const deepest = 6;

/** A value that fits, with what the examples of the schema and of what is inside it say in its place. */
export function exemplary(schema: Schema, value: unknown, schemas: Schemas, depth = 0): unknown {
  const [example] = schema.examples ?? [];
  if (example !== undefined) return example;
  if (depth > deepest || !isRecord(value)) return value;
  const around = schema.$ref === undefined ? [] : [referred(schema, schemas)];
  const merged = [...around, ...(schema.allOf ?? [])].reduce<unknown>(
    (known, part) => exemplary(part, known, schemas, depth + 1),
    value,
  );
  if (!isRecord(merged)) return merged;
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]): [string, unknown][] => {
    const given = memberOf(merged, name);
    const found = exemplary(inner, given, schemas, depth + 1);
    return found === undefined ? [] : [[name, found]];
  });
  return { ...merged, ...Object.fromEntries(own) };
}

/** The first example of a body, of the media type that it is sent as. */
export const bodyExample = (content: readonly MediaModel[], mediaType: string | undefined): unknown =>
  content.find((media) => media.mediaType === mediaType)?.examples[0]?.value;
