/**
 * `openapi.json`: the whole service as one OpenAPI 3.1 document. What OpenAPI cannot say stands in extensions:
 * `x-alternatives` on a path item holds further operations of the same method, told apart by their bodies.
 */

import { memberOf } from "../member.js";
import type {
  BodyModel,
  ExampleModel,
  HeaderModel,
  MediaModel,
  OperationModel,
  ParameterModel,
  ResponseModel,
  SecuritySchemeModel,
  ServiceModel,
  Trigger,
  WebhookModel,
} from "../model/model.js";
import type { EmittedFile } from "./file.js";

type Json = Readonly<Record<string, unknown>>;

/** Where implicit responses stand: what dispatch alone may answer. */
export const implicitResponsePrefix = "Implicit";

/** Leaves out what is absent. */
function object(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const whenTrue = (value: boolean): true | undefined => (value ? true : undefined);

function byKey<Item>(items: readonly Item[], key: (item: Item) => string, value: (item: Item) => unknown): Json {
  return Object.fromEntries(items.map((item) => [key(item), value(item)]));
}

function style({
  separator,
  in: place,
  style: named,
  explode,
}: Pick<ParameterModel, "separator" | "in" | "style" | "explode">): Json {
  if (named !== undefined) return named === "json" ? {} : object({ style: named, explode });
  const joined = place === "query" || place === "cookie" ? "form" : "simple";
  switch (separator) {
    case "multi":
      return { style: "form", explode: true };
    case ",":
      return { style: joined, explode: false };
    case " ":
      return { style: "spaceDelimited", explode: false };
    case "|":
      return { style: "pipeDelimited", explode: false };
    case "\t":
      return { "x-separator": "\t" };
    default:
      return {};
  }
}

function parameter(model: ParameterModel): Json {
  const { name, in: place, required, description, deprecated, schema, allowReserved, allowEmptyValue } = model;
  const examples = numbered(model.examples);
  return object({
    name,
    in: place,
    required: whenTrue(required),
    deprecated: whenTrue(deprecated),
    description,
    allowEmptyValue,
    allowReserved,
    ...style(model),
    ...(model.style === "json"
      ? { content: { "application/json": object({ schema, examples }) } }
      : { schema, examples }),
    ...model.kept,
  });
}

function numbered(examples: readonly ExampleModel[] = []): Json | undefined {
  const named = examples.map(({ value, kept }, index) => [`example${index + 1}`, object({ value, ...kept })]);
  return named.length === 0 ? undefined : Object.fromEntries(named);
}

function media(model: MediaModel): Json {
  const { schema, examples, kept } = model;
  return object({ schema, examples: numbered(examples), encoding: encoding(model), ...kept });
}

/** How the fields of a form are written. */
function encoding({ separators = {}, partTypes = {} }: MediaModel): Json | undefined {
  const names = [...new Set([...Object.keys(separators), ...Object.keys(partTypes)])];
  const written = names.map((name) => {
    const separator = memberOf(separators, name);
    const styled = separator === undefined ? {} : style({ in: "query", separator });
    return [name, object({ contentType: memberOf(partTypes, name)?.join(", "), ...styled })];
  });
  return names.length === 0 ? undefined : Object.fromEntries(written);
}

function content(all: readonly MediaModel[]): Json | undefined {
  return all.length === 0 ? undefined : byKey(all, ({ mediaType }) => mediaType, media);
}

function requestBody(body: BodyModel): Json {
  const { description, required } = body;
  return object({ description, required: whenTrue(required), content: content(body.content) ?? {}, ...body.kept });
}

function header({ description, required, deprecated, schema, examples, kept, explode }: HeaderModel): Json {
  return object({
    description,
    required: whenTrue(required),
    deprecated,
    explode,
    schema,
    examples: numbered(examples),
    ...kept,
  });
}

function response({ description, headers, content: body, kept }: ResponseModel): Json {
  const named = headers.length === 0 ? undefined : byKey(headers, ({ name }) => name, header);
  return object({ description, headers: named, content: content(body), ...kept });
}

function responses(model: ServiceModel, operation: OperationModel): Json {
  const declared = new Set(operation.responses.map(({ status }) => status));
  const implicit = model.implicit.filter(({ status }) => !declared.has(status));
  return {
    ...byKey(operation.responses, ({ status }) => status, response),
    ...byKey(
      implicit,
      ({ status }) => status,
      ({ status }) => ({ $ref: `#/components/responses/${implicitResponsePrefix}${status}` }),
    ),
    ...operation.responsesKept,
  };
}

function security({ auth, security: alternatives, scopes = {} }: OperationModel): Json {
  if (auth === "none") return { security: [] };
  const named = alternatives
    .filter((schemes) => schemes.length > 0)
    .map((schemes) =>
      byKey(
        schemes,
        (scheme) => scheme,
        (scheme) => memberOf(scopes, scheme) ?? [],
      ),
    );
  if (auth === "optional") return { security: [{}, ...named] };
  // A document may ask for credentials without naming a scheme; an empty list would say the opposite.
  return named.length === 0 ? { "x-auth": "required" } : { security: named };
}

function operationObject(model: ServiceModel, operation: OperationModel): Json {
  const { id, summary, description, deprecated, tags, parameters, body, extensions } = operation;
  return object({
    operationId: id,
    summary,
    description,
    tags: tags.length === 0 ? undefined : tags,
    deprecated: whenTrue(deprecated),
    ...security(operation),
    parameters: parameters.length === 0 ? undefined : parameters.map(parameter),
    requestBody: body && requestBody(body),
    responses: responses(model, operation),
    callbacks: callbacks(model, operation),
    ...operation.kept,
    ...extensions,
  });
}

/** Path items by a name of whoever receives the requests in them. */
function sentItems(model: ServiceModel, sent: readonly WebhookModel[], keyOf: (trigger: Trigger) => string): Json {
  const items: Record<string, Json> = {};
  for (const { trigger, operation } of sent) {
    // What dispatch of the service may answer is not what its receivers answer.
    const parameters = operation.parameters.filter(({ in: place }) => place !== "path");
    const described = operationObject({ ...model, implicit: [] }, { ...operation, parameters });
    const item = items[keyOf(trigger)] ?? operation.pathKept;
    items[keyOf(trigger)] = { ...item, [operation.method.toLowerCase()]: described };
  }
  return items;
}

function callbacks(model: ServiceModel, { id }: OperationModel): Json | undefined {
  const own = model.webhooks.filter(({ trigger }) => trigger.kind === "callback" && trigger.operations.includes(id));
  const names = [...new Set(own.map(({ trigger }) => trigger.name))];
  const byName = (name: string): readonly WebhookModel[] => own.filter(({ trigger }) => trigger.name === name);
  const expressionOf = (trigger: Trigger): string => (trigger.kind === "callback" ? trigger.expression : trigger.name);
  return names.length === 0
    ? undefined
    : byKey(
        names,
        (name) => name,
        (name) => ({ ...sentItems(model, byName(name), expressionOf), ...keptOf(byName(name)) }),
      );
}

const keptOf = (sent: readonly WebhookModel[]): Json =>
  Object.assign({}, ...sent.map(({ trigger }) => (trigger.kind === "callback" ? trigger.kept : {})));

function webhooks(model: ServiceModel): Json | undefined {
  const sent = model.webhooks.filter(({ trigger }) => trigger.kind === "webhook");
  return sent.length === 0 ? undefined : sentItems(model, sent, ({ name }) => name);
}

function paths(model: ServiceModel): Json {
  const items: Record<string, Record<string, unknown>> = {};
  for (const operation of model.operations) {
    const method = operation.method.toLowerCase();
    const item = items[operation.path] ?? { ...operation.pathKept };
    items[operation.path] = item;
    if (item[method] === undefined) {
      item[method] = operationObject(model, operation);
      continue;
    }
    const alternatives = Array.isArray(item["x-alternatives"]) ? item["x-alternatives"] : [];
    item["x-alternatives"] = [...alternatives, { method, ...operationObject(model, operation) }];
  }
  return { ...items, ...model.about?.paths };
}

function securityScheme(scheme: SecuritySchemeModel): Json {
  // OpenAPI knows four types; any other way is described in words under the nearest of them.
  return scheme.type === "other" ? { type: "http", scheme: "custom", description: scheme.description } : { ...scheme };
}

function components(model: ServiceModel): Json {
  const schemes = Object.entries(model.securitySchemes);
  return object({
    schemas: byKey(
      model.schemas,
      ({ name }) => name,
      ({ schema }) => schema,
    ),
    responses:
      model.implicit.length === 0
        ? undefined
        : byKey(model.implicit, ({ status }) => `${implicitResponsePrefix}${status}`, response),
    securitySchemes:
      schemes.length === 0
        ? undefined
        : byKey(
            schemes,
            ([name]) => name,
            ([name, scheme]) => memberOf(model.securityKept ?? {}, name) ?? securityScheme(scheme),
          ),
    ...model.about?.components,
  });
}

/** The document as data. */
export function openapiDocument(model: ServiceModel): Json {
  const { title, version, description } = model;
  return object({
    openapi: "3.1.0",
    info: object({ title, version, description, ...model.about?.info }),
    paths: paths(model),
    webhooks: webhooks(model),
    components: components(model),
    ...model.about?.document,
  });
}

export function emitOpenapi(model: ServiceModel): EmittedFile[] {
  return [{ path: `${model.name}/openapi.json`, text: `${JSON.stringify(openapiDocument(model), null, 2)}\n` }];
}
