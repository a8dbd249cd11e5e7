/** Alternatives (`anyOf`, `oneOf`): which branch of one side belongs to which of the other. */

import { describing, referenceOf } from "./flatten.js";
import { canonical, type Json, type JsonObject } from "./view.js";

/** A schema as its alternatives, and what holds for all of them. */
export interface Alternatives {
  readonly branches: readonly Json[];
  readonly rest: JsonObject;
}

const isWord = (keyword: string): boolean => describing.has(keyword) || keyword.startsWith("x-");

function part(schema: JsonObject, wanted: (keyword: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => wanted(keyword)));
}

function own(schema: JsonObject): Alternatives | undefined {
  const { anyOf, oneOf, ...rest } = schema;
  const [branches, other] = Array.isArray(anyOf) ? [anyOf, oneOf] : [oneOf, anyOf];
  return Array.isArray(branches) && other === undefined ? { branches, rest } : undefined;
}

/** A schema without alternatives as those of its types. */
function split(schema: JsonObject): Alternatives {
  const { type, ...limits } = part(schema, (keyword) => !isWord(keyword));
  const types = Array.isArray(type) ? type : [type];
  const branches = types.map((one: Json | undefined) => (one === undefined ? limits : { ...limits, type: one }));
  return {
    branches: branches.map((branch) => (branch["type"] === "null" ? { type: "null" } : branch)),
    rest: part(schema, isWord),
  };
}

/** Both sides as alternatives; undefined where they are to be compared keyword by keyword. */
export function alternativesOf(left: JsonObject, right: JsonObject): readonly [Alternatives, Alternatives] | undefined {
  const [before, after] = [own(left), own(right)];
  if (before !== undefined && after !== undefined) return [before, after];
  const given = before ?? after;
  // One schema that became several: what stands beside them would have to be compared with each.
  if (given === undefined || !Object.keys(given.rest).every(isWord)) return undefined;
  return [before ?? split(left), after ?? split(right)];
}

/** Which branches stayed, which are gone, which are new. */
export interface Pairing {
  readonly kept: readonly (readonly [Json, Json])[];
  readonly lost: readonly Json[];
  readonly won: readonly Json[];
}

/** Beyond this many, branches that differ are not compared each with each. */
const most = 12;

/** Pairs branches that are the same, then those that mean the same, then the only two that are left. */
export function paired(before: readonly Json[], after: readonly Json[], equal: (a: Json, b: Json) => boolean): Pairing {
  const kept: [Json, Json][] = [];
  let lost = [...before];
  const won = [...after];
  const match = (same: (a: Json, b: Json) => boolean): void => {
    lost = lost.filter((was) => {
      const found = won.findIndex((is) => same(was, is));
      const [is] = found < 0 ? [] : won.splice(found, 1);
      if (is !== undefined) kept.push([was, is]);
      return is === undefined;
    });
  };
  match((was, is) => referenceOf(was) !== undefined && referenceOf(was) === referenceOf(is));
  match((was, is) => canonical(was) === canonical(is));
  if (lost.length <= most && won.length <= most) match(equal);
  if (lost.length === 1 && won.length === 1) match(() => true);
  return { kept, lost, won };
}
