/** What a parameter's schema describes, as far as a style has to know: one text, a list, or an object. */

import type { Node } from "../load/node.js";
import type { Library } from "../load/read.js";
import { isRecord } from "../record.js";
import type { ParameterModel, ParameterStyle } from "./model.js";
import { hasReference } from "./references.js";

export type Kind = "plain" | "list" | "object";

const longestChain = 50;

/** What a schema's references lead to; whoever translates the schema reports those that lead nowhere. */
const behind = (schema: Node, library: Library): Node => {
  let current = schema;
  for (let hop = 0; hop < longestChain && hasReference(current); hop += 1) {
    const reference = current.get("$ref");
    const followed = reference && library.follow(String(reference.value), reference);
    if (followed === undefined || !("found" in followed)) return current;
    current = followed.found;
  }
  return current;
};

export const kindOf = (schema: Node, library: Library): Kind => {
  const settled = behind(schema, library);
  const { value } = settled;
  const said = isRecord(value) ? value : {};
  const types = [said["type"]].flat();
  if (types.includes("array")) return "list";
  if (types.includes("object") || said["properties"] !== undefined || isRecord(said["additionalProperties"]))
    return "object";
  const parts = types[0] === undefined ? (settled.get("allOf")?.items() ?? []) : [];
  return parts.map((part) => kindOf(part, library)).find((kind) => kind !== "plain") ?? "plain";
};

/** What the elements of a list or the members of an object are. */
const innerKinds = (schema: Node, library: Library): readonly Kind[] => {
  const settled = behind(schema, library);
  const members = [...(settled.get("properties")?.entries() ?? [])].map(([, member]) => member);
  const others = [settled.get("items"), settled.get("additionalProperties")].filter((one) => one !== undefined);
  const own = [...members, ...others].map((inner) => kindOf(inner, library));
  return [...own, ...(settled.get("allOf")?.items() ?? []).flatMap((part) => innerKinds(part, library))];
};

interface Written {
  readonly place: ParameterModel["in"];
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly schema: Node;
  readonly library: Library;
}

/** Why a value cannot be written in a style; undefined when it can. */
export const refusalOf = ({ place, style, explode, schema, library }: Written): string | undefined => {
  const kind = kindOf(schema, library);
  if (kind === "plain") return style === "deepObject" ? "the style deepObject writes objects only" : undefined;
  const what = kind === "list" ? "a list" : "an object";
  if (innerKinds(schema, library).some((inner) => inner !== "plain"))
    return `${what} of lists or objects cannot be written as the text of a parameter`;
  if (kind === "list" && style === "deepObject") return "the style deepObject writes objects only";
  if (place === "cookie" && explode) return `${what} with \`explode\` cannot be written into one cookie`;
  if (kind === "object" && explode && (style === "spaceDelimited" || style === "pipeDelimited"))
    return `the style ${style} has no form with \`explode\` for an object`;
  return undefined;
};
