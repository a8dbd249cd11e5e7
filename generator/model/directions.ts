/**
 * Requests and answers apart: what only the service writes (`readOnly`) is no part of a request, and what it never
 * tells (`writeOnly`) no part of an answer. A schema that stands on both sides and differs becomes two: its own name
 * is what is answered, the name with `Input` behind it what is sent. In a webhook the service sends the request, so
 * that its sides are the other way round.
 */

import { isRecord } from "../record.js";
import type { FoundOperation } from "./documents.js";
import type { MediaModel, NamedSchema, OperationModel, ResponseModel, Schema } from "./model.js";
import { schemaRefPrefix } from "./model.js";
import { namesIn, reachable } from "./reachable.js";
import { lookupIn } from "./required.js";
import { type Draft, mapInner } from "./schema.js";
import { refusing } from "./untold.js";

type Side = "request" | "response";

interface Described {
  readonly found: readonly FoundOperation[];
  readonly implicit: readonly ResponseModel[];
  readonly schemas: readonly NamedSchema[];
}

/** What the name of a schema's sent side ends in. */
export const inputSuffix = "Input";

const hiddenBy = { request: "readOnly", response: "writeOnly" } as const;

type IsHidden = (property: Schema, side: Side) => boolean;

const hides = (schema: Schema, side: Side, isHidden: IsHidden): boolean => {
  let found = Object.values(schema.properties ?? {}).some((property) => isHidden(property, side));
  mapInner(schema, (inner) => {
    found ||= hides(inner, side, isHidden);
    return inner;
  });
  return found;
};

/** The schemas that the sides see differently, through whatever they are made of. */
const differing = (schemas: readonly NamedSchema[], isHidden: IsHidden): ReadonlySet<string> => {
  const own = schemas.filter(({ schema }) => hides(schema, "request", isHidden) || hides(schema, "response", isHidden));
  const names = new Set(own.map(({ name }) => name));
  for (let before = -1; names.size > before; ) {
    before = names.size;
    for (const { name, schema } of schemas) {
      if ([...namesIn(schema)].some((inner) => names.has(inner))) names.add(name);
    }
  }
  return names;
};

/** The service with each side's own schemas; `split` is told of those that became two. */
export const directed = (service: Described, split: (name: string) => void): Described => {
  const lookup = lookupIn(service.schemas);
  const isHidden: IsHidden = (property, side) => {
    const target = property.$ref === undefined ? undefined : lookup(property.$ref);
    return property[hiddenBy[side]] === true || target?.[hiddenBy[side]] === true;
  };
  const names = differing(service.schemas, isHidden);
  if (names.size === 0) return service;
  const sent = reachable(
    service.found.map(({ operation, trigger }) => half(operation, trigger === undefined ? "request" : "response")),
    [],
    service.schemas,
  );
  const answered = reachable(
    service.found.map(({ operation, trigger }) => half(operation, trigger === undefined ? "response" : "request")),
    service.implicit,
    service.schemas,
  );
  const twofold = new Set([...names].filter((name) => sent.has(name) && answered.has(name)));
  for (const name of twofold) split(name);

  const referring = (reference: string, side: Side): string =>
    side === "request" && twofold.has(reference.slice(schemaRefPrefix.length)) ? reference + inputSuffix : reference;

  // What stands in `not` or `if` asks; a refusal there would turn the question round.
  const seen = (schema: Schema, side: Side, asserts = true): Schema => {
    const view: Draft = mapInner(schema, (inner) =>
      seen(inner, side, asserts && inner !== schema.not && inner !== schema.if),
    );
    if (view.$ref !== undefined) view.$ref = referring(view.$ref, side);
    if (view.discriminator?.mapping !== undefined) {
      const mapping = Object.entries(view.discriminator.mapping);
      const named = mapping.map(([value, reference]) => [value, referring(reference, side)]);
      view.discriminator = { ...view.discriminator, mapping: Object.fromEntries(named) };
    }
    const properties = Object.entries(schema.properties ?? {});
    const hidden = properties.filter(([, property]) => isHidden(property, side)).map(([name]) => name);
    if (hidden.length === 0) return view;
    const left = without(view, new Set(hidden));
    // Servers may overlook what they are not to be sent; what they are not to tell is a leak.
    return side === "response" && asserts ? refusing(left, hidden) : left;
  };

  const content = (media: readonly MediaModel[], side: Side): readonly MediaModel[] =>
    media.map((one) => (one.schema === undefined ? one : { ...one, schema: seen(one.schema, side) }));
  const answer = (response: ResponseModel, side: Side): ResponseModel => ({
    ...response,
    content: content(response.content, side),
  });
  const whole = (operation: OperationModel, asked: Side, told: Side): OperationModel => ({
    ...operation,
    parameters: operation.parameters.map((one) => ({ ...one, schema: seen(one.schema, asked) })),
    ...(operation.body && { body: { ...operation.body, content: content(operation.body.content, asked) } }),
    responses: operation.responses.map((response) => answer(response, told)),
  });
  return {
    found: service.found.map((one) => ({
      ...one,
      operation:
        one.trigger === undefined
          ? whole(one.operation, "request", "response")
          : whole(one.operation, "response", "request"),
    })),
    implicit: service.implicit.map((response) => answer(response, "response")),
    schemas: service.schemas.flatMap((named) => {
      const side = sent.has(named.name) && !twofold.has(named.name) ? "request" : "response";
      const own = { ...named, schema: seen(named.schema, side) };
      if (!twofold.has(named.name)) return [own];
      return [own, { ...named, name: named.name + inputSuffix, schema: seen(named.schema, "request") }];
    }),
  };
};

/** An operation with one of its sides alone. */
const half = (operation: OperationModel, side: Side): OperationModel => {
  if (side === "request") return { ...operation, responses: [] };
  const { body: _body, ...rest } = operation;
  return { ...rest, parameters: [] };
};

/** A schema without some of its properties, which are then not required either. */
const without = (schema: Schema, names: ReadonlySet<string>): Schema => {
  const { properties = {}, required = [], examples, ...rest } = schema;
  const left = required.filter((name) => !names.has(name));
  return {
    ...rest,
    ...(examples === undefined ? {} : { examples: examples.map((example) => withoutMembers(example, names)) }),
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !names.has(name))),
    ...(left.length === 0 ? {} : { required: left }),
  };
};

const withoutMembers = (example: unknown, names: ReadonlySet<string>): unknown =>
  isRecord(example) ? Object.fromEntries(Object.entries(example).filter(([name]) => !names.has(name))) : example;
