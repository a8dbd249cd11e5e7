/**
 * Examples are data, not schemas: a reference in one never makes a type. It is replaced by what it leads to, keys
 * beside it winning, and left as it is, with a warning, where it leads nowhere.
 */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { isRecord } from "../record.js";
import type { ExampleModel, Schema } from "./model.js";
import { hasReference, type References } from "./references.js";

/** How deep examples may refer to examples. */
const deepest = 20;

/** An example inside a schema, and the schema. */
interface Claim {
  readonly node: Node;
  readonly value: unknown;
  readonly schema: Schema;
  /** What is taken where nothing is said, which is no example; it fits as it is written. */
  readonly isDefault?: boolean;
}

export class Examples {
  readonly claims: Claim[] = [];
  private readonly nodes = new WeakMap<ExampleModel, Node>();
  private readonly references: References;
  private readonly findings: Findings;

  constructor(references: References, findings: Findings) {
    this.references = references;
    this.findings = findings;
  }

  /** An example of a body or a parameter, which is held against its schema once that is complete. */
  ofBody(node: Node, value: unknown): ExampleModel {
    const model = { value, origin: node.origin() };
    this.nodes.set(model, node);
    return model;
  }

  /** The same example with what else is said of it. */
  keeping(model: ExampleModel, kept: Pick<ExampleModel, "kept">): ExampleModel {
    const node = this.nodes.get(model);
    const whole = { ...model, ...kept };
    if (node !== undefined) this.nodes.set(whole, node);
    return whole;
  }

  /** Examples are held against what overrides have made of their schema. */
  reclaim(schema: Schema, changed: Schema): void {
    for (const [index, claim] of this.claims.entries()) {
      if (claim.schema === schema) this.claims[index] = { ...claim, schema: changed };
    }
  }

  /** Where an example of a body stands. */
  nodeOf(model: ExampleModel): Node | undefined {
    return this.nodes.get(model);
  }

  /** The value of an example with its references replaced. */
  valueOf(node: Node, depth = 0): unknown {
    if (Array.isArray(node.value)) return node.items().map((item) => this.valueOf(item, depth));
    if (!isRecord(node.value)) return node.value;
    if (hasReference(node) && depth < deepest) {
      const replaced = this.replaced(node, depth);
      if (replaced !== undefined) return replaced;
    }
    return Object.fromEntries(node.entries().map(([key, inner]) => [key, this.valueOf(inner, depth)]));
  }

  private replaced(node: Node, depth: number): unknown {
    const reference = node.get("$ref");
    const followed = reference && this.references.library.follow(String(reference.value), reference);
    if (reference === undefined || followed === undefined) return undefined;
    if (!("found" in followed)) {
      this.findings.warn("dangling-example", reference, {
        message: `this reference in an example leads nowhere: ${String(reference.value)}`,
        hint: "correct it; the example stays as it is written",
      });
      return undefined;
    }
    const value = this.valueOf(followed.found, depth + 1);
    const siblings = node.entries().filter(([key]) => key !== "$ref");
    if (!isRecord(value) || siblings.length === 0) return value;
    return { ...value, ...Object.fromEntries(siblings.map(([key, inner]) => [key, this.valueOf(inner, depth)])) };
  }
}
