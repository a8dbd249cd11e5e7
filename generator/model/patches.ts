/** The overrides of services.yaml that change a schema, applied wherever that schema is translated. */

import type { Findings } from "../load/findings.js";
import type { OverrideManifest } from "../load/manifest.js";
import type { Node } from "../load/node.js";
import { Shape } from "../load/shape.js";
import { isRecord } from "../record.js";
import type { Schema } from "./model.js";
import type { References } from "./references.js";
import { type Draft, mergePatch, same } from "./schema.js";

interface Patch {
  /** The entry under `schema` or `schemas` that names the target. */
  readonly named: Node;
  readonly override: Node;
  readonly unneeded: Set<string>;
  applied: boolean;
}

type Translate = (node: Node) => Schema;

const changes = ["optional", "required", "merge", "or"];

export class SchemaPatches {
  private readonly findings: Findings;
  private readonly shape: Shape;
  private readonly patches = new Map<string, Patch[]>();

  constructor(overrides: readonly OverrideManifest[], references: References, findings: Findings) {
    this.findings = findings;
    this.shape = new Shape(findings);
    for (const { target, node } of overrides) {
      if (target.kind !== "schema") continue;
      for (const named of target.nodes) {
        const schema = references.follow(named);
        if (schema === undefined) continue;
        const patch: Patch = { named, override: node, unneeded: new Set(), applied: false };
        const known = this.patches.get(schema.identity);
        if (known === undefined) this.patches.set(schema.identity, [patch]);
        else known.push(patch);
      }
    }
  }

  /** The schema as the overrides want it. */
  apply(node: Node, schema: Schema, translate: Translate): Schema {
    const patches = this.patches.get(node.identity);
    return patches === undefined
      ? schema
      : patches.reduce((current, patch) => this.applyOne(patch, current, translate), schema);
  }

  /** Reports every override that changed nothing. */
  settle(): void {
    for (const patch of [...this.patches.values()].flat()) {
      const target = String(patch.named.value);
      if (!patch.applied) {
        this.findings.absence("unneeded-override", patch.named, {
          message: `no schema of this service stands at ${target}`,
          hint: "remove the override, or correct its target",
        });
      }
      for (const change of patch.unneeded) {
        this.findings.absence("unneeded-override", patch.override.get(change) ?? patch.override, {
          message: `\`${change}\` changes nothing at ${target}: the document already says so`,
          hint: "remove it",
          part: "key",
        });
      }
    }
  }

  private applyOne(patch: Patch, schema: Schema, translate: Translate): Schema {
    patch.applied = true;
    let current = schema;
    for (const change of changes) {
      const node = patch.override.get(change);
      if (node === undefined) continue;
      if (change !== "or" && current.$ref !== undefined) {
        this.findings.error("unsupported", patch.named, {
          message: `${String(patch.named.value)} only refers to another schema, which others use too`,
          hint: "name the referenced file as the target, or replace the reference with `body` or `response`",
        });
        continue;
      }
      const changed = this.change(change, node, current, translate);
      if (same(changed, current)) patch.unneeded.add(change);
      else this.refuseIdle(change, node, current);
      current = changed;
    }
    return current;
  }

  private change(change: string, node: Node, schema: Schema, translate: Translate): Schema {
    switch (change) {
      case "optional":
        return this.optional(node, schema);
      case "required":
        return this.required(node, schema);
      case "merge":
        // A patch is a map, as the manifest's reader sees to, written in the words of the result: what it makes of a
        // schema is one. Its references are translated before it is laid over.
        return mergePatch(schema, this.translated(node, translate)) as Schema;
      default:
        return { anyOf: [schema, translate(node)] };
    }
  }

  private optional(node: Node, schema: Schema): Schema {
    const gone = this.shape.texts(node);
    const { required = [], ...rest } = schema;
    const left = required.filter((field) => !gone.includes(field));
    return left.length === 0 ? rest : { ...rest, required: left };
  }

  private required(node: Node, schema: Schema): Schema {
    const added = this.shape.texts(node);
    const changed: Draft = { ...schema, required: [...new Set([...(schema.required ?? []), ...added])] };
    return changed;
  }

  /** A change that does something may still name fields for which it does nothing. */
  private refuseIdle(change: string, node: Node, { required = [] }: Schema): void {
    if (change !== "optional" && change !== "required") return;
    for (const item of node.items()) {
      if (required.includes(String(item.value)) === (change === "optional")) continue;
      this.findings.absence("unneeded-override", item, {
        message: `\`${String(item.value)}\` is ${change} already`,
        hint: "remove it from the override",
      });
    }
  }

  private translated(node: Node, translate: Translate): unknown {
    if (isRecord(node.value)) {
      if (typeof node.value["$ref"] === "string") return translate(node);
      return Object.fromEntries(node.entries().map(([key, inner]) => [key, this.translated(inner, translate)]));
    }
    return Array.isArray(node.value) ? node.items().map((inner) => this.translated(inner, translate)) : node.value;
  }
}
