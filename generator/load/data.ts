/** From YAML's nodes to plain data, keeping what a plain reading would lose. */

import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node as YamlNode } from "yaml";
import { keyText } from "./locate.js";

/** How many values all aliases of a file may stand for together: plenty for people, too few for a bomb. */
const mostAliased = 10_000;

/** What YAML allows and no reader of the data could tell: an alias without end, two keys that are one. */
export class DataError extends Error {
  readonly offset: number;
  readonly hint: string;

  constructor(message: string, node: unknown, hint: string) {
    super(message);
    this.offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    this.hint = hint;
  }
}

const writeOut = "write the value out, or use a $ref";

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
        if (Object.hasOwn(data, name))
          throw new DataError(`the key ${name} stands here twice`, key, "remove one of them");
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
    if (target === undefined || this.open.has(target))
      throw new DataError(`*${alias.source} contains itself`, alias, writeOut);
    if (this.aliased > mostAliased)
      throw new DataError("the aliases of this file stand for too many values", alias, writeOut);
    this.open.add(target);
    const value = this.valueOf(target, extension);
    this.open.delete(target);
    return value;
  }
}

/**
 * The data of a parsed file: keys are text as written, numbers in extensions keep their spelling.
 *
 * @throws {DataError} when an alias contains itself, all of them stand for too much, or a key stands twice.
 */
export const dataOf = (document: Document): unknown => new Conversion(document).valueOf(document.contents, false);
