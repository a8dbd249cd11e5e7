/** A call that a reader can copy: the easiest operation of a service, with the least that it asks for. */

import { encodingOf } from "../emit/encoding.js";
import { literal } from "../emit/literal.js";
import { propertyKey } from "../emit/names.js";
import { namedSchemas, type ParameterPlace, parametersSchema } from "../emit/parts.js";
import type { OperationModel, Schema, ServiceModel } from "../model/model.js";
import { plainest } from "../values/choices.js";
import { fittingValue } from "../values/value.js";

export interface ExampleCall {
  readonly operation: string;
  /** How the member of the client is called: `.listPets` or `["list pets"]`. */
  readonly member: string;
  /** Empty where nothing has to be given. */
  readonly argument: string;
  /** The first success that is declared by its number. */
  readonly success?: string;
  readonly needsToken: boolean;
}

const places: readonly (readonly [string, ParameterPlace])[] = [
  ["params", "path"],
  ["query", "query"],
  ["headers", "header"],
];

/** The schema of the parts that a call cannot leave out; undefined where a body is more than one plain JSON value. */
function requiredParts({ parameters, body }: OperationModel): readonly (readonly [string, Schema])[] | undefined {
  const parts = places.flatMap(([part, place]): [string, Schema][] => {
    const schema = parametersSchema(
      parameters.filter(({ required }) => required),
      place,
    );
    return schema === undefined ? [] : [[part, schema]];
  });
  if (body === undefined || !body.required) return parts;
  const [media, ...others] = body.content;
  const isPlain = media?.schema !== undefined && others.length === 0 && encodingOf(media) === "json";
  return isPlain ? [...parts, ["body", media.schema]] : undefined;
}

/** The easier, the smaller: what is deprecated, changes something or needs much comes later. */
function difficulty({ deprecated, method, auth, responses }: OperationModel, parts: number): number {
  const answers = responses.some(({ status, content }) => status.startsWith("2") && content.length > 0);
  const weights = [
    [deprecated, 32],
    [method !== "GET", 16],
    [!answers, 8],
    [auth === "required", 4],
  ] as const;
  return weights.reduce((sum, [holds, weight]) => sum + (holds ? weight : 0), parts);
}

/** The call; undefined where every operation needs more than a README should show. */
export function exampleCall(model: ServiceModel): ExampleCall | undefined {
  const candidates = model.operations.flatMap((operation) => {
    const parts = requiredParts(operation);
    return parts === undefined ? [] : [{ operation, parts, rank: difficulty(operation, parts.length) }];
  });
  const [easiest] = candidates.sort((a, b) => a.rank - b.rank);
  if (easiest === undefined) return undefined;
  const { operation, parts } = easiest;
  const schemas = namedSchemas(model);
  const values = parts.map(([part, schema]) => [part, fittingValue(schema, schemas, plainest)]);
  const success = operation.responses.find(({ status }) => /^2\d\d$/.test(status))?.status;
  const key = propertyKey(operation.id);
  return {
    operation: operation.id,
    member: key === operation.id && !/^\d/.test(key) ? `.${key}` : `[${JSON.stringify(operation.id)}]`,
    argument: values.length === 0 ? "" : literal(Object.fromEntries(values)),
    ...(success === undefined ? {} : { success }),
    needsToken: operation.auth === "required",
  };
}
