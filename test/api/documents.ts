/** Reading the documents of `api/` without the generator, so that the tests judge what it is given. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";

export type Fields = Readonly<Record<string, unknown>>;

export const api = fileURLToPath(new URL("../../api/", import.meta.url));

/** The protocol's own tree, which is no part of this repository. */
const upstream = fileURLToPath(new URL("../../../shared/specs/matrix-2019-08/api/", import.meta.url));
const newerUpstream = fileURLToPath(new URL("../../../shared/specs/matrix-2026-07/api/", import.meta.url));
export const upstreamTrees = fileURLToPath(new URL("../../../shared/specs/", import.meta.url));

/** The folders of ours that follow the later tree, where the older one has a folder of that name, too. */
const later: Readonly<Record<string, string>> = {
  "client-server-v3": "client-server",
  "server-server": "server-server",
};

/**
 * The protocol's file of the same name, from the older tree where both have it, unless its folder says otherwise.
 * Shared schemas stand beside its `api` folder, ours inside.
 */
export const counterpart = (file: string): string => {
  const [folder = ""] = file.split("/");
  const theirs = later[folder];
  if (theirs !== undefined) return `${newerUpstream}${theirs}${file.slice(folder.length)}`;
  const within = `${file.startsWith("schemas/") ? "../" : ""}${file}`;
  const [older = "", newer = ""] = [upstream, newerUpstream].map((tree) => `${tree}${within}`);
  return !existsSync(older) && existsSync(newer) ? newer : older;
};

export const upstreamIsHere = existsSync(upstream);

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const fields = (value: unknown): Fields => (isFields(value) ? value : {});
export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Every YAML file below a folder, relative to it, in order. */
export const yamlFiles = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".yaml"))
    .sort();

interface Parsed {
  readonly content: unknown;
  readonly complaints: readonly string[];
}

const parsed = new Map<string, Parsed>();

export const parse = (path: string): Parsed => {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const document = parseDocument(readFileSync(path, "utf8"));
  const fresh = { content: document.toJS(), complaints: [...document.errors, ...document.warnings].map(String) };
  parsed.set(path, fresh);
  return fresh;
};

/** A place in a file; references are relative to that file. */
export interface Place {
  readonly file: string;
  readonly value: unknown;
}

const step = (value: unknown, token: string): unknown =>
  Array.isArray(value) ? value[Number(token)] : fields(value)[token];

/** Where a reference leads; undefined when there is nothing. */
export const follow = (reference: string, from: string): Place | undefined => {
  const [path = "", pointer = ""] = reference.split("#");
  const file = path === "" ? from : fileURLToPath(new URL(path, `file://${from}`));
  if (!existsSync(file)) return undefined;
  const tokens = pointer.split("/").slice(1);
  const value = tokens
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce(step, parse(file).content);
  return value === undefined ? undefined : { file, value };
};

const uniteInto = (base: Fields, over: Fields): Fields => ({
  ...base,
  ...over,
  ...(base["properties"] === undefined && over["properties"] === undefined
    ? {}
    : { properties: { ...fields(base["properties"]), ...fields(over["properties"]) } }),
  ...(base["required"] === undefined && over["required"] === undefined
    ? {}
    : { required: [...new Set([...items(base["required"]), ...items(over["required"])])] }),
});

/**
 * A schema without references: what a reference names is laid under its siblings, and the parts of `allOf` become
 * one. This is how the older dialect is read in the protocol's own tools.
 */
export const resolved = ({ file, value }: Place): Fields => {
  const { $ref: reference, allOf, ...own } = fields(value);
  const target = typeof reference === "string" ? follow(reference, file) : undefined;
  if (typeof reference === "string" && target === undefined) throw new Error(`${file}: nothing at ${reference}`);
  const parts = items(allOf).map((part) => resolved({ file, value: part }));
  const bases = target === undefined ? parts : [resolved(target), ...parts];
  return [...bases, inner(file, own)].reduce(uniteInto, {});
};

const inner = (file: string, schema: Fields): Fields =>
  Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, innerOf(file, keyword, value)]));

const innerOf = (file: string, keyword: string, value: unknown): unknown => {
  if (keyword === "properties") {
    return Object.fromEntries(
      Object.entries(fields(value)).map(([name, one]) => [name, resolved({ file, value: one })]),
    );
  }
  if (keyword === "items" && Array.isArray(value)) return value.map((one) => resolved({ file, value: one }));
  return (keyword === "items" || keyword === "additionalProperties") && isFields(value)
    ? resolved({ file, value })
    : value;
};
