/** The parts of an operation as one schema each: what types and validators are printed from. */

import type {
  HeaderModel,
  MediaModel,
  OperationModel,
  ParameterModel,
  ResponseModel,
  Schema,
  ServiceModel,
} from "../model/model.js";
import { schemaRefPrefix } from "../model/model.js";
import { encodingOf } from "./encoding.js";
import { streamFormat } from "./schema-view.js";

export type ParameterPlace = "path" | "query" | "header";

const binary: Schema = { type: "string", format: "binary" };
const stream: Schema = { type: "string", format: streamFormat };

interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly description?: string;
  readonly deprecated?: boolean;
}

function objectOf(fields: readonly Field[]): Schema {
  const properties = fields.map(({ name, schema, description, deprecated }): [string, Schema] => [
    name,
    {
      ...schema,
      ...(description === undefined ? {} : { description }),
      ...(deprecated === true ? { deprecated } : {}),
    },
  ]);
  const required = fields.filter((field) => field.required).map(({ name }) => name);
  return { type: "object", properties: Object.fromEntries(properties), ...(required.length === 0 ? {} : { required }) };
}

/** The parameters that stand in one place, as an object; undefined when there are none. Cookies are a header. */
export function parametersSchema(parameters: readonly ParameterModel[], place: ParameterPlace): Schema | undefined {
  const fields = parameters.filter(
    (parameter) => parameter.in === place || (place === "header" && parameter.in === "cookie"),
  );
  return fields.length === 0 ? undefined : objectOf(fields.map(orEmpty));
}

/** A value that may also be the empty text. */
function orEmpty(parameter: ParameterModel): ParameterModel {
  const { schema, allowEmptyValue } = parameter;
  return allowEmptyValue === true ? { ...parameter, schema: { anyOf: [schema, { const: "" }] } } : parameter;
}

/** The headers of an answer, as an object; undefined when there are none. */
export function headersSchema(headers: readonly HeaderModel[]): Schema | undefined {
  return headers.length === 0 ? undefined : objectOf(headers);
}

/** What one media type carries: bytes as they are, text as text, and otherwise what the document says. */
function carried({ mediaType, schema }: MediaModel): Schema {
  const encoding = encodingOf(mediaType);
  if (encoding === "bytes") return binary;
  if (encoding === "stream") return stream;
  return schema ?? (encoding === "text" ? { type: "string" } : {});
}

function alternatives(schemas: readonly Schema[]): Schema | undefined {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  const [first] = distinct;
  return distinct.length > 1 ? { anyOf: distinct } : first;
}

/** The body in all its media types; undefined when there is none. */
export function bodySchema(content: readonly MediaModel[]): Schema | undefined {
  return alternatives(content.map(carried));
}

/** What a validator has to look at: nothing where the body is bytes or the document is silent. */
export function checkedBodySchema(content: readonly MediaModel[]): Schema | undefined {
  const checkable = content
    .filter(({ mediaType }) => !["bytes", "stream"].includes(encodingOf(mediaType)))
    .map(carried);
  const says = (schema: Schema): boolean => Object.keys(schema).length > 0;
  return checkable.length > 0 && checkable.every(says) ? alternatives(checkable) : undefined;
}

/** What dispatch alone may answer to this operation: the implicit responses it does not declare itself. */
export function implicitResponses(model: ServiceModel, operation: OperationModel): readonly ResponseModel[] {
  const declared = new Set(operation.responses.map(({ status }) => status));
  return model.implicit.filter(({ status }) => !declared.has(status));
}

/** The named schemas of a service, by name. */
export function namedSchemas({ schemas }: ServiceModel): Readonly<Record<string, Schema>> {
  return Object.fromEntries(schemas.map(({ name, schema }) => [name, schema]));
}

/** The schema itself, behind however many references. */
export function resolve(model: ServiceModel, schema: Schema): Schema {
  const seen = new Set<string>();
  let current = schema;
  while (current.$ref !== undefined && !seen.has(current.$ref)) {
    seen.add(current.$ref);
    const name = current.$ref.slice(schemaRefPrefix.length);
    const named = model.schemas.find((candidate) => candidate.name === name);
    if (named === undefined) break;
    current = named.schema;
  }
  return current;
}
