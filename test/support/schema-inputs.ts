/** Inputs for a schema: values made to fit it. */

import fc from "fast-check";
import type { Schema } from "../../generator/model/model.js";
import { arbitraryOf } from "../../generator/values/arbitrary.js";

export type Named = Readonly<Record<string, Schema>>;

/** Values that fit; shrinking makes them plainer. */
export const fitting = (schema: Schema, named: Named): fc.Arbitrary<unknown> =>
  arbitraryOf(fc.array(fc.nat(), { maxLength: 60, size: "max" }), schema, named);
