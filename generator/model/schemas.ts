/**
 * The schemas of one service: translates a document's schemas into JSON Schema 2020-12, and gives every file and
 * definition that a reference reaches one name and one place, however many ways lead to it.
 */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { isRecord } from "../record.js";
import { Examples } from "./examples.js";
import { type Dialect, Translation } from "./keywords.js";
import { type NamedSchema, type Schema, schemaRefPrefix } from "./model.js";
import { type FileNames, innerName } from "./names.js";
import type { SchemaPatches } from "./patches.js";
import type { Pins } from "./pins.js";
import { hasReference, type References } from "./references.js";
import { lookupIn, uniteRequired } from "./required.js";
import { isAnnotation, merge, nullable, referenceTo, same } from "./schema.js";

interface Entry {
  readonly name: string;
  readonly kind: NamedSchema["kind"];
  readonly node: Node;
  readonly dialect: Dialect;
  schema: Schema | undefined;
}

interface SchemaSources {
  readonly references: References;
  readonly findings: Findings;
  readonly fileNames: FileNames;
  readonly pins: Pins;
  readonly patches: SchemaPatches;
}

export class Schemas {
  readonly references: References;
  readonly examples: Examples;
  private readonly findings: Findings;
  private readonly fileNames: FileNames;
  readonly pins: Pins;
  private readonly patches: SchemaPatches;
  private readonly entries = new Map<string, Entry>();
  private readonly byName = new Map<string, Entry>();
  private readonly queue: Entry[] = [];
  private readonly expanding = new Set<string>();

  constructor({ references, findings, fileNames, pins, patches }: SchemaSources) {
    this.references = references;
    this.examples = new Examples(references, findings);
    this.findings = findings;
    this.fileNames = fileNames;
    this.pins = pins;
    this.patches = patches;
  }

  /** The schema that stands at a place, references to files and definitions by name. */
  at(node: Node, dialect: Dialect): Schema {
    const schema = hasReference(node) ? this.referringOrNull(node, dialect) : this.translate(node, dialect);
    const patched = this.patches.apply(node, schema, (other) => this.at(other, dialect));
    if (patched !== schema) this.examples.reclaim(schema, patched);
    return patched;
  }

  /** A body that stands where it is used: it gets a name, unless it is a reference or a plain value. */
  body(name: string, node: Node, dialect: Dialect): Schema {
    const schema = this.at(node, dialect);
    return this.naming(name, node, dialect, schema);
  }

  /** Names a schema that was made rather than read, such as the fields of a form. */
  naming(name: string, node: Node, dialect: Dialect, schema: Schema): Schema {
    if (schema.$ref !== undefined || !isComposite(schema)) return schema;
    const entry: Entry = { name, kind: "inline", node, dialect, schema };
    return this.claim(entry) ? referenceTo(name) : schema;
  }

  /** A reference by name to the schema of a file, or of a place inside one. */
  named(target: Node, dialect: Dialect): Schema {
    const known = this.entries.get(target.identity);
    if (known !== undefined) return referenceTo(known.name);
    const entry: Entry = { name: this.nameOf(target), kind: "definition", node: target, dialect, schema: undefined };
    this.entries.set(target.identity, entry);
    this.claim(entry);
    this.queue.push(entry);
    return referenceTo(entry.name);
  }

