/** Headers of answers that a document declares: text on the wire, values on both sides. */

import type { Parameter } from "./contract.js";
import { Malformed, readText, writeText } from "./styles.js";

/** What the declared headers of an answer say. */
export interface ReadHeaders {
  /** By name in lower case. What is not of its type stays text. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The first header that is absent though required, or not of its type, in words. */
  readonly fault: string | undefined;
}

export const readHeaders = (declared: readonly Parameter[], headers: Headers): ReadHeaders => {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const parameter of declared) {
    const { name, required, default: otherwise } = parameter;
    const text = headers.get(name);
    const value = text === null ? otherwise : read(parameter, text);
    if (value !== undefined) values[name] = value;
    if (text === null && required) faults.push(`the header ${name} is missing`);
    if (text !== null && !isOfType(parameter, value)) faults.push(`the header ${name} is no ${nameOf(parameter)}`);
  }
  return { values, fault: faults[0] };
};

/** Readers of HTTP may put spaces around the commas of a list, and join lines of one name so. */
const read = (parameter: Parameter, text: string): unknown => {
  const isList = parameter.type === "array" && parameter.separator === ",";
  const value = readText(parameter, isList ? text.replaceAll(/[ \t]*,[ \t]*/g, ",") : text);
  return value instanceof Malformed ? text : value;
};

const isOfType = ({ type, items, members, others }: Parameter, value: unknown): boolean => {
  switch (type) {
    case "array":
      return Array.isArray(value) && value.every((item) => isScalar(items, item));
    case "object":
      return (
        typeof value === "object" &&
        value !== null &&
        Object.entries(value).every(([name, member]) =>
          isScalar(members?.find(([known]) => known === name)?.[1] ?? others, member),
        )
      );
    default:
      return isScalar(type, value);
  }
};

/** What text cannot be read as was left as it is, so the type of the value tells. */
const isScalar = (type: string | undefined, value: unknown): boolean => {
  if (type === "integer" || type === "number") return typeof value === "number";
  return type === "boolean" ? typeof value === "boolean" : true;
};

const nameOf = ({ type, items }: Parameter): string => (type === "array" ? `list of ${items ?? "string"}` : type);

/** The headers of an answer as text, by name in lower case. Throws where a value cannot be written. */
export const writeHeaders = (
  declared: readonly Parameter[],
  headers: Readonly<Record<string, unknown>>,
): Record<string, string> => {
  const texts: Record<string, string> = {};
  for (const [given, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const name = given.toLowerCase();
    const parameter = declared.find((one) => one.name === name);
    const text = parameter === undefined || typeof value !== "object" ? String(value) : writeText(parameter, value);
    if (text === undefined)
      throw new TypeError(`the header ${name} cannot be written: a part of it holds the separator or is empty`);
    texts[name] = text;
  }
  return texts;
};
