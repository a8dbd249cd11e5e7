/** Drives a running server by its own document, and judges every answer. */

import { liveChecks } from "../emit/validators.js";
import type { ServiceModel } from "../model/model.js";
import type { ResponseChecks } from "../seam/contract.js";
import { readBounded } from "../seam/web.js";
import { type Case, Requests, type Sent } from "./case.js";
import { curlLine } from "./curl.js";
import { type Fault, judge } from "./judge.js";
import { numbersFrom } from "./numbers.js";

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
}

export interface Finding extends Fault {
  readonly service: string;
  readonly operation: string;
  readonly what: string;
  readonly curl: string;
}

export interface FuzzReport {
  readonly requests: number;
  readonly operations: number;
  /** The time was over before every request was sent. */
  readonly isCut: boolean;
  readonly findings: readonly Finding[];
}

/** More than this of an answer is not read. */
const mostBytes = 4 * 1_048_576;

/** How many requests may be spent on making one finding plainer. */
const mostShrinks = 24;

/** An operation that hangs as often is left alone. */
const mostHangs = 2;

class Run {
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
    return curlLine(this.#base, { ...sent, headers: { ...this.#options.headers, ...sent.headers } });
  }

  /** Sends a request and judges what comes back. */
  async faultOf({ data }: Requests, checks: ResponseChecks, sent: Sent): Promise<Fault | undefined> {
    this.requests += 1;
    const { timeout, headers } = this.#options;
    try {
      const response = await fetch(`${this.#base}${sent.target}`, {
        method: sent.method,
        headers: { ...headers, ...sent.headers },
        redirect: "manual",
        signal: AbortSignal.timeout(timeout),
        ...(sent.body === undefined ? {} : { body: sent.body }),
      });
      const text = await readSome(response);
      return judge(data, checks, {
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        text,
      });
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError")
        return { kind: "hang", message: `there was no answer within ${timeout} ms` };
      return { kind: "no-answer", message: `the connection ended without an answer (${reasonOf(error)})` };
    }
  }

  /** The same fault by plainer choices, where there are some. */
  async plainer(requests: Requests, checks: ResponseChecks, found: Case, fault: Fault): Promise<Case> {
    let best = found;
    let tries = 0;
    const attempt = async (numbers: readonly number[]): Promise<boolean> => {
      tries += 1;
      const made = requests.fitting(numbers);
      if (made === undefined || tries > mostShrinks || this.isOver) return false;
      if ((await this.faultOf(requests, checks, made.sent))?.kind !== fault.kind) return false;
      best = made;
      return true;
    };
    if (found.numbers === undefined || fault.kind === "hang" || (await attempt([]))) return best;
    for (let length = Math.floor(found.numbers.length / 2); length >= 1; length = Math.floor(length / 2)) {
      if (!(await attempt((best.numbers ?? []).slice(0, length)))) break;
    }
    const { numbers = [] } = best;
    for (const [index, number] of numbers.entries()) {
      if (number !== 0) await attempt((best.numbers ?? []).map((kept, at) => (at === index ? 0 : kept)));
    }
    return best;
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

/** What is tried on an operation, plain things first, at most `count` of it. */
function casesOf(requests: Requests, { count, seed }: FuzzOptions, index: number): readonly Case[] {
  const fitting = [[], ...Array.from({ length: count }, (_, turn) => numbersFrom(seed + index * 1000 + turn, 48))];
  const [plain, ...rest] = fitting.map((numbers) => requests.fitting(numbers)).filter((made) => made !== undefined);
  if (plain === undefined) return [];
  const odd = [...requests.hostile(), ...requests.broken([]), ...requests.broken(numbersFrom(seed + index, 48))];
  const mixed = Array.from({ length: Math.max(rest.length, odd.length) }, (_, turn) => [odd[turn], rest[turn]]);
  return [plain, ...mixed.flat().filter((one) => one !== undefined)].slice(0, count);
}

async function fuzzOperation(
  run: Run,
  requests: Requests,
  checks: ResponseChecks,
  cases: readonly Case[],
): Promise<readonly Omit<Finding, "service" | "operation">[]> {
  const findings = new Map<string, Omit<Finding, "service" | "operation">>();
  let hangs = 0;
  for (const one of cases) {
    if (run.isOver || hangs >= mostHangs) break;
    const fault = await run.faultOf(requests, checks, one.sent);
    if (fault === undefined) continue;
    if (fault.kind === "hang") hangs += 1;
    const key = `${fault.kind} ${fault.message}`;
    if (findings.has(key)) continue;
    const { what, sent } = await run.plainer(requests, checks, one, fault);
    findings.set(key, { ...fault, what, curl: run.curl(sent) });
  }
  return [...findings.values()];
}

/** Sends requests to every operation of the services; nothing but the answers decides what is found. */
export async function fuzz(models: readonly ServiceModel[], options: FuzzOptions): Promise<FuzzReport> {
  const run = new Run(options);
  const findings: Finding[] = [];
  let operations = 0;
  for (const model of models) {
    const { responses } = liveChecks(model);
    for (const operation of model.operations) {
      // No browser or fetch sends it.
      if (operation.method === "TRACE") continue;
      const requests = new Requests(model, operation);
      const cases = casesOf(requests, options, operations);
      operations += 1;
      const found = await fuzzOperation(run, requests, responses[operation.id] ?? {}, cases);
      findings.push(...found.map((one) => ({ service: model.name, operation: operation.id, ...one })));
    }
  }
  return { requests: run.requests, operations, isCut: run.isOver, findings };
}
