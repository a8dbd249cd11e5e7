/** From YAML's nodes to plain data, keeping what a plain reading would lose. */

import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node as YamlNode } from "yaml";
import { keyText } from "./locate.js";

/** How many values all aliases of a file may stand for together: plenty for people, too few for a bomb. */
const mostAliased = 10_000;

/** An alias that contains itself, or aliases that stand for more than anyone writes. */
export class AliasError extends Error {
  readonly offset: number;

  constructor(message: string, alias: Alias) {
    super(message);
    this.offset = alias.range?.[0] ?? 0;
  }
}

/** Numbers in extensions keep their spelling where it would be lost: version 1.10 is not 1.1. */
const spelled = (value: unknown, source: string | undefined): unknown =>
  typeof value === "number" && source !== undefined && String(value) !== source ? source : value;

class Conversion {
  private readonly document: Document;
  private readonly open = new Set<YamlNode>();
  private aliased = 0;

  constructor(document: Document) {
    this.document = document;
  }

  valueOf(node: unknown, extension: boolean): unknown {
    if (this.open.size > 0) this.aliased += 1;
    if (isMap(node)) {
      const data: Record<string, unknown> = {};
      for (const { key, value } of node.items) {
        const name = keyText(key);
        const inner = this.valueOf(value, extension || name.startsWith("x-"));
        // A key called `__proto__` is data like any other.
        Object.defineProperty(data, name, { value: inner, enumerable: true, configurable: true, writable: true });
      }
      return data;
    }
    if (isSeq(node)) return node.items.map((item) => this.valueOf(item, extension));
    if (isAlias(node)) return this.resolved(node, extension);
    if (isScalar(node)) return extension ? spelled(node.value, node.source) : node.value;
    return null;
  }

  private resolved(alias: Alias, extension: boolean): unknown {
    const target = alias.resolve(this.document);
    if (target === undefined || this.open.has(target)) throw new AliasError(`*${alias.source} contains itself`, alias);
    if (this.aliased > mostAliased) throw new AliasError("the aliases of this file stand for too many values", alias);
    this.open.add(target);
    const value = this.valueOf(target, extension);
    this.open.delete(target);
    return value;
  }
}

/**
 * The data of a parsed file: keys are text as written, numbers in extensions keep their spelling.
 *
 * @throws {AliasError} when an alias contains itself or all of them stand for too much.
 */
export const dataOf = (document: Document): unknown => new Conversion(document).valueOf(document.contents, false);
