/** A value of a document together with the way that led to it, so that whatever is said about it has a place. */

import type { Origin } from "../model/model.js";
import { isRecord } from "../record.js";
import { locate, type Part } from "./locate.js";
import type { SourceFile } from "./source-file.js";

export class Node {
  readonly source: SourceFile;
  /** The path by which the file was reached; references in it are relative to this, symbolic links included. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly value: unknown;

  constructor(source: SourceFile, path: string, keys: readonly string[], value: unknown) {
    this.source = source;
    this.path = path;
    this.keys = keys;
    this.value = value;
  }

  /** The value under a key, or undefined when there is none. */
  get(key: string): Node | undefined {
    const { value } = this;
    if (Array.isArray(value)) {
      const index = Number(key);
      return Number.isInteger(index) && index >= 0 && index < value.length ? this.at(key, value[index]) : undefined;
    }
    return isRecord(value) && Object.hasOwn(value, key) ? this.at(key, value[key]) : undefined;
  }

  /** The value at the end of a way of keys. */
  find(keys: readonly string[]): Node | undefined {
    return keys.reduce<Node | undefined>((node, key) => node?.get(key), this);
  }

  /** The pairs of a map in the document's order; nothing for any other value. */
  entries(): readonly (readonly [string, Node])[] {
    const { value } = this;
    return isRecord(value) ? Object.entries(value).map(([key, inner]) => [key, this.at(key, inner)] as const) : [];
  }

  /** The elements of a list; nothing for any other value. */
  items(): readonly Node[] {
    return Array.isArray(this.value) ? this.value.map((inner: unknown, index) => this.at(String(index), inner)) : [];
  }

  origin(part: Part = "value"): Origin {
    return locate(this.source, this.keys, part);
  }

  /** What makes two nodes the same one, however they were reached. */
  get identity(): string {
    return `${this.source.path}#${this.keys.join("\u0000")}`;
  }

  /** The whole file. */
  root(): Node {
    return new Node(this.source, this.path, [], this.source.data);
  }

  /** Another value in this node's place: what the document means, in longer words. */
  standing(value: unknown): Node {
    return new Node(this.source, this.path, this.keys, value);
  }

  private at(key: string, value: unknown): Node {
    return new Node(this.source, this.path, [...this.keys, key], value);
  }
}
