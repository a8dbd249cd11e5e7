/** One schema object of a document, keyword by keyword, into JSON Schema 2020-12. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { isPattern } from "../load/pattern.js";
import { Shape } from "../load/shape.js";
import { isRecord } from "../record.js";
import { dropWithoutEffect, exclusiveBounds, furtherItems, refuseUncounted } from "./companions.js";
import type { Examples } from "./examples.js";
import type { Schema, SchemaType } from "./model.js";
import { type Draft, nullable } from "./schema.js";
import { warnOfUndescribed } from "./undescribed.js";
import { refuseUnusable } from "./unusable.js";

export type Dialect = "swagger-2.0" | "openapi-3.0" | "openapi-3.1";

type Translate = (node: Node) => Schema;

const types: readonly SchemaType[] = ["null", "boolean", "object", "array", "number", "string", "integer"];

/** Read elsewhere, or without a meaning for values: documentation tools, editors. */
const silent = new Set([
  ...["$comment", "$schema", "$id", "$anchor", "id", "definitions", "$defs"],
  ...["contentEncoding", "contentMediaType", "contentSchema"],
]);

/** Other ways to name and find a schema than by its place. */
const anchors = new Set(["$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"]);

const isMediaType = (key: string): boolean => /^[a-z]+\/[a-z0-9.+*-]+$/iu.test(key);

interface TranslationInput {
  readonly node: Node;
  readonly dialect: Dialect;
  readonly findings: Findings;
  readonly examples: Examples;
  /** Translates a schema inside this one. */
  readonly inner: Translate;
}

export class Translation {
  private readonly node: Node;
  private readonly dialect: Dialect;
  private readonly findings: Findings;
  private readonly shape: Shape;
  private readonly inner: Translate;
  private readonly examples: Examples;
  private readonly found: { readonly node: Node; readonly value: unknown }[] = [];
  private draft: Draft = {};

  constructor({ node, dialect, findings, examples, inner }: TranslationInput) {
    this.node = node;
    this.dialect = dialect;
    this.findings = findings;
    this.shape = new Shape(findings);
    this.inner = inner;
    this.examples = examples;
  }

  /** The whole schema, or only some of its keywords. */
  schema(keywords?: readonly string[]): Schema {
    const { value } = this.node;
    if (typeof value === "boolean") return value ? {} : { not: {} };
    if (value === null && this.node.keys.length === 0) {
      this.findings.error("wrong-shape", this.node, {
        message: "this file is empty",
        hint: "write a schema into it, or refer to another file",
      });
      return {};
    }
    if (!isRecord(value)) {
      this.findings.defect("shapeless-schema", this.node, {
        message: "a schema must be a map",
        hint: "write the schema as a map of keywords",
      });
      return {};
    }
    this.draft = {};
    for (const [keyword, node] of this.node.entries()) {
      if (keywords === undefined || keywords.includes(keyword)) this.keyword(keyword, node);
    }
    exclusiveBounds(this.draft, this.node, this.shape, this.dialect === "openapi-3.1");
    furtherItems(this.draft, this.node, this.inner);
    warnOfUndescribed(this.node, this.draft, this.findings);
    refuseUncounted(this.draft, this.node, this.findings);
    dropWithoutEffect(this.draft);
    const given = this.node.get("default");
    const claimDefault = (schema: Schema): void => {
      if (given === undefined || schema.default === undefined) return;
      this.examples.claims.push({ node: given, value: schema.default, schema, isDefault: true });
    };
    const admitsNull = ["nullable", "x-nullable"].some((key) => this.node.get(key)?.value === true);
    const schema = admitsNull && keywords === undefined ? nullable(this.draft) : this.draft;
    claimDefault(schema);
    if (keywords !== undefined) return schema;
    for (const example of this.found) this.examples.claims.push({ ...example, schema });
    return schema;
  }

