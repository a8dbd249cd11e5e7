/** Swagger 2.0's parameters: outside the body, the body itself, and the fields of forms; and response headers. */

import type { Node } from "../load/node.js";
import type { Commons, Surroundings } from "./documents.js";
import type { BodyModel, HeaderModel, MediaModel, ParameterModel, Schema } from "./model.js";
import { requestName } from "./names.js";
import type { Draft } from "./schema.js";
import { refuseUnusable } from "./unusable.js";

type Separator = NonNullable<ParameterModel["separator"]>;

const separators: Readonly<Record<string, Separator>> = { csv: ",", ssv: " ", tsv: "\t", pipes: "|", multi: "multi" };

/** The keywords of a parameter or header that describe its value. */
const valueKeys = [
  "type",
  "format",
  "items",
  "default",
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "enum",
  "multipleOf",
];

/** Ends the name of a query parameter that stands for any number of keys: the dialect has no other way to say it. */
const ellipsis = "...";

const recordOf = (schema: Schema): Schema => ({ type: "object", additionalProperties: schema });

const forms = ["application/x-www-form-urlencoded", "multipart/form-data"];

export class Swagger2Parameters {
  private readonly around: Surroundings;
  private readonly commons: Commons;

  constructor(around: Surroundings, commons: Commons) {
    this.around = around;
    this.commons = commons;
  }

  /** Parameters of path, query and header. */
  outside(nodes: readonly Node[]): readonly ParameterModel[] {
    return nodes.flatMap((node) => {
      const place = this.commons.placeIn(node, ["path", "query", "header", "body", "formData"]);
      const name = this.commons.shape.text(this.commons.shape.need(node, "name"));
      if (place === undefined || name === undefined || place === "body" || place === "formData") return [];
      this.knownValue(node, "a parameter");
      const required = this.commons.isRequired(node, place);
      const description = this.commons.shape.text(node.get("description"));
      const separator = this.separator(node, place === "query");
      const isRecord = place === "query" && name.endsWith(ellipsis);
      return {
        name: isRecord ? name.slice(0, -ellipsis.length) : name,
        in: place,
        required,
        schema: isRecord ? recordOf(this.value(node, required)) : this.value(node, required),
        ...(isRecord ? { style: "form", explode: true } : {}),
        ...(place === "query" && node.get("allowEmptyValue")?.value === true ? { allowEmptyValue: true } : {}),
        ...(separator === undefined ? {} : { separator }),
        ...(description === undefined ? {} : { description }),
        deprecated: this.commons.shape.flag(node.get("deprecated")) ?? false,
        origin: node.origin(),
      };
    });
  }

  /** The body parameter, or the form that the formData parameters make. */
  body(nodes: readonly Node[], consumes: readonly string[], id: string, operation: Node): BodyModel | undefined {
    const bodies = nodes.filter((node) => node.get("in")?.value === "body");
    const fields = nodes.filter((node) => node.get("in")?.value === "formData");
    const [body, second] = bodies;
    const surplus = second ?? (body === undefined ? undefined : fields[0]);
    if (surplus !== undefined) {
      this.commons.refuse(
        surplus,
        "an operation has one body: one body parameter, or form fields",
        "remove one of them",
      );
    }
    if (body !== undefined) return this.whole(body, consumes, id);
    return fields.length === 0 ? undefined : this.form(fields, consumes, id, operation);
  }

  headers(node: Node | undefined): readonly HeaderModel[] {
    return (this.commons.shape.map(node)?.entries() ?? []).flatMap(([name, header]) => {
      refuseUnusable(name, "a header", header, this.around.findings);
      if (this.commons.shape.map(header) === undefined) return [];
      this.commons.known(header, "a header", [...valueKeys, "description", "collectionFormat"]);
      const description = this.commons.shape.text(header.get("description"));
      return {
        name: name.toLowerCase(),
        required: false,
        schema: this.value(header, false),
        ...(description === undefined ? {} : { description }),
      };
    });
  }

