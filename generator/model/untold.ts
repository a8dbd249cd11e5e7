/**
 * Properties that no answer may have, since the service never tells them (`writeOnly`): a `not` beside the properties
 * that may be there, marked with their names, so that validators of every make understand it and ours name the property.
 */

import { isRecord } from "../record.js";
import type { Schema } from "./model.js";

const mark = "x-write-only";

/** The schema, which refuses the properties of these names. */
export const refusing = (schema: Schema, names: readonly string[]): Schema => {
  const [first, ...others] = names.map((name): Schema => ({ required: [name] }));
  if (first === undefined) return schema;
  const refusal: Schema = { [mark]: names, ...(others.length === 0 ? first : { anyOf: [first, ...others] }) };
  if (schema.not === undefined) return { ...schema, not: refusal };
  return { ...schema, allOf: [...(schema.allOf ?? []), { not: refusal }] };
};

/** The names that a `not` refuses for this reason. */
export const refusedBy = (not: unknown): readonly string[] => {
  const names = isRecord(not) ? not[mark] : undefined;
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
};