  private keyword(keyword: string, node: Node): void {
    const { draft, shape } = this;
    switch (keyword) {
      case "title":
      case "description":
      case "format": {
        const text = shape.text(node);
        if (text !== undefined) draft[keyword] = text;
        return;
      }
      case "pattern": {
        const text = shape.text(node);
        if (text !== undefined && isPattern(text, node, this.findings)) draft.pattern = text;
        return;
      }
      case "deprecated":
      case "readOnly":
      case "writeOnly":
      case "uniqueItems": {
        const flag = shape.flag(node);
        if (flag !== undefined) draft[keyword] = flag;
        return;
      }
      case "minimum":
      case "maximum": {
        const number = shape.number(node);
        if (number !== undefined) draft[keyword] = number;
        return;
      }
      case "multipleOf": {
        const number = shape.number(node, "a number above 0", (value) => value > 0);
        if (number !== undefined) draft[keyword] = number;
        return;
      }
      case "minLength":
      case "maxLength":
      case "minItems":
      case "maxItems":
      case "minProperties":
      case "maxProperties":
      case "minContains":
      case "maxContains": {
        const count = shape.number(node, "a whole number from 0 up", (value) => Number.isInteger(value) && value >= 0);
        if (count !== undefined) draft[keyword] = count;
        return;
      }
      case "default":
      case "const":
        draft[keyword] = node.value;
        return;
      case "enum":
        draft.enum = shape.some(node).map(({ value }) => value);
        return;
      case "example":
        this.example(this.unwrapped(node));
        return;
      case "examples":
        for (const item of shape.list(node)) this.example(item);
        return;
      case "type":
        this.type(node);
        return;
      case "items":
        this.items(node);
        return;
      case "prefixItems":
        draft.prefixItems = shape.list(node).map(this.inner);
        return;
      case "properties":
        draft.properties = this.properties(node);
        return;
      case "patternProperties":
        for (const [pattern, inner] of node.entries()) isPattern(pattern, inner, this.findings);
        draft.patternProperties = this.schemas(node);
        return;
      case "additionalProperties":
      case "unevaluatedProperties":
      case "unevaluatedItems":
        draft[keyword] = typeof node.value === "boolean" ? node.value : this.inner(node);
        return;
      case "contains":
      case "propertyNames":
      case "not":
      case "if":
      case "then":
      case "else":
        draft[keyword] = this.inner(node);
        return;
      case "dependentSchemas":
        draft.dependentSchemas = this.schemas(node);
        return;
      case "$ref":
        shape.text(node);
        return;
      case "required":
        this.required(node);
        return;
      case "dependentRequired":
        draft.dependentRequired = Object.fromEntries(
          (shape.map(node)?.entries() ?? []).map(([field, list]) => [field, shape.texts(list)]),
        );
        return;
      case "allOf":
      case "anyOf":
      case "oneOf":
        draft[keyword] = shape.some(node).map(this.inner);
        return;
      case "discriminator":
        this.discriminator(node);
        return;
      case "xml":
        if (shape.map(node) !== undefined) draft.xml = node.value;
        return;
      case "externalDocs":
        if (shape.map(node) !== undefined && shape.text(shape.need(node, "url")) !== undefined)
          draft.externalDocs = node.value;
        return;
      case "exclusiveMinimum":
      case "exclusiveMaximum":
      case "additionalItems":
        return;
      default:
        this.other(keyword, node);
    }
  }

  private other(keyword: string, node: Node): void {
    // The check makes the key an extension's; the compiler does not narrow a string that far.
    if (keyword.startsWith("x-")) {
      if (keyword !== "x-nullable") this.draft[keyword as `x-${string}`] = node.value;
    } else if (anchors.has(keyword)) {
      this.findings.error("unsupported", node, {
        message: `\`${keyword}\` finds a schema by a name of its own, which is not supported`,
        hint: "put the schema under $defs or into the components, and refer to that place by $ref",
        part: "key",
      });
    } else if (!silent.has(keyword) && !(keyword === "nullable" && this.dialect === "openapi-3.0")) {
      this.findings.defect("unknown-keyword", node, {
        message: `\`${keyword}\` is no keyword of a schema that this generator translates`,
        hint: "correct its spelling or remove it",
        part: "key",
      });
    }
  }

  private type(node: Node): void {
    if (node.value === "file" && this.dialect === "swagger-2.0") {
      this.draft.type = "string";
      this.draft.format = "binary";
      return;
    }
    if (node.value === "enum" && Array.isArray(this.node.get("enum")?.value)) {
      this.findings.defect("enum-as-type", node, {
        message: "`enum` is no type; the list beside it says all there is to say",
        hint: "write the type of the listed values",
      });
      return;
    }
    if (!Array.isArray(node.value)) {
      const type = this.shape.choice(node, types);
      if (type !== undefined) this.draft.type = type;
      return;
    }
    const schemas = node.items().filter(({ value }) => isRecord(value));
    const plain = node.items().filter(({ value }) => !isRecord(value));
    const named = plain.flatMap((item) => this.shape.choice(item, types) ?? []);
    if (schemas.length === 0) {
      const [only] = named;
      this.draft.type = named.length === 1 && only !== undefined ? only : named;
      return;
    }
    for (const schema of schemas) {
      this.findings.defect("schema-in-type", schema, {
        message: "a list of types holds a schema",
        hint: "write the alternatives under anyOf",
      });
    }
    this.draft.anyOf = [...named.map((type): Schema => ({ type })), ...schemas.map(this.inner)];
  }

