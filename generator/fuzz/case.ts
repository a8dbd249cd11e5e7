/** Requests derived from a document: ones that fit it, and ones that break it in one place each. */

import { encodingOf } from "../emit/encoding.js";
import { operationData } from "../emit/operation-data.js";
import { namedSchemas, parametersSchema } from "../emit/parts.js";
import type { OperationModel, ServiceModel } from "../model/model.js";
import type { Operation } from "../seam/contract.js";
import { writeCall } from "../seam/outgoing.js";
import { mutations } from "../values/broken.js";
import { choicesFrom } from "../values/choices.js";
import type { Schemas } from "../values/joined.js";
import { fittingValue } from "../values/value.js";

/** A request as it is sent. */
export interface Sent {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** One attempt, and how to try it plainer. */
export interface Case {
  readonly what: string;
  readonly sent: Sent;
  /** The choices that it was made by; absent where it is plain already. */
  readonly numbers?: readonly number[];
}

interface Parts {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
}

const objectIn = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});

/** What an operation's requests are made of. */
export class Requests {
  readonly #model: OperationModel;
  readonly #schemas: Schemas;
  readonly data: Operation;

  constructor(service: ServiceModel, model: OperationModel) {
    this.#model = model;
    this.#schemas = namedSchemas(service);
    this.data = operationData(service, model);
  }

  #schemaOf(part: keyof Parts) {
    const { parameters, body } = this.#model;
    if (part === "params") return parametersSchema(parameters, "path");
    if (part === "query") return parametersSchema(parameters, "query");
    if (part === "headers") return parametersSchema(parameters, "header");
    return this.#media()?.schema ?? (body === undefined ? undefined : {});
  }

  /** Forms of several parts are not made here. */
  #media() {
    return this.#model.body?.content.find((media) => ["json", "form", "text"].includes(encodingOf(media)));
  }

  #parts(numbers: readonly number[]): Parts {
    const choices = choicesFrom(numbers);
    const made = (["params", "query", "headers", "body"] as const).flatMap((part) => {
      const schema = this.#schemaOf(part);
      return schema === undefined ? [] : [[part, fittingValue(schema, this.#schemas, choices)]];
    });
    return Object.fromEntries(made);
  }

  /** Undefined where the parts cannot be written as a request: a path without text, for one. */
  #written({ params, query, headers, body }: Parts): Sent | undefined {
    const hasBody = this.data.method !== "GET" && this.data.method !== "HEAD" && this.data.body !== null;
    const given = {
      params: objectIn(params),
      query: objectIn(query),
      headers: objectIn(headers),
      ...(hasBody ? { body } : {}),
    };
    try {
      const { target, headers: named, body: text } = writeCall(this.data, given, this.#media()?.mediaType ?? null);
      const kept = Object.entries(named).filter(([, value]) => /^[\x20-\x7e]*$/u.test(value));
      const sent = { method: this.data.method, target, headers: Object.fromEntries(kept) };
      return typeof text === "string" ? { ...sent, body: text } : sent;
    } catch (error) {
      if (error instanceof TypeError || error instanceof URIError) return undefined;
      throw error;
    }
  }

  /** A request that fits, made by choices; the plainest where there are none. */
  fitting(numbers: readonly number[]): Case | undefined {
    const sent = this.#written(this.#parts(numbers));
    return sent === undefined ? undefined : { what: "a request that fits", sent, numbers };
  }

  /** Requests that break the document in one place each, made from one that fits. */
  broken(numbers: readonly number[]): readonly Case[] {
    const parts = this.#parts(numbers);
    return (["params", "query", "headers", "body"] as const).flatMap((part) => {
      const schema = this.#schemaOf(part);
      if (schema === undefined || !(part in parts)) return [];
      return mutations(schema, parts[part], this.#schemas).flatMap(({ keyword, value }) => {
        const sent = this.#written({ ...parts, [part]: value });
        return sent === undefined ? [] : [{ what: `${part} that break ${keyword}`, sent }];
      });
    });
  }

  /** Requests that no client library would send. */
  hostile(): readonly Case[] {
    const plain = this.fitting([])?.sent;
    if (plain === undefined) return [];
    const marked = (more: string): string => `${plain.target}${plain.target.includes("?") ? "&" : "?"}${more}`;
    const json = { ...plain.headers, "content-type": "application/json" };
    const bodies: readonly (readonly [string, string])[] = [
      ["a body that ends too early", '{"a":'],
      ["a body that is a list", "[]"],
      ["a body that is null", "null"],
      ["a body that is empty", ""],
      ["a body that nests deeply", `${"[".repeat(10_000)}${"]".repeat(10_000)}`],
      ["a body with members that objects have", '{"__proto__":{"a":1},"constructor":{"prototype":{}}}'],
      ["a body with a lone surrogate", '{"a":"\\ud800"}'],
    ];
    return [
      { what: "a query that nobody declared", sent: { ...plain, target: marked("unheard_of=1") } },
      { what: "a query key given twice", sent: { ...plain, target: marked("a=1&a=2") } },
      { what: "a broken escape in the query", sent: { ...plain, target: marked("a=%E0%A4") } },
      { what: "a header that is long", sent: { ...plain, headers: { ...plain.headers, "x-long": "a".repeat(4_000) } } },
      ...(plain.body === undefined
        ? []
        : bodies.map(([what, body]): Case => ({ what, sent: { ...plain, headers: json, body } }))),
    ];
  }
}