  private whole(node: Node, consumes: readonly string[], id: string): BodyModel {
    this.commons.known(node, "a body parameter", ["name", "in", "description", "required", "schema", "type"]);
    const type = node.get("type");
    if (type !== undefined) {
      this.around.findings.defect("body-with-type", type, {
        message: "a body parameter has a schema and no type of its own",
        hint: "remove `type`",
        part: "key",
      });
    }
    const schemaNode = this.commons.shape.need(node, "schema");
    const schema = schemaNode && this.around.schemas.body(requestName(id), schemaNode, this.around.dialect);
    const description = this.commons.shape.text(node.get("description"));
    return {
      required: this.commons.shape.flag(node.get("required")) ?? false,
      ...(description === undefined ? {} : { description }),
      content: consumes.map((mediaType): MediaModel => ({ mediaType, ...(schema ? { schema } : {}), examples: [] })),
      ...this.commons.kept(node),
      origin: node.origin(),
    };
  }

  private form(fields: readonly Node[], consumes: readonly string[], id: string, operation: Node): BodyModel {
    const properties: Record<string, Schema> = {};
    const arrays: Record<string, Separator> = {};
    const required: string[] = [];
    for (const field of fields) {
      this.knownValue(field, "a form field");
      const name = this.commons.shape.text(this.commons.shape.need(field, "name"));
      if (name === undefined) continue;
      const isRequired = this.commons.shape.flag(field.get("required")) ?? false;
      const description = this.commons.shape.text(field.get("description"));
      const value = this.value(field, isRequired);
      const mayBeEmpty = field.get("allowEmptyValue")?.value === true && field.get("type")?.value !== "file";
      properties[name] = {
        ...(mayBeEmpty ? { anyOf: [value, { const: "" }] } : value),
        ...(description === undefined ? {} : { description }),
      };
      const separator = this.separator(field, true);
      if (separator !== undefined) arrays[name] = separator;
      if (isRequired) required.push(name);
    }
    const holder = operation.get("parameters") ?? operation;
    const schema = this.around.schemas.naming(requestName(id), holder, this.around.dialect, {
      type: "object",
      properties,
      ...(required.length === 0 ? {} : { required }),
    });
    const holdsFile = fields.some((field) => field.get("type")?.value === "file");
    const declared = consumes.filter((mediaType) => forms.includes(mediaType));
    const mediaTypes =
      declared.length > 0 ? declared : [holdsFile ? "multipart/form-data" : "application/x-www-form-urlencoded"];
    return {
      required: required.length > 0,
      content: mediaTypes.map((mediaType) => ({
        mediaType,
        schema,
        examples: [],
        ...(Object.keys(arrays).length === 0 ? {} : { separators: arrays }),
      })),
      origin: holder.origin(),
    };
  }

  /** The schema of a value; a default beside `required` is never applied, so it is left out. */
  private value(node: Node, required: boolean): Schema {
    const keys = node
      .entries()
      .map(([key]) => key)
      .filter((key) => valueKeys.includes(key) || key.startsWith("x-"));
    const schema: Draft = this.around.schemas.part(node, keys, this.around.dialect);
    if (required) delete schema.default;
    return node.get("x-nullable")?.value === true && typeof schema.type === "string"
      ? { ...schema, type: [schema.type, "null"] }
      : schema;
  }

  private separator(node: Node, mayRepeat: boolean): Separator | undefined {
    if (node.get("type")?.value !== "array") return undefined;
    const format = node.get("collectionFormat");
    const choices = mayRepeat ? Object.keys(separators) : Object.keys(separators).filter((name) => name !== "multi");
    return separators[this.commons.shape.choice(format, choices) ?? "csv"];
  }

  private knownValue(node: Node, what: string): void {
    this.commons.known(node, what, [
      ...valueKeys,
      "name",
      "in",
      "description",
      "required",
      "collectionFormat",
      "deprecated",
      "allowEmptyValue",
    ]);
  }
}
