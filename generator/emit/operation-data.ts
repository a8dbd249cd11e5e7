/** An operation of the model as the seam's data: what server, client and tests read at run time. */

import { memberOf } from "../member.js";
import type {
  BodyModel,
  MediaModel,
  OperationModel,
  ParameterModel,
  ResponseModel,
  Schema,
  ServiceModel,
} from "../model/model.js";
import type { Body, DeclaredResponse, DeclaredResponses, Operation, Parameter, Scalar } from "../seam/contract.js";
import { answerEncodingOf, encodingOf, encodings } from "./encoding.js";
import { answersOf, resolve } from "./parts.js";
import { isBinary } from "./schema-view.js";

type Shape = Pick<Parameter, "type" | "items" | "separator" | "default">;

const scalars: Readonly<Record<string, Scalar>> = {
  string: "string",
  integer: "integer",
  number: "number",
  boolean: "boolean",
};

/** A union of types is read as text unless all but null agree. */
function scalarOf(schema: Schema): Scalar | undefined {
  const types = [schema.type ?? typeOfValues(schema)].flat().filter((type) => type !== "null");
  const [only] = types;
  return types.length === 1 && only !== undefined ? memberOf(scalars, only) : undefined;
}

/** An enumeration without a type has the type of its values. */
function typeOfValues(schema: Schema): Scalar {
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const [first] = values;
  const same = values.every((value) => typeof value === typeof first);
  return same && (typeof first === "number" || typeof first === "boolean")
    ? typeof first === "number"
      ? "number"
      : "boolean"
    : "string";
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function defaultOf(value: unknown): Pick<Parameter, "default"> {
  if (isPlain(value)) return { default: value };
  return Array.isArray(value) && value.every(isPlain) ? { default: value } : {};
}

function shapeOf(model: ServiceModel, schema: Schema, separator: Parameter["separator"]): Shape {
  const resolved = resolve(model, schema);
  const given = defaultOf(schema.default ?? resolved.default);
  if (isBinary(resolved)) return { type: "file" };
  if (resolved.type === "array") {
    const element = typeof resolved.items === "object" ? scalarOf(resolve(model, resolved.items)) : undefined;
    return { type: "array", items: element ?? "string", separator: separator ?? "multi", ...given };
  }
  if (resolved.type === "object" || resolved.properties !== undefined || resolved.allOf !== undefined)
    return { type: "json" };
  return { type: scalarOf(resolved) ?? "string", ...given };
}

function parameterData(model: ServiceModel, parameter: ParameterModel): Parameter {
  const { name, in: place, required, allowReserved } = parameter;
  const reserved = allowReserved === true && place === "query" ? { reserved: true } : {};
  return { name, in: place, required, ...styledShape(model, parameter), ...reserved };
}

const separators = { spaceDelimited: " ", pipeDelimited: "|" } as const;

type Styled = Pick<ParameterModel, "schema" | "in" | "separator" | "style" | "explode">;

/** The shape of a value outside the body: an object there is written member by member. */
function styledShape(model: ServiceModel, parameter: Styled): Omit<Parameter, "name" | "in" | "required"> {
  const { schema, separator, style, explode } = parameter;
  if (style === "json") return { type: "json" };
  const shape = shapeOf(model, schema, separator ?? (style === undefined ? undefined : ","));
  const marks = style === "matrix" || style === "label" || style === "deepObject" ? { style } : {};
  if (shape.type === "array")
    return { ...shape, ...marks, ...(style !== undefined && explode === true ? { explode } : {}) };
  if (shape.type !== "json" || style === undefined) return { ...shape, ...marks };
  const between = style === "spaceDelimited" || style === "pipeDelimited" ? { separator: separators[style] } : {};
  return {
    type: "object",
    ...between,
    ...membersOf(model, parameter),
    ...marks,
    ...(explode === true ? { explode } : {}),
  };
}

/** What is known of an object's members, and of the keys that are none where they stand among other parameters. */
function membersOf(model: ServiceModel, parameter: Styled): Pick<Parameter, "members" | "others"> {
  const { properties, additional } = fieldsOf(model, parameter.schema);
  const members = [...properties].map(
    ([name, schema]) => [name, scalarOf(resolve(model, schema)) ?? "string"] as const,
  );
  const isSpread = parameter.in === "query" && parameter.style === "form" && parameter.explode === true;
  // Keys of the query that the document does not give to this object are somebody else's, unless it says so.
  const takesOthers = isSpread ? additional !== false && (additional !== undefined || members.length === 0) : true;
  const others = typeof additional === "object" ? scalarOf(resolve(model, additional)) : undefined;
  return {
    ...(members.length === 0 ? {} : { members }),
    ...(takesOthers ? { others: others ?? "string" } : {}),
  };
}

/** The keys of a query that are other parameters or credentials: an object of any keys never holds them. */
function apart(model: ServiceModel, operation: OperationModel, parameter: Parameter): Pick<Parameter, "apart"> {
  if (
    parameter.type !== "object" ||
    parameter.in !== "query" ||
    parameter.explode !== true ||
    parameter.style !== undefined
  )
    return {};
  const declared = operation.parameters.filter((other) => other.in === "query" && other.name !== parameter.name);
  const credentials = Object.values(model.securitySchemes).flatMap((scheme) =>
    scheme.type === "apiKey" && scheme.in === "query" ? [scheme.name] : [],
  );
  const names = [...new Set([...declared.map(({ name }) => name), ...credentials])];
  return names.length === 0 ? {} : { apart: names };
}

interface Fields {
  readonly properties: ReadonlyMap<string, Schema>;
  readonly required: ReadonlySet<string>;
  /** What the schema says of properties without a name; undefined where it says nothing. */
  readonly additional: Schema | boolean | undefined;
}

/** The properties of an object, also those that `allOf` brings. */
function fieldsOf(model: ServiceModel, schema: Schema): Fields {
  const resolved = resolve(model, schema);
  const inherited = (resolved.allOf ?? []).map((part) => fieldsOf(model, part));
  return {
    properties: new Map([
      ...inherited.flatMap(({ properties }) => [...properties]),
      ...Object.entries(resolved.properties ?? {}),
    ]),
    required: new Set([...inherited.flatMap(({ required }) => [...required]), ...(resolved.required ?? [])]),
    additional:
      resolved.additionalProperties ?? inherited.find(({ additional }) => additional !== undefined)?.additional,
  };
}

function formFields(model: ServiceModel, { schema, separators: between, partTypes }: MediaModel): readonly Parameter[] {
  const { properties, required } = fieldsOf(model, schema ?? {});
  return [...properties].map(([name, field]): Parameter => {
    const contentType = memberOf(partTypes ?? {}, name);
    const given = required.has(name);
    const shape = fieldShape(model, field, memberOf(between ?? {}, name), contentType ?? []);
    return { name, in: "form", required: given, ...shape, ...(contentType === undefined ? {} : { contentType }) };
  });
}

/** A field of a form may also be a list of files or of objects, and a part may say that its text is JSON. */
function fieldShape(
  model: ServiceModel,
  schema: Schema,
  separator: Parameter["separator"],
  partTypes: readonly string[],
): Shape {
  const resolved = resolve(model, schema);
  const [value, empty, more] = resolved.anyOf ?? [];
  // A value that may also be the empty text is read as the value.
  if (value !== undefined && empty?.const === "" && more === undefined)
    return fieldShape(model, value, separator, partTypes);
  const shape = shapeOf(model, schema, separator);
  const isJson = partTypes.length > 0 && partTypes.every((type) => encodingOf({ mediaType: type }) === "json");
  if (shape.type !== "array") return isJson ? { type: "json" } : shape;
  const items = typeof resolved.items === "object" ? resolve(model, resolved.items) : {};
  if (isBinary(items)) return { type: "array", items: "file", separator: "multi" };
  const areObjects = items.type === "object" || items.properties !== undefined;
  return areObjects || isJson ? { type: "array", items: "json", separator: "multi" } : shape;
}

function bodyData(model: ServiceModel, { required, content }: BodyModel): Body {
  const forms = content.filter((media) => ["form", "multipart"].includes(encodingOf(media)));
  const [first, ...others] = forms.map((media) => [media.mediaType, formFields(model, media)] as const);
  const different = others.filter(([, fields]) => JSON.stringify(fields) !== JSON.stringify(first?.[1]));
  return {
    required,
    content: encodings(content),
    ...(first === undefined ? {} : { fields: first[1] }),
    ...(different.length === 0 ? {} : { fieldsOf: Object.fromEntries(different) }),
  };
}

function responseData(model: ServiceModel, { content, headers }: ResponseModel): DeclaredResponse {
  const declared = headers.map((header): Parameter => {
    const { name, required } = header;
    const shape = styledShape(model, { separator: ",", ...header, in: "header" });
    return { name, in: "header", required, ...shape };
  });
  return { content: encodings(content, answerEncodingOf), ...(declared.length === 0 ? {} : { headers: declared }) };
}

/** Responses by status, as the seam's data. */
export function responsesData(model: ServiceModel, responses: readonly ResponseModel[]): DeclaredResponses {
  return Object.fromEntries(responses.map((response) => [response.status, responseData(model, response)]));
}

/** The names of parameters that a handler always finds: where they are absent, their default stands for them. */
export function defaultedNames(model: ServiceModel, { parameters }: OperationModel): readonly string[] {
  return parameters
    .map((parameter) => parameterData(model, parameter))
    .filter(({ required, default: value }) => !required && value !== undefined)
    .map(({ name }) => name);
}

/** The seam's data of one operation. */
export function operationData(model: ServiceModel, operation: OperationModel): Operation {
  const { id, method, path, auth, security, rateLimited, deprecated } = operation;
  return {
    id,
    method,
    path,
    auth,
    security: auth === "none" ? [] : security,
    parameters: operation.parameters.map((parameter) => {
      const data = parameterData(model, parameter);
      return { ...data, ...apart(model, operation, data) };
    }),
    body: operation.body === undefined ? null : bodyData(model, operation.body),
    responses: responsesData(model, answersOf(operation)),
    implicit: responsesData(model, model.implicit),
    rateLimited,
    deprecated,
  };
}