  /** Translates what was reached but not yet read, and answers everything that has a name. */
  finish(): readonly NamedSchema[] {
    for (let entry = this.queue.shift(); entry !== undefined; entry = this.queue.shift()) {
      entry.schema = this.withSubtypes(entry, this.at(entry.node, entry.dialect));
    }
    const schemas = [...this.byName.values()].map(
      ({ name, kind, node, schema }): NamedSchema => ({ name, kind, schema: schema ?? {}, origin: node.origin() }),
    );
    this.refuseCircles();
    const lookup = lookupIn(schemas);
    return schemas
      .map((named) => ({ ...named, schema: uniteRequired(named.schema, lookup) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A discriminator speaks of every definition beside its own that is built upon it, whether referred to or not. */
  private withSubtypes({ node, dialect }: Entry, schema: Schema): Schema {
    const { discriminator } = schema;
    if (discriminator === undefined || discriminator.mapping !== undefined) return schema;
    const definitions = node.root().find(node.keys.slice(0, -1));
    const subtypes = (definitions?.entries() ?? []).filter(([, definition]) => this.isBuiltOn(definition, node));
    if (subtypes.length === 0) return schema;
    const mapping = subtypes.map(([name, definition]) => [name, this.named(definition, dialect).$ref ?? name] as const);
    return { ...schema, discriminator: { ...discriminator, mapping: Object.fromEntries(mapping) } };
  }

  private isBuiltOn(definition: Node, base: Node): boolean {
    const parts = definition.get("allOf")?.items() ?? [];
    return parts.some((part) => hasReference(part) && this.references.target(part)?.identity === base.identity);
  }

  /** What is made of itself, by references and alternatives alone, describes nothing, and is never done checking. */
  private refuseCircles(): void {
    for (const entry of this.byName.values()) {
      const reached = new Set<Entry>(this.partsOf(entry));
      // A set that grows while it is walked yields what was added, so this reaches everything.
      for (const part of reached) for (const further of this.partsOf(part)) reached.add(further);
      if (!reached.has(entry)) continue;
      this.findings.error("circular-reference", entry.node, {
        message: `${entry.name} is made of itself and describes nothing`,
        hint: "let one of the schemas in the circle be a schema of its own, or refer to the other from a property",
      });
    }
  }

  private partsOf({ schema }: Entry): readonly Entry[] {
    return schema === undefined ? [] : inPlace(schema).flatMap((name) => this.byName.get(name.toLowerCase()) ?? []);
  }

  private nameOf(target: Node): string {
    const pinned = this.pins.typeNameOf(target);
    if (pinned !== undefined) return pinned;
    const fileName = this.fileNames.nameOf(target.source.file);
    return target.keys.length === 0 ? fileName : innerName(fileName, target.keys);
  }

  /** Claims the name of a schema's sent side, for which the other side keeps the name that the document gives. */
  claimInput(name: string, input: string): void {
    const entry = this.byName.get(name.toLowerCase());
    if (entry !== undefined) this.claim({ ...entry, name: input });
  }

  private claim(entry: Entry): boolean {
    const holder = this.byName.get(entry.name.toLowerCase());
    if (holder === undefined) {
      this.byName.set(entry.name.toLowerCase(), entry);
      return true;
    }
    const { file, pointer } = holder.node.origin();
    const mine = entry.node.origin();
    this.findings.error("name-clash", entry.node, {
      message: `the type ${entry.name} is already ${holder.name}, from ${file}#${pointer}`,
      hint: `give one of them a name of its own in services.yaml: names: { "${mine.file}${mine.pointer === "" ? "" : `#${mine.pointer}`}": … }`,
    });
    return false;
  }

  private translate(node: Node, dialect: Dialect): Schema {
    return this.translation(node, dialect).schema();
  }

  private translation(node: Node, dialect: Dialect): Translation {
    const { findings, examples } = this;
    return new Translation({ node, dialect, findings, examples, inner: (inner) => this.at(inner, dialect) });
  }

  private referringOrNull(node: Node, dialect: Dialect): Schema {
    const schema = this.referring(node, dialect);
    return node.get("x-nullable")?.value === true ? nullable(schema) : schema;
  }

  private referring(node: Node, dialect: Dialect): Schema {
    const target = this.references.target(node);
    if (target === undefined) return {};
    const siblings = this.siblingsOf(node, target);
    if (siblings.every(isAnnotation))
      return { ...this.named(target, dialect), ...this.translateOnly(node, siblings, dialect) };
    if (dialect === "swagger-2.0") {
      return merge(this.expand(target, dialect), this.translateOnly(node, siblings, dialect));
    }
    if (dialect === "openapi-3.1") {
      const annotations = this.translateOnly(node, siblings.filter(isAnnotation), dialect);
      const constraints = this.translateOnly(
        node,
        siblings.filter((keyword) => !isAnnotation(keyword)),
        dialect,
      );
      return { allOf: [this.named(target, dialect), constraints], ...annotations };
    }
    this.findings.error("unsupported", node, {
      message: `OpenAPI 3.0 ignores what stands beside a $ref: ${siblings.join(", ")}`,
      hint: "put the reference and the rest side by side under allOf",
    });
    return this.named(target, dialect);
  }

  /** The keywords beside a `$ref` that say anything the target does not say itself. */
  private siblingsOf(node: Node, target: Node): readonly string[] {
    const told = isRecord(target.value) ? target.value : {};
    return node
      .entries()
      .filter(([keyword, { value }]) => keyword !== "$ref" && (isAnnotation(keyword) || !same(told[keyword], value)))
      .map(([keyword]) => keyword);
  }

  /** Some keywords of an object that is more than a schema, such as a parameter. */
  part(node: Node, keywords: readonly string[], dialect: Dialect): Schema {
    return this.translateOnly(node, keywords, dialect);
  }

  private translateOnly(node: Node, keywords: readonly string[], dialect: Dialect): Schema {
    if (keywords.length === 0) return {};
    return this.translation(node, dialect).schema(keywords);
  }

  /** The target's own words instead of its name, for merging. */
  private expand(target: Node, dialect: Dialect): Schema {
    if (this.expanding.has(target.identity)) {
      this.findings.error("circular-reference", target, {
        message: "this schema would have to be merged into itself",
        hint: "use allOf instead of keywords beside the $ref",
      });
      return {};
    }
    this.expanding.add(target.identity);
    const schema = this.at(target, dialect);
    this.expanding.delete(target.identity);
    if (schema.$ref === undefined) return schema;
    const { $ref: _, ...annotations } = schema;
    const further = this.references.target(target);
    return further === undefined ? annotations : merge(this.expand(further, dialect), annotations);
  }
}

/** The names of schemas that check the very value that this one checks. */
const inPlace = (schema: Schema): readonly string[] => [
  ...(schema.$ref === undefined ? [] : [schema.$ref.slice(schemaRefPrefix.length)]),
  ...[...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(inPlace),
  ...[schema.not, schema.if, schema.then, schema.else, ...Object.values(schema.dependentSchemas ?? {})].flatMap(
    (part) => (part === undefined ? [] : inPlace(part)),
  ),
];

/** A schema that deserves a name: it has parts. */
const isComposite = (schema: Schema): boolean => {
  const types = schema.type === undefined || typeof schema.type === "string" ? [schema.type] : schema.type;
  return (
    types.includes("object") ||
    types.includes("array") ||
    [schema.properties, schema.allOf, schema.anyOf, schema.oneOf, schema.items].some((part) => part !== undefined)
  );
};
