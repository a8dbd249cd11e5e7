import type { Schema } from "../model/model.js";

/** A pattern that says how a name begins, and nothing else. */
const beginning = /^\^((?:[\w@!:#%&/;<=>~ -]|\\[$.*+?^|()[\]/])+)$/u;

const prefixOf = (pattern: string): string | undefined => beginning.exec(pattern)?.[1]?.replaceAll("\\", "");

/**
 * How the names begin that each pattern means, where a type can keep them apart from each other and from the described
 * properties; undefined where one signature for every name has to do, or is all that is needed.
 */
export function keyPrefixes(schema: Schema): ReadonlyMap<string, Schema> | undefined {
  const { type, properties = {}, patternProperties = {}, additionalProperties = false } = schema;
  const described = Object.keys(properties);
  const patterns = Object.entries(patternProperties);
  if (type !== "object" || additionalProperties !== false || described.length + patterns.length < 2) return undefined;
  const prefixes = new Map<string, Schema>();
  for (const [pattern, inner] of patterns) {
    const prefix = prefixOf(pattern);
    if (prefix === undefined) return undefined;
    const meets = [...prefixes.keys()].some((other) => other.startsWith(prefix) || prefix.startsWith(other));
    if (meets || described.some((name) => name.startsWith(prefix))) return undefined;
    prefixes.set(prefix, inner);
  }
  return prefixes.size === 0 ? undefined : prefixes;
}
