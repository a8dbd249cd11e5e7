/** A server under test together with its document: every answer is judged, and every status that was seen is kept. */

import type { Operation, OperationTable, ResponseChecks } from "../../generated/seam/contract.js";
import { type RawRequest, type Server, TooLarge } from "../../generated/seam/server.js";
import { CanonicalJsonError, type JsonValue } from "../../runtime/protocol/canonical-json.js";
import type { SignedRequest } from "../../runtime/protocol/x-matrix.js";
import { type Answered, commonFaults, fittingStatus } from "./judge.js";

export type Pairs = Readonly<Record<string, string>> | readonly (readonly [string, string])[];

/** What a request is made of besides its operation. */
export interface Given {
  /** Instead of the operation's own. */
  readonly method?: string;
  /** Path and query as they go over the wire, instead of the operation's filled path. */
  readonly target?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Pairs;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array;
  readonly token?: string | undefined;
  /** The `Authorization` of a server, made out for the request as it goes over the wire. */
  readonly sign?: (request: SignedRequest) => string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What was seen, shared by all servers that speak one service. */
export class Coverage {
  readonly #seen = new Set<string>();

  note(operation: string, key: string): void {
    this.#seen.add(`${operation} ${key}`);
  }

  has(operation: string, key: string): boolean {
    return this.#seen.has(`${operation} ${key}`);
  }
}

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array | undefined;
}

export class Contract<Id extends string> {
  readonly operations: Readonly<Record<Id, Operation>>;
  readonly coverage: Coverage;
  readonly #responses: Readonly<Record<Id, ResponseChecks>>;
  readonly #server: Pick<Server, "answer">;

  constructor(
    document: {
      readonly operations: Readonly<Record<Id, Operation>> & OperationTable;
      readonly responses: Readonly<Record<Id, ResponseChecks>>;
    },
    server: Pick<Server, "answer">,
    coverage: Coverage,
  ) {
    this.operations = document.operations;
    this.#responses = document.responses;
    this.#server = server;
    this.coverage = coverage;
  }

  /** Sends a request to an operation. Throws when the answer is not one that its document knows. */
  async call(id: Id, given: Given = {}): Promise<Answered> {
    const operation = this.operations[id];
    const sent = requestOf(operation, given);
    const answered = await this.#send(sent);
    const fitting = fittingStatus(operation, this.#responses[id], answered);
    const faults = [...commonFaults(sent.method, answered), ...("faults" in fitting ? fitting.faults : [])];
    if (faults.length > 0)
      throw new Error(`${describe(sent)}\n${answered.status} ${answered.text}\n${faults.join("\n")}`);
    if ("key" in fitting) this.coverage.note(id, fitting.key);
    return answered;
  }

  /** The same for a request that must succeed. */
  async succeed(id: Id, given: Given = {}): Promise<Answered["body"]> {
    const answered = await this.call(id, given);
    if (answered.status !== 200) throw new Error(`${id} was answered ${answered.status} ${answered.text}`);
    return answered.body;
  }

  /** Sends a request that no operation stands behind: unknown paths, preflight. */
  async send(method: string, target: string, given: Given = {}): Promise<Answered> {
    const sent = { method, target, ...contentOf(given) };
    const answered = await this.#send(sent);
    const faults = commonFaults(sent.method, answered);
    if (faults.length > 0)
      throw new Error(`${describe(sent)}\n${answered.status} ${answered.text}\n${faults.join("\n")}`);
    return answered;
  }

  async #send({ method, target, headers, bytes }: Sent): Promise<Answered> {
    const request: RawRequest = {
      method,
      target,
      header: (name) => headers[name],
      body: (limit) => {
        if (bytes !== undefined && bytes.length > limit) throw new TooLarge(limit);
        return bytes;
      },
      signal: new AbortController().signal,
      remoteAddress: "192.0.2.7",
    };
    const answer = await this.#server.answer(request);
    if (answer.body instanceof ReadableStream) throw new Error("nothing here answers with a stream");
    const text = typeof answer.body === "string" ? answer.body : new TextDecoder().decode(answer.body);
    return { status: answer.status, headers: answer.headers, text, ...parsed(answer.headers, text) };
  }
}

const parsed = (headers: Answered["headers"], text: string): Pick<Answered, "body" | "errcode"> => {
  if (headers["content-type"] !== "application/json" || text === "") return { body: {}, errcode: undefined };
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Error(`no JSON object: ${text}`);
  const errcode = "errcode" in body ? String(body.errcode) : undefined;
  return { body: { ...body }, errcode };
};

const isList = (pairs: Pairs): pairs is readonly (readonly [string, string])[] => Array.isArray(pairs);

export const pairsOf = (pairs: Pairs = []): [string, string][] =>
  isList(pairs) ? pairs.map(([name, value]) => [name, value]) : Object.entries(pairs);

/** The path and query of an operation. */
export const targetOf = ({ path }: Operation, { params = {}, query = {} }: Pick<Given, "params" | "query">): string => {
  const filled = path.replaceAll(/\{([^{}]+)\}/g, (_whole, name: string) => encodeURIComponent(params[name] ?? "x"));
  const search = new URLSearchParams(pairsOf(query));
  return search.size === 0 ? filled : `${filled}?${search}`;
};

const requestOf = (operation: Operation, given: Given): Sent => {
  const method = given.method ?? operation.method;
  const target = given.target ?? targetOf(operation, given);
  const headers = { ...signatureOf({ method, uri: target }, given), ...given.headers };
  return { method, target, ...contentOf({ ...given, headers }) };
};

/** Nobody signs what has no canonical spelling. */
const signatureOf = (request: SignedRequest, { sign, json, token }: Given): Readonly<Record<string, string>> => {
  try {
    const content = json as JsonValue | undefined; // it goes over the wire as JSON
    return sign === undefined || token !== undefined ? {} : { authorization: sign({ ...request, content }) };
  } catch (error) {
    if (error instanceof CanonicalJsonError) return {};
    throw error;
  }
};

const contentOf = ({ json, form, raw, token, headers = {} }: Given): Pick<Sent, "headers" | "bytes"> => {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const all = { ...authorization, ...headers };
  if (form !== undefined) {
    const bytes = new TextEncoder().encode(String(new URLSearchParams(form)));
    return { headers: { "content-type": "application/x-www-form-urlencoded", ...all }, bytes };
  }
  const text = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return { headers: bytes === undefined ? all : { "content-type": "application/json", ...all }, bytes };
};

const describe = ({ method, target, bytes }: Sent): string =>
  `${method} ${target} ${bytes === undefined ? "" : new TextDecoder().decode(bytes.subarray(0, 500))}`;
