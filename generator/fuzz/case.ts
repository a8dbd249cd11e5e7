/** Requests derived from a document: ones that fit it, and ones that break it in one place each. */

import { operationData } from "../emit/operation-data.js";
import { namedSchemas, parametersSchema } from "../emit/parts.js";
import type { OperationModel, ParameterModel, Schema, ServiceModel } from "../model/model.js";
import type { Operation } from "../seam/contract.js";
import { writeCall } from "../seam/outgoing.js";
import { mutations } from "../values/broken.js";
import { choicesFrom } from "../values/choices.js";
import type { Schemas } from "../values/joined.js";
import { fittingValue } from "../values/value.js";
import { bodyValue, type Media, mediaOf, sendable } from "./body.js";
import { bodyExample, exemplary } from "./example.js";
import { type Sent, sentOf, withBody } from "./sent.js";

/** One attempt, and how to try it plainer. */
export interface Case {
  readonly what: string;
  readonly sent: Sent;
  /** Made to be what the document allows. */
  readonly fits?: boolean;
  /** Sent without the credentials that all others have. */
  readonly isAnonymous?: boolean;
  /** The choices that it was made by; absent where it is plain already. */
  readonly numbers?: readonly number[];
}

/** The values of a request, and how its body is written. */
interface Made {
  readonly media: Media | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

const objectIn = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});

const parts = ["params", "query", "headers", "body"] as const;

/** How a part that was spoiled is told to people. */
const spoiled: Readonly<Record<(typeof parts)[number], string>> = {
  params: "a path that breaks",
  query: "a query that breaks",
  headers: "headers that break",
  body: "a body that breaks",
};

/** What an operation's requests are made of. */
export class Requests {
  readonly #model: OperationModel;
  readonly #schemas: Schemas;
  readonly #media: readonly Media[];
  readonly data: Operation;

  constructor(service: ServiceModel, model: OperationModel) {
    this.#model = model;
    this.#schemas = namedSchemas(service);
    this.data = operationData(service, model);
    this.#media = mediaOf(model.body?.content ?? [], this.data);
  }

