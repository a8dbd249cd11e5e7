/** One run against one server: sends requests within a time, and judges what comes back. */

import type { ResponseChecks } from "../seam/contract.js";
import { readBounded } from "../seam/web.js";
import type { Case, Requests } from "./case.js";
import { curlLine } from "./curl.js";
import type { Forbids } from "./document.js";
import { type Fault, judge } from "./judge.js";
import type { Sent } from "./sent.js";

export interface FuzzOptions {
  /** Where the server listens; what stands behind its host is put before every path. */
  readonly target: string;
  /** Requests for each operation. */
  readonly count: number;
  /** The whole run ends after as many seconds. */
  readonly seconds: number;
  /** A request without an answer after as many milliseconds hangs. */
  readonly timeout: number;
  readonly seed: number;
  /** Sent with every request, for credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Operations that are left alone, by id: those that end the credentials of all others, for one. */
  readonly skip?: readonly string[];
  /** A success for a request that the document forbids is no finding. */
  readonly lenient?: boolean;
}

/** What is known of an operation while it is asked. */
export interface Subject {
  readonly requests: Requests;
  readonly checks: ResponseChecks;
  readonly forbids: Forbids;
  /** Every status that it answered. */
  readonly statuses: Set<number>;
}

/** More than this of an answer is not read. */
const mostBytes = 4 * 1_048_576;

export class Run {
  readonly #options: FuzzOptions;
  readonly #base: string;
  readonly #deadline: number;
  readonly #credentials: ReadonlySet<string>;
  /** The last request that somebody was there for. */
  #last: { readonly subject: Subject; readonly one: Case } | undefined;
  requests = 0;
  /** Why nothing can be asked any more, in words. */
  gone: string | undefined;

  /** `credentials`: headers that say who asks, in lower case. */
  constructor(options: FuzzOptions, credentials: ReadonlySet<string>) {
    this.#options = options;
    this.#credentials = credentials;
    this.#base = options.target.replace(/\/+$/u, "");
    this.#deadline = Date.now() + options.seconds * 1000;
  }

  get isOver(): boolean {
    return this.gone !== undefined || Date.now() >= this.#deadline;
  }

  curl(one: Case): string {
    return curlLine(this.#base, this.#complete(one));
  }

  /** Whether some of the headers that are always sent say who asks. */
  get hasCredentials(): boolean {
    return Object.keys(this.#options.headers).some((name) => this.#credentials.has(name.toLowerCase()));
  }

  #complete({ sent, isAnonymous = false }: Case): Sent {
    const all = Object.entries(this.#options.headers);
    const given = isAnonymous ? all.filter(([name]) => !this.#credentials.has(name.toLowerCase())) : all;
    return { ...sent, headers: { ...Object.fromEntries(given), ...sent.headers } };
  }

  /** Sends a request and judges what comes back. */
  async faultsOf(subject: Subject, one: Case): Promise<readonly Fault[]> {
    this.requests += 1;
    const { timeout } = this.#options;
    const time = Math.max(1, Math.min(timeout, this.#deadline - Date.now()));
    try {
      const { method, target, headers, body = null } = this.#complete(one);
      const response = await fetch(`${this.#base}${target}`, {
        method,
        headers,
        redirect: "manual",
        signal: AbortSignal.timeout(time),
        body,
      });
      const { status } = response;
      this.#last = { subject, one };
      subject.statuses.add(status);
      const answered = { status, headers: response.headers, text: await readSome(response) };
      const unwelcome = response.ok ? await this.#welcomed(subject, one, status) : undefined;
      return [
        ...judge(subject.requests.data, subject.checks, answered),
        ...(unwelcome === undefined ? [] : [unwelcome]),
      ];
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError")
        return time < timeout ? [] : [{ kind: "hang", message: `there was no answer within ${timeout} ms` }];
      const cause = causeOf(error);
      if (nobody.has(String(Reflect.get(Object(cause), "code")))) {
        this.gone ??= this.#farewell();
        return [];
      }
      this.#last = { subject, one };
      return [{ kind: "no-answer", message: `the connection ended without an answer (${reasonOf(cause)})` }];
    }
  }

  /** A success where the document wants a refusal. */
  async #welcomed({ forbids }: Subject, one: Case, status: number): Promise<Fault | undefined> {
    if (one.isAnonymous === true)
      return { kind: "let-in", message: `${status} was answered without the credentials that the document requires` };
    if (this.#options.lenient === true || one.fits === true) return undefined;
    const reason = await forbids(this.#complete(one));
    return reason === undefined ? undefined : { kind: "accepted", message: `${status} was answered though ${reason}` };
  }

  #farewell(): string {
    if (this.#last === undefined) return `nobody listens at ${this.#base}`;
    const { subject, one } = this.#last;
    return `the server went away after ${one.what}, sent to ${subject.requests.data.id}\n  ${this.curl(one)}`;
  }
}

/** The text of an answer; one that goes on and on is as good as none. */
async function readSome({ body }: Response): Promise<string> {
  const bytes = body === null ? new Uint8Array() : await readBounded(body, mostBytes);
  if (bytes === undefined) throw new Error(`the answer is longer than ${mostBytes} bytes`);
  return new TextDecoder().decode(bytes);
}

/** What connections end in where no server is behind them. */
const nobody: ReadonlySet<string> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"],
]);

const causeOf = (error: unknown): unknown => (error instanceof Error ? (error.cause ?? error) : error);

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