  private items(node: Node): void {
    if (Array.isArray(node.value)) this.draft.prefixItems = node.items().map(this.inner);
    else this.draft.items = typeof node.value === "boolean" ? node.value : this.inner(node);
  }

  private schemas(node: Node): Readonly<Record<string, Schema>> {
    return Object.fromEntries(
      (this.shape.map(node)?.entries() ?? []).map(([name, inner]) => [name, this.inner(inner)]),
    );
  }

  private properties(node: Node): Readonly<Record<string, Schema>> {
    if (Array.isArray(node.value) && node.value.length === 0) {
      this.findings.defect("list-for-map", node, {
        message: "`properties` is an empty list where a map belongs",
        hint: "write {} or remove it",
      });
      return {};
    }
    for (const [name, property] of this.shape.map(node)?.entries() ?? []) {
      refuseUnusable(name, "a property", property, this.findings);
      const flag = property.get("required");
      if (typeof flag?.value !== "boolean") continue;
      this.findings.defect("boolean-required", flag, {
        message: `whether \`${name}\` is required is said by the object, not by the property`,
        hint: `list \`${name}\` under the object's \`required\``,
      });
      if (flag.value) this.draft.required = [...new Set([...(this.draft.required ?? []), name])];
    }
    return this.schemas(node);
  }

  private required(node: Node): void {
    // A flag is a property's; the object that holds the property reads and reports it.
    if (typeof node.value === "boolean") {
      if (this.node.keys.at(-2) !== "properties") {
        this.findings.defect("boolean-required", node, {
          message: "`required` is a list of properties here",
          hint: "list the required properties",
        });
      }
      return;
    }
    const fields = this.shape.texts(node);
    for (const item of node.items()) refuseUnusable(String(item.value), "a property", item, this.findings);
    if (fields.length > 0) this.draft.required = [...new Set([...(this.draft.required ?? []), ...fields])];
  }

  private discriminator(node: Node): void {
    if (this.dialect === "swagger-2.0") {
      const propertyName = this.shape.text(node);
      if (propertyName !== undefined) this.draft.discriminator = { propertyName };
      return;
    }
    const propertyName = this.shape.text(this.shape.need(node, "propertyName"));
    if (propertyName === undefined) return;
    const mapping = this.shape.map(node.get("mapping"))?.entries() ?? [];
    const mapped = mapping.flatMap(([value, target]) => {
      const reference = this.mapped(target);
      return reference === undefined ? [] : [[value, reference] as const];
    });
    const extensions = node.entries().filter(([key]) => key.startsWith("x-"));
    this.draft.discriminator = {
      ...Object.fromEntries(extensions.map(([key, { value }]) => [key, value])),
      propertyName,
      ...(mapped.length === 0 ? {} : { mapping: Object.fromEntries(mapped) }),
    };
  }

  /** A mapping names a schema of the components, or refers to one. */
  private mapped(target: Node): string | undefined {
    const text = this.shape.text(target);
    if (text === undefined) return undefined;
    const reference =
      /^[A-Za-z0-9._-]+$/u.test(text) && !text.includes("/") && !/\.(ya?ml|json)$/u.test(text)
        ? `#/components/schemas/${text}`
        : text;
    return this.inner(target.standing({ $ref: reference })).$ref;
  }

  private example(node: Node): void {
    const value = this.examples.valueOf(node);
    this.found.push({ node, value });
    this.draft.examples = [...(this.draft.examples ?? []), value];
  }

  private unwrapped(node: Node): Node {
    const { value } = node;
    const keys = isRecord(value) ? Object.keys(value) : [];
    const [first] = keys;
    if (first === undefined || !keys.every(isMediaType)) return node;
    this.findings.defect("example-by-media-type", node, {
      message: "a schema's example is the value itself, not a map by media type",
      hint: "take the value out, or write it under the response's `examples`",
      part: "key",
    });
    return node.get(first) ?? node;
  }
}
