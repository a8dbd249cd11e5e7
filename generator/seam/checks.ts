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

const composites: ReadonlySet<string> = new Set(["anyOf", "oneOf", "if", "not", "$ref"]);

/**
 * The finding to tell. A compiled validator stops at its first one, but alternatives leave those of every branch
 * before their own. A branch for another type than the value has was not meant: if all others lack a field, that is
 * told, else the alternatives themselves.
 */
const violationOf = (errors: readonly SchemaError[]): Violation => {
  const last = errors.at(-1);
  if (last === undefined) return { path: "", keyword: "false schema", message: "is not allowed" };
  if (!composites.has(last.keyword)) return told(last);
  const branches = errors.filter(
    ({ keyword, instancePath }) =>
      !composites.has(keyword) && !(keyword === "type" && instancePath === last.instancePath),
  );
  const [first] = branches;
  return told(first !== undefined && branches.every(({ keyword }) => keyword === "required") ? first : last);
};

const told = (error: SchemaError): Violation => {
  const { keyword, params, instancePath: path } = error;
  const missing = params["missingProperty"];
  const message = words(keyword, params);
  return typeof missing === "string" ? { path, keyword, missing, message } : { path, keyword, message };
};

/** Words for people, from the schema alone: nothing of the value is repeated. */
const words = (keyword: string, params: SchemaError["params"]): string => {
  const limit = String(params["limit"]);
  switch (keyword) {
    case "required":
    case "dependentRequired":
      return `lacks ${String(params["missingProperty"])}`;
    case "type":
      return `must be ${listed(params["type"])}`;
    case "enum":
      return `must be ${listed(params["allowedValues"])}`;
    case "const":
      return `must be ${JSON.stringify(params["allowedValue"])}`;
    case "pattern":
      return `must match ${String(params["pattern"])}`;
    case "format":
      return `must be written as ${String(params["format"])}`;
    case "minLength":
      return `must have at least ${limit} characters`;
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return `must be ${String(params["comparison"])} ${limit}`;
    case "multipleOf":
      return `must be a multiple of ${String(params["multipleOf"])}`;
    case "minItems":
      return `must have at least ${limit} items`;
    case "maxItems":
      return `must have at most ${limit} items`;
    case "uniqueItems":
      return "must not repeat an item";
    case "contains":
      return "lacks an item that it must have";
    case "minProperties":
      return `must have at least ${limit} properties`;
    case "maxProperties":
      return `must have at most ${limit} properties`;
    case "propertyNames":
      return "has a property whose name is not allowed";
    case "anyOf":
    case "oneOf":
      return "fits none of the forms that are allowed, or more than one where only one is";
    default:
      return "is not allowed";
  }
};

const listed = (allowed: unknown): string => {
  if (!Array.isArray(allowed)) return String(allowed);
  return allowed
    .slice(0, 12)
    .map((item) => (typeof item === "string" ? item : JSON.stringify(item)))
    .join(" or ");
};
