/** An operation of the model as the seam's data: what server, client and tests read at run time. */

import type { BodyModel, OperationModel, ParameterModel, ResponseModel, Schema, ServiceModel } from "../model/model.js";
import type { Body, DeclaredResponse, DeclaredResponses, Operation, Parameter, Scalar } from "../seam/contract.js";
import { encodingOf, encodings } from "./encoding.js";
import { resolve } from "./parts.js";
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
  return types.length === 1 && only !== undefined ? scalars[only] : undefined;
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
  const { name, required } = parameter;
  return { name, in: parameter.in, required, ...shapeOf(model, parameter.schema, parameter.separator) };
}

interface Fields {
  readonly properties: ReadonlyMap<string, Schema>;
  readonly required: ReadonlySet<string>;
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
  };
}

function formFields(model: ServiceModel, body: BodyModel): readonly Parameter[] | undefined {
  const form = body.content.find(({ mediaType }) => ["form", "multipart"].includes(encodingOf(mediaType)));
  if (form?.schema === undefined) return undefined;
  const { properties, required } = fieldsOf(model, form.schema);
  return [...properties].map(([name, schema]) => ({
    name,
    in: "form",
    required: required.has(name),
    ...shapeOf(model, schema, undefined),
  }));
}

function bodyData(model: ServiceModel, body: BodyModel): Body {
  const fields = formFields(model, body);
  return { required: body.required, content: encodings(body.content), ...(fields === undefined ? {} : { fields }) };
}

function responseData(model: ServiceModel, { content, headers }: ResponseModel): DeclaredResponse {
  const declared = headers.map(
    ({ name, required, schema }): Parameter => ({ name, in: "header", required, ...shapeOf(model, schema, ",") }),
  );
  return { content: encodings(content), ...(declared.length === 0 ? {} : { headers: declared }) };
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
    parameters: operation.parameters.map((parameter) => parameterData(model, parameter)),
    body: operation.body === undefined ? null : bodyData(model, operation.body),
    responses: responsesData(model, operation.responses),
    implicit: responsesData(model, model.implicit),
    rateLimited,
    deprecated,
  };
}
