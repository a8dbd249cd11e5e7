import type { Schema } from "../model/model.js";
import type { Choices } from "./choices.js";

const widest = 2 ** 31 - 1;

/** A number inside the bounds; nearest to zero where the choice is zero, and often one of the bounds. */
export function numberFor(schema: Schema, choices: Choices, isWhole: boolean): number {
  const step = schema.multipleOf ?? (isWhole ? 1 : 0.5);
  const above = schema.exclusiveMinimum ?? Number.NEGATIVE_INFINITY;
  const below = schema.exclusiveMaximum ?? Number.POSITIVE_INFINITY;
  let [least, most] = [
    Math.ceil(Math.max(schema.minimum ?? Number.NEGATIVE_INFINITY, above) / step),
    Math.floor(Math.min(schema.maximum ?? Number.POSITIVE_INFINITY, below) / step),
  ];
  if (least * step <= above) least += 1;
  if (most * step >= below) most -= 1;
  if (!isWhole && least > most) return middleOf(schema);
  const low = Number.isFinite(least) ? least : Math.min(-widest, most);
  const high = Number.isFinite(most) ? most : Math.max(widest, low);
  const nearest = Math.min(Math.max(0, low), high);
  const usual = [nearest, nearest + 1, low, high, nearest + 1 + choices.below(1000)];
  const wanted = usual[choices.below(usual.length)] ?? nearest;
  return Math.min(Math.max(wanted, low), high) * step;
}

/** Bounds that stand closer than a step. */
function middleOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): number {
  const low = minimum ?? exclusiveMinimum ?? 0;
  const high = maximum ?? exclusiveMaximum ?? low;
  return minimum ?? maximum ?? (low + high) / 2;
}
