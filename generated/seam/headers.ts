/** Headers of answers that a document declares: text on the wire, values on both sides. */

import type { Parameter, ResponseChecks } from "./contract.js";
import type { Values } from "./decode.js";
import { Malformed, readText, writeText } from "./styles.js";

/** Under which key the checks of answers have that of a status' headers. */
export const headersKey = (status: string): `${string} headers` => `${status} headers`;

/** What the declared headers of an answer say, by name in lower case. What is not of its type stays text. */
export const readHeaders = (declared: readonly Parameter[], headers: Headers): Values => {
  const values: Record<string, unknown> = {};
  for (const parameter of declared) {
    const text = headers.get(parameter.name);
    const value = text === null ? parameter.default : read(parameter, text);
    if (value !== undefined) values[parameter.name] = value;
  }
  return values;
};

/** In words, the first header that is absent though required, or not as its schema wants it. */
export const headerFault = (values: Values, checks: ResponseChecks | undefined, status: string): string | undefined => {
  const violation = checks?.[headersKey(status)]?.(values);
  if (violation === undefined) return undefined;
  if (violation.path === "" && violation.missing !== undefined) return `the header ${violation.missing} is missing`;
  return `the header ${violation.path.slice(1)} ${violation.message}`;
};

/** Readers of HTTP may put spaces around the commas of a list, and join lines of one name so. */
const read = (parameter: Parameter, text: string): unknown => {
  const isList = parameter.type === "array" && parameter.separator === ",";
  const value = readText(parameter, isList ? text.replaceAll(/[ \t]*,[ \t]*/g, ",") : text);
  return value instanceof Malformed ? text : value;
};

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
