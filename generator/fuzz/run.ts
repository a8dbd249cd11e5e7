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
  requests = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#base = options.target.replace(/\/+$/u, "");
    this.#deadline = Date.now() + options.seconds * 1000;
  }

  get isOver(): boolean {
    return Date.now() >= this.#deadline;
  }

  curl(sent: Sent): string {
    return curlLine(this.#base, this.#withCredentials(sent));
  }

  #withCredentials(sent: Sent): Sent {
    return { ...sent, headers: { ...this.#options.headers, ...sent.headers } };
  }

  /** Sends a request and judges what comes back. */
  async faultOf(subject: Subject, { sent, fits = false }: Case): Promise<Fault | undefined> {
    this.requests += 1;
    const { timeout, lenient = false } = this.#options;
    const time = Math.max(1, Math.min(timeout, this.#deadline - Date.now()));
    const complete = this.#withCredentials(sent);
    try {
      const { method, target, headers, body = null } = complete;
      const response = await fetch(`${this.#base}${target}`, {
        method,
        headers,
        redirect: "manual",
        signal: AbortSignal.timeout(time),
        body,
      });
      const { status } = response;
      subject.statuses.add(status);
      const { data } = subject.requests;
      const fault = judge(data, subject.checks, { status, headers: response.headers, text: await readSome(response) });
      if (fault !== undefined || lenient || fits || !response.ok) return fault;
      const reason = await subject.forbids(complete);
      return reason === undefined
        ? undefined
        : { kind: "accepted", message: `${status} was answered though ${reason}` };
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError")
        return time < timeout ? undefined : { kind: "hang", message: `there was no answer within ${timeout} ms` };
      return { kind: "no-answer", message: `the connection ended without an answer (${reasonOf(error)})` };
    }
  }
}

/** The text of an answer; one that goes on and on is as good as none. */
async function readSome({ body }: Response): Promise<string> {
  const bytes = body === null ? new Uint8Array() : await readBounded(body, mostBytes);
  if (bytes === undefined) throw new Error(`the answer is longer than ${mostBytes} bytes`);
  return new TextDecoder().decode(bytes);
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
};
