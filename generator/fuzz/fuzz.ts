/** Drives a running server by its own document, and judges every answer. */

import { liveChecks } from "../emit/validators.js";
import type { OperationModel, ServiceModel } from "../model/model.js";
import { type Case, Requests } from "./case.js";
import { documentOf } from "./document.js";
import type { Fault } from "./judge.js";
import { numbersFrom } from "./numbers.js";
import { plainer } from "./plainer.js";
import { type FuzzOptions, Run, type Subject } from "./run.js";

export type { FuzzOptions } from "./run.js";

export interface Finding extends Fault {
  readonly service: string;
  readonly operation: string;
  readonly what: string;
  readonly curl: string;
}

/** What an operation answered to everything that it was asked. */
export interface Coverage {
  readonly service: string;
  readonly operation: string;
  readonly statuses: readonly number[];
  /** It declares a success and never answered one: what lies behind its refusals was not tried. */
  readonly isUnreached: boolean;
  /** So many hangs that the rest was not tried. */
  readonly leftAloneAfterHangs?: number;
}

export interface FuzzReport {
  readonly requests: number;
  readonly operations: number;
  /** The time was over before every request was sent. */
  readonly isCut: boolean;
  /** Why the run ended at once, where nobody listened any more. */
  readonly gone?: string;
  readonly findings: readonly Finding[];
  readonly coverage: readonly Coverage[];
}

/** An operation that hangs as often is left alone. */
const mostHangs = 2;

/** What is tried on an operation, plain things first, at most `count` of it. */
async function casesOf(requests: Requests, { count, seed }: FuzzOptions, index: number): Promise<readonly Case[]> {
  const turns = Array.from({ length: count }, (_, turn) => numbersFrom(seed + index * 1000 + turn, 48));
  const fitting: Case[] = [];
  for (const numbers of [[], ...turns]) {
    const made = await requests.fitting(numbers);
    if (made !== undefined) fitting.push(made);
  }
  const [plain, ...rest] = fitting;
  if (plain === undefined) return [];
  const exemplary = await requests.exemplary();
  // Odd numbers choose what may be left out: a parameter that is not there cannot be broken.
  const complete = numbersFrom(seed + index, 48).map((number) => (number | 1) >>> 0);
  const odd = [
    ...(exemplary === undefined ? [] : [exemplary]),
    ...(await requests.hostile()),
    ...(await requests.broken([])),
    ...(await requests.broken(complete)),
  ];
  const mixed = Array.from({ length: Math.max(rest.length, odd.length) }, (_, turn) => [odd[turn], rest[turn]]);
  return [plain, ...mixed.flat().filter((one) => one !== undefined)].slice(0, count);
}

interface Found {
  readonly findings: readonly Omit<Finding, "service" | "operation">[];
  readonly leftAloneAfterHangs?: number;
}

async function fuzzOperation(run: Run, subject: Subject, cases: readonly Case[]): Promise<Found> {
  const findings = new Map<string, Found["findings"][number]>();
  let hangs = 0;
  let tried = 0;
  for (const one of cases) {
    if (run.isOver || hangs >= mostHangs) break;
    tried += 1;
    for (const fault of await run.faultsOf(subject, one)) {
      if (fault.kind === "hang") hangs += 1;
      const key = `${fault.kind} ${fault.message}`;
      if (findings.has(key)) continue;
      const shown = await plainer(run, subject, one, fault);
      findings.set(key, { ...fault, what: shown.what, curl: run.curl(shown) });
    }
  }
  const isLeftAlone = hangs >= mostHangs && tried < cases.length;
  return { findings: [...findings.values()], ...(isLeftAlone ? { leftAloneAfterHangs: hangs } : {}) };
}

/** Headers by which callers say who they are. */
const credentialsOf = (models: readonly ServiceModel[]): ReadonlySet<string> =>
  new Set([
    ...["authorization", "cookie"],
    ...models
      .flatMap(({ securitySchemes }) => Object.values(securitySchemes))
      .flatMap((scheme) => (scheme.type === "apiKey" && scheme.in === "header" ? [scheme.name.toLowerCase()] : [])),
  ]);

/** The plainest request, and where credentials are required the same without any. */
const withAnonymous = ([plain, ...rest]: readonly Case[]): readonly Case[] =>
  plain === undefined
    ? []
    : [plain, { what: `${plain.what}, without credentials`, sent: plain.sent, fits: true, isAnonymous: true }, ...rest];

const declaresSuccess = ({ responses }: OperationModel): boolean =>
  responses.some(({ status }) => status.startsWith("2"));

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Sends requests to every operation of the services; nothing but the answers decides what is found. */
export async function fuzz(models: readonly ServiceModel[], options: FuzzOptions): Promise<FuzzReport> {
  const run = new Run(options, credentialsOf(models));
  const findings: Finding[] = [];
  const coverage: Coverage[] = [];
  for (const model of models) {
    const { requests: allowed, responses } = liveChecks(model);
    for (const operation of model.operations) {
      // No browser or fetch sends it.
      if (run.gone !== undefined || operation.method === "TRACE" || options.skip?.includes(operation.id) === true)
        continue;
      const named = { service: model.name, operation: operation.id };
      const requests = new Requests(model, operation);
      const forbids = documentOf(requests.data, allowed[operation.id] ?? {});
      const subject = { requests, checks: responses[operation.id] ?? {}, forbids, statuses: new Set<number>() };
      const made = run.isOver ? [] : await casesOf(requests, options, coverage.length);
      const cases = run.hasCredentials && operation.auth === "required" ? withAnonymous(made) : made;
      const { findings: found, ...left } = await fuzzOperation(run, subject, cases);
      findings.push(...found.map((one) => ({ ...named, ...one })));
      const statuses = [...subject.statuses].sort((a, b) => a - b);
      const isUnreached = declaresSuccess(operation) && !statuses.some(isSuccess);
      coverage.push({ ...named, statuses, isUnreached, ...left });
    }
  }
  const { requests, gone, isOver } = run;
  const report = { requests, operations: coverage.length, isCut: isOver && gone === undefined, findings, coverage };
  return gone === undefined ? report : { ...report, gone };
}
