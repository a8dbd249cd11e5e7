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
import { isOneType } from "../seam/body.js";
import type { Encoding } from "../seam/contract.js";
import { encodingOf, encodings } from "./encoding.js";
import { streamFormat } from "./schema-view.js";

export type ParameterPlace = "path" | "query" | "header";

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

/** What one media type carries: bytes as they come, text as text, and otherwise what the document says. */
function carried(media: MediaModel, encoding: Encoding): Schema {
  if (encoding === "bytes" || encoding === "stream") return stream;
  return media.schema ?? (encoding === "text" ? { type: "string" } : {});
}

function alternatives(schemas: readonly Schema[]): Schema | undefined {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  const [first] = distinct;
  return distinct.length > 1 ? { anyOf: distinct } : first;
}

type Encodes = (media: MediaModel) => Encoding;

/** The body in all its media types; undefined when there is none. */
export function bodySchema(content: readonly MediaModel[], encodes: Encodes = encodingOf): Schema | undefined {
  return alternatives(content.map((media) => carried(media, encodes(media))));
}

/** The body of each media type by itself; nothing where there is but one, and that no range. */
export function bodySchemas(
  content: readonly MediaModel[],
  encodes: Encodes = encodingOf,
): readonly (readonly [mediaType: string, schema: Schema])[] {
  if (isOneType(encodings(content)) || content.length === 0) return [];
  return content.map((media) => [media.mediaType, carried(media, encodes(media))]);
}

/**
 * What a validator has to look at: one schema, under the empty name, where all media types share it, else each of its
 * own. Nothing where a body is bytes or the document is silent.
 */
export function checkedBodySchemas(
  content: readonly MediaModel[],
  encodes: Encodes = encodingOf,
): readonly (readonly [mediaType: string, schema: Schema])[] {
  const checkable = content.filter((media) => !["bytes", "stream"].includes(encodes(media)));
  const schemas = checkable.map((media) => [media.mediaType, carried(media, encodes(media))] as const);
  const [first, ...others] = schemas.map(([, schema]) => JSON.stringify(schema));
  const shared = first !== undefined && others.every((text) => text === first);
  const says = schemas.filter(([, schema]) => Object.keys(schema).length > 0);
  return shared ? says.slice(0, 1).map(([, schema]) => ["", schema] as const) : says;
}

/** Statuses whose answers end with their headers. */
const bodiless = /^(?:1\d\d|204|205|304)$/;

/** The responses of an operation as HTTP carries them: some have no body, whatever their document says. */
export function answersOf({ method, responses }: OperationModel): readonly ResponseModel[] {
  return responses.map((response) =>
    method === "HEAD" || bodiless.test(response.status) ? { ...response, content: [] } : response,
  );
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
