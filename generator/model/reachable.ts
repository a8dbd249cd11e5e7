/** Which named schemas a service still uses, after its overrides. */

import type { MediaModel, NamedSchema, OperationModel, ResponseModel, Schema } from "./model.js";
import { schemaRefPrefix } from "./model.js";
import { mapInner } from "./schema.js";

/** The names of schemas that one refers to, wherever it does, added to those found before. */
export const namesIn = (schema: Schema, found = new Set<string>()): ReadonlySet<string> => {
  const note = (reference: string): void => {
    found.add(reference.slice(schemaRefPrefix.length));
  };
  if (schema.$ref !== undefined) note(schema.$ref);
  for (const reference of Object.values(schema.discriminator?.mapping ?? {})) note(reference);
  mapInner(schema, (inner) => {
    namesIn(inner, found);
    return inner;
  });
  return found;
};

const inContent = (content: readonly MediaModel[]): readonly Schema[] =>
  content.flatMap(({ schema }) => (schema === undefined ? [] : [schema]));

const inResponse = ({ content, headers }: ResponseModel): readonly Schema[] => [
  ...inContent(content),
  ...headers.map(({ schema }) => schema),
];

/** Every schema that an operation holds itself, not followed into named ones. */
const schemasOf = ({ parameters, body, responses }: OperationModel): readonly Schema[] => [
  ...parameters.map(({ schema }) => schema),
  ...inContent(body?.content ?? []),
  ...responses.flatMap(inResponse),
];

/** The names that operations and implicit responses reach, over any number of steps. */
export const reachable = (
  operations: readonly OperationModel[],
  implicit: readonly ResponseModel[],
  schemas: readonly NamedSchema[],
): ReadonlySet<string> => {
  const byName = new Map(schemas.map(({ name, schema }) => [name, schema]));
  const found = new Set<string>();
  for (const schema of [...operations.flatMap(schemasOf), ...implicit.flatMap(inResponse)]) namesIn(schema, found);
  // A set that grows while it is walked yields what was added, so this reaches everything.
  for (const name of found) namesIn(byName.get(name) ?? {}, found);
  return found;
};
