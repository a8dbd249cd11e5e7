/**
 * Reads what a request says outside its JSON: path, query, headers and form fields, by the operation's table of
 * parameters. Only names of the table are collected; what a stranger sends becomes a property name only where the
 * document wants just that, an object of any keys, and is never `__proto__`.
 */

import type { Operation, Parameter } from "./contract.js";
import type { Part, Problem, RawRequest } from "./policy.js";
import { decodeEscapes, parameterNames } from "./router.js";
import { isSpread, Malformed, memberOfKey, readItem, readMembers, readText } from "./styles.js";

/** A problem on its way to the policy, told apart from any decoded value. */
export class Refusal {
  readonly problem: Problem;

  constructor(problem: Problem) {
    this.problem = problem;
  }
}

/** What a query or form key given twice means where one value is expected. */
export type RepeatedKey = "missing" | "refuse";

/** Decoded values by parameter name. */
export type Values = Readonly<Record<string, unknown>>;

/** Reads one part of a request. */
export interface PartDecoder {
  path(values: readonly string[]): Values | Refusal;
  query(target: string, repeated: RepeatedKey): Values | Refusal;
  headers(request: RawRequest): Values | Refusal;
}

/** All values of a query or form by key; undefined when an escape is broken. */
export type Pairs = ReadonlyMap<string, readonly string[]>;

const nothing: Values = Object.freeze({});

/** Prepares the decoding of an operation's parameters, once. Throws when the table cannot be decoded. */
export const decoderOf = (operation: Operation): PartDecoder => {
  const named = (part: Parameter["in"]) => operation.parameters.filter((parameter) => parameter.in === part);
  for (const parameter of [...operation.parameters, ...(operation.body?.fields ?? [])]) {
    if (parameter.name === "__proto__") throw new Error(`${operation.id} has a parameter named __proto__`);
  }
  const query = named("query").filter((parameter) => !isSpread(parameter));
  const spread = named("query").filter(isSpread);
  const headers = [...named("header"), ...named("cookie")];
  const inPath = named("path");
  const path = parameterNames(operation.path).map((name) => pathParameter(operation, inPath, name));
  return {
    path: (values) => (path.length === 0 ? nothing : decodePath(path, values)),
    query: (target, repeated) =>
      query.length + spread.length === 0 ? nothing : decodeQuery(query, spread, target, repeated),
    headers: (request) => (headers.length === 0 ? nothing : decodeHeaders(headers, request)),
  };
};

const pathParameter = (operation: Operation, parameters: readonly Parameter[], name: string): Parameter => {
  const parameter = parameters.find((candidate) => candidate.name === name);
  if (parameter === undefined) throw new Error(`${operation.id} does not declare {${name}} of ${operation.path}`);
  return parameter;
};

const decodePath = (parameters: readonly Parameter[], texts: readonly string[]): Values | Refusal => {
  const values: Record<string, unknown> = {};
  for (const [index, parameter] of parameters.entries()) {
    const raw = texts[index] ?? "";
    const text = raw.includes("%") ? decodeEscapes(raw) : raw;
    if (text === undefined) return new Refusal({ kind: "malformed", in: "path" });
    const value = readText(parameter, text);
    if (value instanceof Malformed) return new Refusal({ kind: "malformed", in: "path" });
    values[parameter.name] = value;
  }
  return values;
};

const decodeQuery = (
  parameters: readonly Parameter[],
  spread: readonly Parameter[],
  target: string,
  repeated: RepeatedKey,
): Values | Refusal => {
  const pairs = parsePairs(queryOf(target));
  if (pairs === undefined) return new Refusal({ kind: "malformed", in: "query" });
  const values = pick(parameters, (name) => pairs.get(name) ?? none, "query", repeated);
  if (values instanceof Refusal || spread.length === 0) return values;
  const objects: Record<string, unknown> = {};
  for (const parameter of spread) {
    const members = gather(parameter, pairs, repeated);
    if (members instanceof Refusal) return members;
    if (Object.keys(members).length > 0) objects[parameter.name] = members;
    else if (parameter.required) return new Refusal({ kind: "missing", in: "query", name: parameter.name });
  }
  return { ...values, ...objects };
};

