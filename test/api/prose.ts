/** Walks over documents: their schemas, their examples, their sentences. */

import { type Fields, fields, isFields, items, type Place } from "./documents.js";

/** A value found in a file, with its JSON pointer for people. */
export interface Found extends Place {
  readonly pointer: string;
}

const exampleKeys = new Set(["example", "examples", "x-example", "default", "enum"]);

/** Every mapping of a file that is no example, the file itself first. */
export const mappings = ({ file, value, pointer }: Found): Found[] => {
  const inside = Object.entries(Array.isArray(value) ? { ...value } : fields(value))
    .filter(([key, one]) => !exampleKeys.has(key) || (pointer.endsWith("/properties") && isFields(one)))
    .flatMap(([key, one]) => mappings({ file, value: one, pointer: `${pointer}/${key.replaceAll("/", "~1")}` }));
  return isFields(value) ? [{ file, value, pointer }, ...inside] : inside;
};

interface Example {
  readonly at: string;
  readonly schema: Place;
  readonly value: unknown;
}

const isResponse = (pointer: string): boolean => /\/responses\/[^/]+$/.test(pointer);
const isMediaType = (pointer: string): boolean => /\/content\/[^/]+$/.test(pointer);
const isParameter = (pointer: string): boolean => /\/parameters\/\d+$/.test(pointer);

const examplesOf = (value: Fields, { file, pointer }: Found): Example[] => {
  if (isResponse(pointer)) {
    return Object.entries(fields(value["examples"])).map(([mediaType, example]) => ({
      at: `${pointer}/examples/${mediaType}`,
      schema: { file, value: value["schema"] },
      value: example,
    }));
  }
  if (isMediaType(pointer)) {
    const named = Object.entries(fields(value["examples"])).map(([name, one]) => [name, fields(one)["value"]] as const);
    return [["example", value["example"]] as const, ...named]
      .filter(([, example]) => example !== undefined)
      .map(([name, example]) => ({
        at: `${pointer}/${name}`,
        schema: { file, value: value["schema"] },
        value: example,
      }));
  }
  if (isParameter(pointer) && value["in"] === "body") return [];
  const described = isParameter(pointer) ? (value["schema"] ?? value) : value;
  return ["example", "x-example", "default"]
    .filter((key) => value[key] !== undefined && !pointer.endsWith("/properties"))
    .map((key) => ({ at: `${pointer}/${key}`, schema: { file, value: described }, value: value[key] }));
};

/** Every example of a file, with the schema it has to fit. */
export const examples = (root: Found): Example[] =>
  mappings(root).flatMap((found) => examplesOf(fields(found.value), found));

/** Every text of a file: what it describes, and what its examples say. */
export const sentences = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  return Object.values(Array.isArray(value) ? { ...value } : fields(value)).flatMap(sentences);
};

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

/** Every run of so many words. */
export const runs = (text: string, length: number): string[] => {
  const all = words(text);
  return all.slice(length - 1).map((_, start) => all.slice(start, start + length).join(" "));
};

const kept = [
  "type",
  "enum",
  "required",
  "minItems",
  "maxItems",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
];

/** A resolved schema of the older dialect in the words of JSON Schema 2020-12, with nothing but what validates. */
export const jsonSchema = (schema: unknown): Fields | boolean => {
  if (typeof schema === "boolean") return schema;
  const source = fields(schema);
  const result: Record<string, unknown> = {};
  for (const keyword of kept) {
    // On a parameter `required` is a truth value and says nothing about the value.
    if (source[keyword] !== undefined && source[keyword] !== true && source[keyword] !== false) {
      result[keyword] = source[keyword];
    }
  }
  const members = Object.entries(fields(source["properties"]));
  if (members.length > 0) {
    result["properties"] = Object.fromEntries(members.map(([name, one]) => [name, jsonSchema(one)]));
  }
  if (source["additionalProperties"] !== undefined) {
    result["additionalProperties"] = jsonSchema(source["additionalProperties"]);
  }
  if (Array.isArray(source["items"])) result["prefixItems"] = items(source["items"]).map(jsonSchema);
  else if (source["items"] !== undefined) result["items"] = jsonSchema(source["items"]);
  return result;
};