  get #hasBody(): boolean {
    return this.data.method !== "GET" && this.data.method !== "HEAD" && this.#media.length > 0;
  }

  #schemaOf(part: (typeof parts)[number], media: Media | undefined): Schema | undefined {
    const parameters = this.#model.parameters.map((parameter) => this.#sayable(parameter));
    if (part === "params") return parametersSchema(parameters, "path");
    if (part === "query") return parametersSchema(parameters, "query");
    return part === "headers" ? parametersSchema(parameters, "header") : media?.schema;
  }

  /** A list that must be there holds something: outside a body an empty one is written like none. */
  #sayable(parameter: ParameterModel): ParameterModel {
    const isList = this.data.parameters.some(
      ({ name, in: place, type }) => name === parameter.name && place === parameter.in && type === "array",
    );
    if (!isList || !parameter.required) return parameter;
    return { ...parameter, schema: { allOf: [parameter.schema, { type: "array", minItems: 1 }] } };
  }

  /** The parts of a request, each as a value that fits. */
  #made(numbers: readonly number[]): Made {
    const choices = choicesFrom(numbers);
    const media = this.#hasBody ? this.#media[choices.below(this.#media.length)] : undefined;
    const values = parts.flatMap((part): [string, unknown][] => {
      if (part === "body") return media === undefined ? [] : [[part, bodyValue(media, this.#schemas, choices)]];
      const schema = this.#schemaOf(part, media);
      return schema === undefined ? [] : [[part, fittingValue(schema, this.#schemas, choices)]];
    });
    return { media, values: Object.fromEntries(values) };
  }

  /** Undefined where the parts cannot be written as a request: a path without text, for one. */
  async #written({ media, values: { params, query, headers, body } }: Made): Promise<Sent | undefined> {
    const given = {
      params: objectIn(params),
      query: objectIn(query),
      headers: objectIn(headers),
      ...(media === undefined ? {} : { body: sendable(body, media, this.data) }),
    };
    // Forms of several parts name their type themselves, with what stands between the parts.
    const contentType = media === undefined || media.encoding === "multipart" ? null : media.mediaType;
    try {
      const call = this.#plainCall(media) ?? this.data;
      const { target, headers: named, body: written } = writeCall(call, given, contentType);
      return await sentOf(this.data.method, { target, headers: named, body: bodyInit(written) });
    } catch (error) {
      if (error instanceof TypeError || error instanceof URIError) return undefined;
      throw error;
    }
  }

  /** The operation as if its body had no other type than this form's. */
  #plainCall(media: Media | undefined): Operation | undefined {
    const { body } = this.data;
    if (body === null || media?.encoding !== "multipart") return undefined;
    return { ...this.data, body: { ...body, content: { [media.mediaType]: media.encoding } } };
  }

  /** A request that fits, made by choices; the plainest where there are none. */
  async fitting(numbers: readonly number[]): Promise<Case | undefined> {
    const sent = await this.#written(this.#made(numbers));
    return sent === undefined ? undefined : { what: "a request that fits", sent, fits: true, numbers };
  }

  /** A request as the examples of the document have it; undefined where there are none, or they make what fits anyway. */
  async exemplary(): Promise<Case | undefined> {
    const { media, values } = this.#made([]);
    const shown = parts.flatMap((part): [string, unknown][] => {
      if (!(part in values)) return [];
      const schema = this.#schemaOf(part, media);
      const whole = part === "body" ? bodyExample(this.#model.body?.content ?? [], media?.mediaType) : undefined;
      return [[part, whole ?? (schema === undefined ? values[part] : exemplary(schema, values[part], this.#schemas))]];
    });
    const made = Object.fromEntries(shown);
    if (JSON.stringify(made) === JSON.stringify(values)) return undefined;
    const sent = await this.#written({ media, values: made });
    return sent === undefined ? undefined : { what: "an example of the document", sent, fits: true };
  }

  /** Requests that break the document in one place each, made from one that fits. */
  async broken(numbers: readonly number[]): Promise<readonly Case[]> {
    const made = this.#made(numbers);
    const cases: Case[] = [];
    for (const part of parts) {
      const schema = this.#schemaOf(part, made.media);
      if (schema === undefined || !(part in made.values)) continue;
      for (const { keyword, value } of mutations(schema, made.values[part], this.#schemas)) {
        const sent = await this.#written({ ...made, values: { ...made.values, [part]: value } });
        if (sent !== undefined) cases.push({ what: `${spoiled[part]} ${keyword}`, sent });
      }
    }
    return cases;
  }

  /** Requests that no client library would send. */
  async hostile(): Promise<readonly Case[]> {
    const plain = (await this.fitting([]))?.sent;
    if (plain === undefined) return [];
    const marked = (more: string): string => `${plain.target}${plain.target.includes("?") ? "&" : "?"}${more}`;
    return [
      { what: "a query that nobody declared", sent: { ...plain, target: marked("unheard_of=1") } },
      { what: "a query key given twice", sent: { ...plain, target: marked("a=1&a=2") } },
      { what: "a broken escape in the query", sent: { ...plain, target: marked("a=%E0%A4") } },
      { what: "a header that is long", sent: { ...plain, headers: { ...plain.headers, "x-long": "a".repeat(4_000) } } },
      ...(plain.body === undefined ? [] : hostileBodies(plain, plain.body)),
    ];
  }
}

/** A stream is never written here, so that what is left is what fetch takes. */
function bodyInit(body: ReturnType<typeof writeCall>["body"]): BodyInit | undefined {
  return body instanceof Uint8Array ? new Uint8Array(body) : body;
}

const hostileTexts: readonly (readonly [what: string, text: string])[] = [
  ["a body that ends too early", '{"a":'],
  ["a body that is a list", "[]"],
  ["a body that is null", "null"],
  ["a body that is empty", ""],
  ["a body that nests deeply", `${"[".repeat(10_000)}${"]".repeat(10_000)}`],
  ["a body with members that objects have", '{"__proto__":{"a":1},"constructor":{"prototype":{}}}'],
  ["a body with a lone surrogate", '{"a":"\\ud800"}'],
];

function hostileBodies(plain: Sent, body: Uint8Array<ArrayBuffer>): readonly Case[] {
  const { "content-type": contentType = "" } = plain.headers;
  const half = { ...plain, body: body.slice(0, Math.floor(body.length / 2)) };
  return [
    ...hostileTexts.map(([what, text]): Case => ({ what, sent: withBody(plain, text, "application/json") })),
    { what: "a body that is no UTF-8", sent: withBody(plain, Uint8Array.of(0x7b, 0xff, 0x7d), contentType) },
    { what: "a body of a type that nobody heard of", sent: withBody(plain, "x", "application/x-unheard-of") },
    ...(contentType.startsWith("multipart/")
      ? [
          { what: "a form that ends too early", sent: half },
          {
            what: "a form that does not say what is between its parts",
            sent: withBody(plain, body, "multipart/form-data"),
          },
        ]
      : []),
  ];
}
