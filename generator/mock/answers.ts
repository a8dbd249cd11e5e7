/** What a mock answers: an example of the document where one fits, else the least that its schema allows. */

import { answerEncodingOf } from "../emit/encoding.js";
import type { MediaModel, OperationModel, ResponseModel, Schema } from "../model/model.js";
import type { Check, Encoding } from "../seam/contract.js";
import { plainest } from "../values/choices.js";
import type { Schemas } from "../values/joined.js";
import { fittingValue } from "../values/value.js";

export interface MockAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The number that a status key stands for: of a range its first, of `default` a failure. */
export const statusOf = (key: string): number => (key === "default" ? 500 : Number(key.replace("XX", "00")));

/** The answer that a caller hopes for: the first success, else the first redirection, else whatever is declared. */
export function usualResponse({ responses }: OperationModel): ResponseModel | undefined {
  const inClass = (first: string): ResponseModel | undefined =>
    responses.find(({ status }) => status.startsWith(first));
  return inClass("2") ?? inClass("3") ?? responses[0];
}

/** The response that stands for a status: itself, its range or `default`. */
export const responseFor = ({ responses }: OperationModel, status: string): ResponseModel | undefined =>
  [status, `${status.slice(0, 1)}XX`, "default"]
    .map((key) => responses.find((response) => response.status === key))
    .find((response) => response !== undefined);

function bodyOf(media: MediaModel, schemas: Schemas, check: Check | undefined): unknown {
  const { schema, examples } = media;
  const encoding = answerEncodingOf(media);
  const fits = (value: unknown): boolean => check?.(value) === undefined;
  const made = schema === undefined ? emptyBody(encoding) : fittingValue(schema, schemas, plainest);
  const told = examples.flatMap((one) => ("value" in one ? [one.value] : []));
  const offered = [...told, ...examplesOf(schema, schemas), made];
  const chosen = offered.find(fits) ?? made;
  if (encoding === "bytes" || encoding === "stream") return new TextEncoder().encode(textOf(chosen));
  return encoding === "text" ? textOf(chosen) : chosen;
}

const emptyBody = (encoding: Encoding): unknown => (encoding === "json" ? {} : "");

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** Examples that a schema brings itself, or whatever it refers to. */
function examplesOf(schema: Schema | undefined, schemas: Schemas): readonly unknown[] {
  if (schema?.examples !== undefined) return schema.examples;
  const name = schema?.$ref?.split("/").at(-1) ?? "";
  return schemas[name]?.examples ?? [];
}

/** The answer of one status. Headers that are required are there, too. */
export function mockAnswer(
  { status, headers, content }: ResponseModel,
  schemas: Schemas,
  check: Check | undefined,
  exact: number = statusOf(status),
): MockAnswer {
  const [media] = content;
  const required = headers.filter((header) => header.required);
  const made = {
    status: exact,
    headers: Object.fromEntries(
      required.map(({ name, schema }) => [name, textOf(fittingValue(schema, schemas, plainest))]),
    ),
  };
  return media === undefined ? made : { ...made, body: bodyOf(media, schemas, check) };
}
