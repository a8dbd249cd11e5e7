/** Values of a schema for property tests, by whatever library makes the choices. */

import type { Schema } from "../model/model.js";
import { choicesFrom } from "./choices.js";
import type { Schemas } from "./joined.js";
import { fittingValue } from "./value.js";

/** What makes lists of whole numbers from zero up: with fast-check, `fc.array(fc.nat())`. */
export interface NumberLists {
  map(change: (numbers: readonly number[]) => unknown): unknown;
}

/**
 * An arbitrary of values that fit a schema. With fast-check: `arbitraryOf(fc.array(fc.nat()), schema, schemas)` is an
 * `fc.Arbitrary<unknown>`. Shorter lists of smaller numbers make plainer values, so that what fails shrinks to the
 * least that fails.
 *
 * @param schemas what `#/components/schemas/NAME` in the schema means, by name, as in a service's `openapi.json`.
 */
export function arbitraryOf<Lists extends NumberLists>(
  lists: Lists,
  schema: Schema,
  schemas: Readonly<Record<string, Schema>> = {},
): ReturnType<Lists["map"]> {
  const known: Schemas = schemas;
  // What `map` answers is named by its own return type; the compiler does not connect a method's call with it.
  return lists.map((numbers) => fittingValue(schema, known, choicesFrom(numbers))) as ReturnType<Lists["map"]>;
}
