/**
 * Finds operations by method and path. The most specific path decides first, then the method: a static segment
 * beats one of text and parameters, and that a parameter alone, wherever it stands and in whatever order the operations
 * were registered. Paths are strict: a trailing slash makes another path, and a parameter never matches nothing.
 */

import type { Method } from "./contract.js";
import { type SegmentPattern, segmentPattern } from "./segment.js";

/** What a router is made of. */
export interface Routable {
  readonly method: Method;
  /** Absolute, with `{name}` for a whole segment or a part of one. */
  readonly path: string;
}

export type Match<Target> =
  | {
      readonly kind: "found";
      /** More than one only where a document declares several operations for one method and path. */
      readonly targets: readonly [Target, ...Target[]];
      /** The raw text of each `{name}`, in the order of the path. */
      readonly values: readonly string[];
    }
  | { readonly kind: "wrong-method"; readonly allow: readonly string[] }
  | { readonly kind: "unknown-path" };

export interface Router<Target> {
  /** `path` is raw: percent escapes are compared decoded for static segments and left alone in values. */
  find(method: string, path: string): Match<Target>;
  /** The methods of a path, for `Allow`; undefined for an unknown path. */
  allow(path: string): readonly string[] | undefined;
}

type Found<Target> = Extract<Match<Target>, { kind: "found" }>;

/** A place in the tree of segments: what may follow, and what answers here. */
interface Node<Target> {
  readonly children: Map<string, Node<Target>>;
  /** Segments of text and parameters, those that give most first. */
  readonly mixed: { readonly pattern: SegmentPattern; readonly node: Node<Target> }[];
  parameter: Node<Target> | undefined;
  leaf: Leaf<Target> | undefined;
}

interface Leaf<Target> {
  readonly methods: Map<string, Found<Target>>;
  refusal: Extract<Match<Target>, { kind: "wrong-method" }>;
}

const unknownPath = { kind: "unknown-path" } as const;
const noValues: readonly string[] = [];

/** Builds the table once. Throws when a path cannot be routed. */
export const createRouter = <Target extends Routable>(targets: Iterable<Target>): Router<Target> => {
  const root = emptyNode<Target>();
  const statics = new Map<string, Leaf<Target>>();
  for (const target of targets) {
    const leaf = plant(root, target);
    if (!target.path.includes("{")) statics.set(target.path, leaf);
  }

  const locate = (path: string): { leaf: Leaf<Target>; values: readonly string[] } | undefined => {
    const leaf = statics.get(path);
    if (leaf !== undefined) return { leaf, values: noValues };
    if (!path.startsWith("/")) return undefined;
    const values: string[] = [];
    const found = walk(root, path.slice(1).split("/"), 0, values);
    return found && { leaf: found, values };
  };

  return {
    find: (method, path) => {
      const known = statics.get(path);
      if (known !== undefined) return known.methods.get(method) ?? known.refusal;
      const place = locate(path);
      if (place === undefined) return unknownPath;
      const found = place.leaf.methods.get(method);
      if (found === undefined) return place.leaf.refusal;
      return { kind: "found", targets: found.targets, values: place.values };
    },
    allow: (path) => locate(path)?.leaf.refusal.allow,
  };
};

const emptyNode = <Target>(): Node<Target> => ({
  children: new Map(),
  mixed: [],
  parameter: undefined,
  leaf: undefined,
});

/** Adds a target at the end of its path and answers the place. */
const plant = <Target extends Routable>(root: Node<Target>, target: Target): Leaf<Target> => {
  if (!target.path.startsWith("/")) throw new Error(`the path ${target.path} does not begin with a slash`);
  let node = root;
  for (const segment of target.path.slice(1).split("/")) node = descend(node, segment);
  node.leaf ??= { methods: new Map(), refusal: { kind: "wrong-method", allow: [] } };
  register(node.leaf, target);
  return node.leaf;
};

const descend = <Target>(node: Node<Target>, segment: string): Node<Target> => {
  if (/^\{[^{}]+\}$/.test(segment)) {
    node.parameter ??= emptyNode();
    return node.parameter;
  }
  if (/[{}]/.test(segment)) return descendMixed(node, segmentPattern(segment));
  const known = node.children.get(segment) ?? emptyNode<Target>();
  node.children.set(segment, known);
  return known;
};

const descendMixed = <Target>({ mixed }: Node<Target>, pattern: SegmentPattern): Node<Target> => {
  const known = mixed.find((one) => one.pattern.key === pattern.key)?.node;
  if (known !== undefined) return known;
  const node = emptyNode<Target>();
  mixed.push({ pattern, node });
  mixed.sort(({ pattern: a }, { pattern: b }) => b.given - a.given || (a.key < b.key ? -1 : 1));
  return node;
};

const register = <Target extends Routable>(leaf: Leaf<Target>, target: Target): void => {
  const others = leaf.methods.get(target.method)?.targets;
  leaf.methods.set(target.method, {
    kind: "found",
    targets: others === undefined ? [target] : [...others, target],
    values: noValues,
  });
  const methods = [...leaf.methods.keys()].sort();
  const extra = ["OPTIONS", ...(methods.includes("GET") ? ["HEAD"] : [])];
  leaf.refusal = { kind: "wrong-method", allow: [...new Set([...methods, ...extra])] };
};

/** Depth first, static segment before parameter. Each place of the tree is looked at once at most, so this ends early. */
const walk = <Target>(
  node: Node<Target>,
  segments: readonly string[],
  index: number,
  values: string[],
): Leaf<Target> | undefined => {
  const segment = segments[index];
  if (segment === undefined) return node.leaf;
  const child = node.children.get(segment) ?? node.children.get(decoded(segment));
  const found = child && walk(child, segments, index + 1, values);
  if (found !== undefined) return found;
  for (const { pattern, node: next } of node.mixed) {
    const known = values.length;
    const read = pattern.read(segment);
    if (read === undefined) continue;
    values.push(...read);
    const place = walk(next, segments, index + 1, values);
    if (place !== undefined) return place;
    values.length = known;
  }
  if (node.parameter === undefined || segment === "") return undefined;
  values.push(segment);
  const matched = walk(node.parameter, segments, index + 1, values);
  if (matched === undefined) values.pop();
  return matched;
};

const decoded = (segment: string): string => {
  if (!segment.includes("%")) return segment;
  return decodeEscapes(segment) ?? segment;
};

/** Percent-decodes a text; undefined when an escape is broken or the bytes are no UTF-8. */
export const decodeEscapes = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** The names of a path's parameters, in order. */
export const parameterNames = (path: string): readonly string[] =>
  Array.from(path.matchAll(/\{([^{}]+)\}/g), (match) => match[1] ?? "");
