/** OpenAPI 3's parameters and response headers. */

import type { Node } from "../load/node.js";
import type { Commons, Surroundings } from "./documents.js";
import type { HeaderModel, ParameterModel, Schema } from "./model.js";
import type { Draft } from "./schema.js";

const keys = [
  "name",
  "in",
  "description",
  "required",
  "deprecated",
  "style",
  "explode",
  "schema",
  "example",
  "examples",
];

type Separator = NonNullable<ParameterModel["separator"]>;

/** What each style puts between the elements of an array when it does not repeat the key. */
const separators: Readonly<Record<string, Separator>> = {
  form: ",",
  simple: ",",
  spaceDelimited: " ",
  pipeDelimited: "|",
};

/** How a style, with or without `explode`, writes an array. */
export const separatorOf = (style: string, explode: boolean): Separator | undefined =>
  explode && style !== "simple" ? "multi" : separators[style];

export class Openapi3Parameters {
  private readonly around: Surroundings;
  private readonly commons: Commons;

  constructor(around: Surroundings, commons: Commons) {
    this.around = around;
    this.commons = commons;
  }

  read(nodes: readonly Node[]): readonly ParameterModel[] {
    const { shape } = this.commons;
    return nodes.flatMap((node) => {
      this.knownParts(node, "a parameter", keys);
      const place = shape.choice(shape.need(node, "in"), ["path", "query", "header", "cookie"]);
      const name = shape.text(shape.need(node, "name"));
      if (place === undefined || name === undefined) return [];
      const required = this.commons.isRequired(node, place);
      const schema = this.value(node, required);
      const separator = this.separator(node, schema, place);
      const description = shape.text(node.get("description"));
      return {
        name,
        in: place,
        required,
        schema,
        ...(separator === undefined ? {} : { separator }),
        ...(description === undefined ? {} : { description }),
        deprecated: shape.flag(node.get("deprecated")) ?? false,
        origin: node.origin(),
      };
    });
  }

  headers(node: Node | undefined): readonly HeaderModel[] {
    return (this.commons.shape.map(node)?.entries() ?? []).flatMap(([name, entry]) => {
      const header = this.around.references.settled(entry);
      if (header === undefined || this.commons.shape.map(header) === undefined) return [];
      this.knownParts(header, "a header", keys.slice(2));
      const description = this.commons.shape.text(header.get("description"));
      return {
        name: name.toLowerCase(),
        required: this.commons.shape.flag(header.get("required")) ?? false,
        schema: this.value(header, false),
        ...(description === undefined ? {} : { description }),
      };
    });
  }

  private knownParts(node: Node, what: string, known: readonly string[]): void {
    const hint = "describe the value by `schema`, with a plain type or an array of plain values";
    this.commons.refuse(node.get("content"), `${what} that holds a whole document is not supported`, hint);
    const flags = ["allowEmptyValue", "allowReserved"];
    for (const flag of flags.filter((key) => node.get(key)?.value === true)) {
      this.commons.refuse(node.get(flag), `\`${flag}\` is not supported`, `remove \`${flag}\``);
    }
    this.commons.known(node, what, [...known, ...flags, "content", "$ref"]);
  }

  private value(node: Node, required: boolean): Schema {
    const schema = node.get("schema");
    if (schema === undefined) return {};
    const value: Draft = { ...this.around.schemas.at(schema, this.around.dialect) };
    if (required) delete value.default;
    return value;
  }

  private separator(node: Node, schema: Schema, place: ParameterModel["in"]): ParameterModel["separator"] {
    const isForm = place === "query" || place === "cookie";
    const style = this.commons.shape.text(node.get("style")) ?? (isForm ? "form" : "simple");
    const explode = this.commons.shape.flag(node.get("explode")) ?? style === "form";
    const separator = separatorOf(style, explode);
    const fits = isForm ? style !== "simple" : style === "simple";
    if (separator === undefined || !fits || schema.type === "object" || schema.properties !== undefined) {
      this.around.findings.error("unsupported", node.get("style") ?? node.get("schema") ?? node, {
        message: `a ${place} parameter of style ${style} that holds ${schema.type === "object" ? "an object" : "this value"} is not supported`,
        hint: "use plain values, or arrays in the styles form, simple, spaceDelimited or pipeDelimited",
      });
    }
    return schema.type === "array" ? separator : undefined;
  }
}