/** The object whose members are keys of the query. */
const gather = (parameter: Parameter, pairs: Pairs, repeated: RepeatedKey): Values | Refusal => {
  const entries: (readonly [string, string])[] = [];
  for (const [key, texts] of pairs) {
    const member = memberOfKey(parameter, key);
    const [text] = texts;
    if (member === undefined || text === undefined) continue;
    if (texts.length === 1) entries.push([member, text]);
    else if (repeated === "refuse" && knows(parameter, member))
      return new Refusal({ kind: "repeated", in: "query", name: key });
  }
  return readMembers(parameter, entries);
};

const knows = ({ members, others }: Parameter, name: string): boolean =>
  others !== undefined || members?.some(([known]) => known === name) === true;

const decodeHeaders = (parameters: readonly Parameter[], request: RawRequest): Values | Refusal =>
  pick(
    parameters,
    (name, place) => listOf(place === "cookie" ? cookie(request, name) : header(request, name)),
    "headers",
    "refuse",
  );

const none: readonly string[] = [];

const listOf = (text: string | undefined): readonly string[] => (text === undefined ? none : [text]);

const header = (request: RawRequest, name: string): string | undefined => request.header(name.toLowerCase());

const cookie = (request: RawRequest, name: string): string | undefined => {
  for (const pair of (request.header("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
};

/** Collects the values of a table; refuses what is absent or given too often. */
export const pick = (
  parameters: readonly Parameter[],
  textsOf: (name: string, place: Parameter["in"]) => readonly string[],
  part: Part,
  repeated: RepeatedKey,
): Values | Refusal => {
  const values: Record<string, unknown> = {};
  for (const parameter of parameters) {
    const texts = textsOf(parameter.name, parameter.in);
    const several = texts.length > 1 && parameter.separator !== "multi";
    if (several && repeated === "refuse") return new Refusal({ kind: "repeated", in: part, name: parameter.name });
    const [text] = texts;
    if (text === undefined || several) {
      if (parameter.required) return new Refusal({ kind: "missing", in: part, name: parameter.name });
      if (parameter.default !== undefined) values[parameter.name] = parameter.default;
    } else {
      values[parameter.name] =
        parameter.type === "array" && parameter.separator === "multi"
          ? texts.map((item) => readItem(parameter, item))
          : readText(parameter, text);
    }
  }
  return values;
};

/** The path of a target, without its query; the absolute form that proxies use is understood. */
export const pathOf = (target: string): string => {
  const end = target.indexOf("?");
  const path = end === -1 ? target : target.slice(0, end);
  return path.startsWith("/") ? path : path.replace(/^[a-zA-Z][a-zA-Z0-9+.-]{0,20}:\/\/[^/]*/, "") || "/";
};

const queryOf = (target: string): string => {
  const start = target.indexOf("?");
  return start === -1 ? "" : target.slice(start + 1);
};

/** Parses `a=1&b=2` as forms write it, plus signs for spaces. Undefined when an escape is broken. */
export const parsePairs = (text: string): Pairs | undefined => {
  const pairs = new Map<string, string[]>();
  if (text === "") return pairs;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = plusDecoded(at === -1 ? pair : pair.slice(0, at));
    const value = at === -1 ? "" : plusDecoded(pair.slice(at + 1));
    if (name === undefined || value === undefined) return undefined;
    const known = pairs.get(name);
    if (known === undefined) pairs.set(name, [value]);
    else known.push(value);
  }
  return pairs;
};

const plusDecoded = (text: string): string | undefined => {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  return spaced.includes("%") ? decodeEscapes(spaced) : spaced;
};

/** Every value that a target's query has for one key; none when the query is malformed. */
export const queryValues = (target: string, name: string): readonly string[] => {
  const query = queryOf(target);
  return query === "" ? none : (parsePairs(query)?.get(name) ?? none);
};

/** The pairs of a target's query; undefined when an escape is broken. */
export const queryPairs = (target: string): Pairs | undefined => parsePairs(queryOf(target));
