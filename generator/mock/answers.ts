/** What a mock answers: an example of the document where one fits, else the least that its schema allows. */

import type { ExampleModel, HeaderModel, MediaModel, OperationModel, ResponseModel, Schema } from "../model/model.js";
import type { Check, DeclaredResponse } from "../seam/contract.js";
import { plainest } from "../values/choices.js";
import type { Schemas } from "../values/joined.js";
import { fittingValue } from "../values/value.js";
import { bodyOf } from "./body.js";

export interface MockAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly contentType?: string;
  readonly body?: unknown;
}

/** What a caller hopes for, by `Prefer` and `Accept`. */
export interface Wishes {
  /** The name of an example, or the name that one of the values has which it may be. */
  readonly example?: string | undefined;
  /** The value of `Accept`. */
  readonly accept?: string | undefined;
  /** The status itself where the document has but its range, or `default`. */
  readonly status?: number | undefined;
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

/** The first response that has an example of this name. */
export const responseWith = ({ responses }: OperationModel, example: string): ResponseModel | undefined =>
  responses.find(({ content }) => content.some(({ examples }) => examples.some((one) => nameOf(one) === example)));

/** What a document calls an example: the key that it stands under. */
export function nameOf({ origin }: ExampleModel): string | undefined {
  const [, key] = /\/examples\/([^/]+)(?:\/value)?$/u.exec(origin.pointer) ?? [];
  return key?.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The media type that a caller takes, else the first. Weights are not looked at: what is named first goes first. */
export function acceptable(content: readonly MediaModel[], accept = ""): MediaModel | undefined {
  const ranges = accept.split(",").map((range) => range.split(";", 1)[0]?.trim().toLowerCase() ?? "");
  const fits = (range: string, mediaType: string): boolean =>
    range === mediaType || (range.endsWith("/*") && range !== "*/*" && mediaType.startsWith(range.slice(0, -1)));
  return ranges.map((range) => content.find(({ mediaType }) => fits(range, mediaType))).find(Boolean) ?? content[0];
}

/** Examples that a schema brings itself, or whatever it refers to. */
function examplesOf(schema: Schema | undefined, schemas: Schemas): readonly unknown[] {
  if (schema?.examples !== undefined) return schema.examples;
  const name = schema?.$ref?.split("/").at(-1) ?? "";
  return schemas[name]?.examples ?? [];
}

function bodyValue(
  { schema, examples }: MediaModel,
  schemas: Schemas,
  check: Check | undefined,
  wanted?: string,
): unknown {
  const made = schema === undefined ? undefined : fittingValue(schema, schemas, plainest);
  const first = examples.filter((one) => wanted !== undefined && nameOf(one) === wanted);
  const offered = [...first, ...examples].map(({ value }) => value).filter((value) => value !== undefined);
  return [...offered, ...examplesOf(schema, schemas), made].find((value) => check?.(value) === undefined) ?? made;
}

/** Headers that are required, and those that the document has an example of. */
function headersOf(headers: readonly HeaderModel[], schemas: Schemas): Readonly<Record<string, unknown>> {
  const told = headers.flatMap(({ name, required, schema }): [string, unknown][] => {
    const [example] = examplesOf(schema, schemas);
    if (example === undefined && !required) return [];
    return [[name.toLowerCase(), example ?? fittingValue(schema, schemas, plainest)]];
  });
  return Object.fromEntries(told);
}

/** The answer of one status. */
export function mockAnswer(
  { status, headers, content }: ResponseModel,
  declared: DeclaredResponse | undefined,
  schemas: Schemas,
  checkOf: (mediaType: string) => Check | undefined,
  wishes: Wishes = {},
): MockAnswer {
  const media = acceptable(content, wishes.accept);
  const made = { status: wishes.status ?? statusOf(status), headers: headersOf(headers, schemas) };
  if (media === undefined) return made;
  const { mediaType } = media;
  const value = bodyValue(media, schemas, checkOf(mediaType), wishes.example);
  const { body, contentType } = bodyOf(value, mediaType, declared?.content[mediaType] ?? "json");
  const { "content-type": given, ...others } = made.headers;
  // A header that says which type the body has says no other.
  const type = content.some((one) => one.mediaType === given) ? String(given) : contentType;
  return { ...made, headers: others, contentType: type, body };
}
