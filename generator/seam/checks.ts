/** What compiled validators stand on at run time, and how their findings are told. */

import type { Check, Violation } from "./contract.js";

export { formats } from "./formats.js";

/** One finding of a compiled validator, in Ajv's shape; messages are left out of compiled code. */
export interface SchemaError {
  readonly instancePath: string;
  readonly schemaPath?: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A function as Ajv's standalone printer writes it. */
export interface CompiledValidator {
  // The printer gives its functions a second parameter, and types it differently for each; no caller passes it.
  (value: unknown, context?: never): boolean;
  errors?: readonly SchemaError[] | null;
}

/** The number of Unicode code points of a text: what `minLength` and `maxLength` count. */
export const ucs2length = (text: string): number => {
  let length = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    const high = text.charCodeAt(index);
    if (high < 0xd800 || high > 0xdbff) continue;
    const low = text.charCodeAt(index + 1);
    if (low < 0xdc00 || low > 0xdfff) continue;
    length--;
    index++;
  }
  return length;
};

/** Deep equality of JSON values. */
export const equal = (left: unknown, right: unknown): boolean => {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => equal(item, right[index]));
  }
  const rightEntries = new Map(Object.entries(right));
  const leftEntries = Object.entries(left);
  if (leftEntries.length !== rightEntries.size) return false;
  return leftEntries.every(([key, value]) => rightEntries.has(key) && equal(value, rightEntries.get(key)));
};

/** Makes the {@link Check} of a compiled validator. */
export const check =
  (validate: CompiledValidator): Check =>
  (value) =>
    validate(value) ? undefined : violationOf(validate.errors ?? []);

const violationOf = (errors: readonly SchemaError[]): Violation => {
  const first = errors[0];
  return { path: first?.instancePath ?? "", keyword: first?.keyword ?? "false schema", message: "is not allowed" };
};
