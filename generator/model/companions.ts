/** Keywords of a schema that mean something only together with one beside them. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import type { Shape } from "../load/shape.js";
import type { Schema } from "./model.js";
import type { Draft } from "./schema.js";

/** Exclusive bounds are flags beside the bound up to OpenAPI 3.0, and bounds themselves from 3.1 on. */
export const exclusiveBounds = (draft: Draft, schema: Node, shape: Shape, areBounds: boolean): void => {
  for (const [exclusive, bound] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    const node = schema.get(exclusive);
    if (node === undefined) continue;
    if (areBounds || typeof node.value === "number") {
      const number = shape.number(node);
      if (number !== undefined) draft[exclusive] = number;
    } else if (shape.flag(node) === true && draft[bound] !== undefined) {
      draft[exclusive] = draft[bound];
      delete draft[bound];
    }
  }
};

/** What may follow the elements of a tuple. Nothing, where `maxItems` leaves no room for more. */
export const furtherItems = (draft: Draft, schema: Node, translate: (node: Node) => Schema): void => {
  if (draft.prefixItems === undefined || draft.items !== undefined) return;
  const further = schema.get("additionalItems");
  if (further !== undefined) draft.items = typeof further.value === "boolean" ? further.value : translate(further);
  else if (draft.maxItems !== undefined && draft.maxItems <= draft.prefixItems.length) draft.items = false;
};

/** Which elements `contains` has looked at is not known to what looks at the others: there both cannot be held to. */
export const refuseUncounted = (draft: Draft, schema: Node, findings: Findings): void => {
  const others = schema.get("unevaluatedItems");
  if (others === undefined || draft.contains === undefined || draft.unevaluatedItems === true) return;
  findings.error("unsupported", others, {
    message: "`unevaluatedItems` beside `contains` cannot be held to",
    hint: "describe the elements by `prefixItems` and `items`",
    part: "key",
  });
};

/** Conditions without consequence, and counts of what is not looked for. */
export const dropWithoutEffect = (draft: Draft): void => {
  if (draft.if === undefined || (draft.then === undefined && draft.else === undefined)) {
    delete draft.if;
    delete draft.then;
    delete draft.else;
  }
  if (draft.contains !== undefined) return;
  delete draft.minContains;
  delete draft.maxContains;
};
