/**
 * JSON Schema lets an object require what it does not describe: any value is right then. Beside properties that are
 * described, that is far more often a misspelling.
 */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { nearest } from "./nearest.js";
import type { Draft } from "./schema.js";

/** Keywords of which a schema describes properties elsewhere, or properties of any name. */
const elsewhere = ["$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas", "patternProperties"] as const;

/** A schema inside one of these speaks of an object that the schema around it describes. */
const partial = /\/(?:(?:allOf|anyOf|oneOf)\/\d+|not|if|then|else|dependentSchemas\/[^/]+)$/u;

const describesAny = (node: Node, { additionalProperties }: Draft): boolean =>
  elsewhere.some((keyword) => node.get(keyword) !== undefined) || typeof additionalProperties === "object";

/** Warns of every name in `required` that is not among the properties, where those are all that is described. */
export const warnOfUndescribed = (node: Node, draft: Draft, findings: Findings): void => {
  const names = Object.keys(draft.properties ?? {});
  if (names.length === 0 || describesAny(node, draft) || partial.test(`/${node.keys.join("/")}`)) return;
  for (const item of node.get("required")?.items() ?? []) {
    const name = String(item.value);
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    const never = draft.additionalProperties === false ? "; no object is valid, for it may have no others" : "";
    findings.warn("undescribed-requirement", item, {
      message: `\`${name}\` is required, but not among the properties${never}`,
      hint: meant === undefined ? `describe \`${name}\` under \`properties\`` : `did you mean \`${meant}\`?`,
    });
  }
};
