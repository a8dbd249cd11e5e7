/** OpenAPI 3's parameters and response headers. */

import type { Node } from "../load/node.js";
import { type Commons, isJson, mediaTypeOf, type Surroundings } from "./documents.js";
import type { HeaderModel, ParameterModel, ParameterStyle, Schema } from "./model.js";
import { kindOf, refusalOf } from "./parameter-kind.js";
import type { Draft } from "./schema.js";
import { refuseUnusable } from "./unusable.js";

const keys = [
  "name",
  "in",
  "description",
  "required",
  "deprecated",
  "style",
  "explode",
  "schema",
  "content",
  "example",
  "examples",
];

/** The styles of each place; the first one is meant where none is named. */
const styles = {
  path: ["simple", "label", "matrix"],
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  header: ["simple"],
  cookie: ["form"],
} as const satisfies Record<ParameterModel["in"], readonly [ParameterStyle, ...ParameterStyle[]]>;

type Writing = Pick<ParameterModel, "separator" | "style" | "explode">;

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
      this.commons.known(node, "a parameter", [...keys, "allowEmptyValue", "allowReserved", "$ref"]);
      const place = this.commons.placeIn(node, ["path", "query", "header", "cookie"]);
      const name = shape.text(shape.need(node, "name"));
      if (place === undefined || name === undefined) return [];
      const required = this.commons.isRequired(node, place);
      const content = node.get("content");
      const schema = this.value(content === undefined ? node : this.document(node, content), required);
      const writing: Writing = content === undefined ? this.writing(node, place) : { style: "json" };
      const description = shape.text(node.get("description"));
      const isQuery = place === "query";
      return {
        name,
        in: place,
        required,
        schema,
        ...writing,
        ...(isQuery && shape.flag(node.get("allowReserved")) === true ? { allowReserved: true } : {}),
        ...(isQuery && shape.flag(node.get("allowEmptyValue")) === true ? { allowEmptyValue: true } : {}),
        ...(description === undefined ? {} : { description }),
        deprecated: shape.flag(node.get("deprecated")) ?? false,
        ...this.exemplified(node, content),
        ...this.commons.kept(node),
        origin: node.origin(),
      };
    });
  }

  headers(node: Node | undefined): readonly HeaderModel[] {
    return (this.commons.shape.map(node)?.entries() ?? []).flatMap(([name, entry]) => {
      refuseUnusable(name, "a header", entry, this.around.findings);
      const header = this.around.references.settled(entry);
      if (header === undefined || this.commons.shape.map(header) === undefined) return [];
      this.commons.known(header, "a header", [...keys.slice(2), "$ref"]);
      this.commons.refuse(
        header.get("content"),
        "a header that holds a whole document is not supported",
        "describe the value by `schema`",
      );
      const description = this.commons.shape.text(header.get("description"));
      return {
        name: name.toLowerCase(),
        required: this.commons.shape.flag(header.get("required")) ?? false,
        schema: this.value(header, false),
        ...this.writing(header, "header"),
        ...(description === undefined ? {} : { description }),
        ...(this.commons.shape.flag(header.get("deprecated")) === true ? { deprecated: true } : {}),
        ...this.exemplified(header, undefined),
        ...this.commons.kept(header),
      };
    });
  }

  private exemplified(node: Node, content: Node | undefined): Pick<ParameterModel, "examples"> {
    const [[mediaType, media] = []] = content?.entries() ?? [];
    const examples = this.commons.examplesOf(media ?? node, this.around.references, mediaType);
    return examples.length === 0 ? {} : { examples };
  }

  /** The media type object of a parameter whose text is a document. */
  private document(node: Node, content: Node): Node {
    this.commons.refuse(node.get("schema"), "a parameter has `schema` or `content`, not both", "remove one of them");
    const [entry, second] = this.commons.shape.map(content)?.entries() ?? [];
    const surplus =
      second?.[1] ?? (entry !== undefined && isJson(mediaTypeOf(entry[0])) ? undefined : (entry?.[1] ?? content));
    this.commons.refuse(
      surplus,
      "a parameter that holds a document holds one of JSON",
      "let `content` have the one key application/json, or describe the value by `schema`",
    );
    if (entry !== undefined) this.commons.known(entry[1], "a media type", ["schema", "example", "examples"]);
    return entry?.[1] ?? content;
  }

  private value(node: Node, required: boolean): Schema {
    const schema = node.get("schema");
    if (schema === undefined) return {};
    const value: Draft = { ...this.around.schemas.at(schema, this.around.dialect) };
    if (required) delete value.default;
    return value;
  }

  /** How a value is written: by a separator alone where that says it, else by style and `explode`. */
  private writing(node: Node, place: ParameterModel["in"]): Writing {
    const style = this.commons.shape.choice(node.get("style"), styles[place]) ?? styles[place][0];
    const explode = this.commons.shape.flag(node.get("explode")) ?? style === "form";
    const schema = node.get("schema");
    const { library } = this.around.references;
    const kind = schema === undefined ? "plain" : kindOf(schema, library);
    const refusal = schema && refusalOf({ place, style, explode, schema, library });
    if (refusal !== undefined) {
      const hint = "describe a plain value, a list or an object of plain values, or a JSON document by `content`";
      this.commons.refuse(node.get("style") ?? schema, refusal, hint);
    }
    const isMarked = style === "label" || style === "matrix";
    if (kind === "object") return { style, explode };
    if (kind === "list" && !isMarked) {
      const separator = separatorOf(style, explode);
      return separator === undefined ? {} : { separator };
    }
    return isMarked ? { style, ...(kind === "list" ? { explode } : {}) } : {};
  }
}
