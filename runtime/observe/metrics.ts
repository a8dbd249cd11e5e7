/**
 * Figures for Prometheus. Labels are names of the program's own: services, operations of the documents, statuses,
 * kinds and outcomes. Nothing that a stranger can choose is ever one, so there are never more of them than that.
 */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "../ports/clock.js";
import type { Backlog } from "../ports/outbox-backlog.js";

export interface Metrics {
  /** For one server: told of each of its answers, with the operation of its documents. */
  answers(service: string): (operation: string, status: number, milliseconds: number) => void;
  /** A mail or a text message was handed over, or why it was not. */
  message(medium: "email" | "sms", outcome: string): void;
  /** A homeserver was asked, or told, something. */
  homeserver(request: "userinfo" | "onbind" | "keys", outcome: string): void;
  lookup(version: "v1" | "v2", asked: number, found: number): void;
  /** What waits in a server's outbox is read whenever figures are asked for. */
  outbox(service: string, read: () => Promise<readonly Backlog[]>): void;
  /** Everything, in the format of {@link contentType}. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** In seconds: most answers take less than the first, and a mail server or a homeserver may take the last. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What was counted of one operation. */
interface Answers {
  readonly labels: { readonly service: string; readonly operation: string };
  readonly byStatus: Map<number, number>;
  /** How many answers belong to each of the buckets and to none before it; the last one is for all that took longer. */
  readonly byDuration: number[];
  seconds: number;
}

const bucketOf = (seconds: number): number => {
  const bucket = buckets.findIndex((most) => seconds <= most);
  return bucket < 0 ? buckets.length : bucket;
};

/** As Prometheus wants them: each bucket holds all that took no longer, and there are the sum and the count. */
const durationValues = (name: string, { labels, byDuration, seconds }: Answers) => {
  let count = 0;
  const cumulated = byDuration.map((value, at) => {
    count += value;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: buckets[at] ?? "+Inf" }, value: count };
  });
  return [
    ...cumulated,
    { metricName: `${name}_sum`, labels, value: seconds },
    { metricName: `${name}_count`, labels, value: count },
  ];
};

/**
 * A request must not wait for its figures: what is counted for each one is a few numbers of ours, which take their
 * places among the library's metrics when somebody asks. Its own counting costs ten times as much.
 */
const requestMetrics = (registry: Registry): Metrics["answers"] => {
  const all: Answers[] = [];
  registry.registerMetric(
    new Counter({
      name: "threepid_requests_total",
      help: "Requests answered, by operation of the documents (none: no such path or method) and status.",
      labelNames: ["service", "operation", "status"],
      registers: [],
      collect() {
        this.reset();
        for (const { labels, byStatus } of all) {
          for (const [status, count] of byStatus) this.inc({ ...labels, status }, count);
        }
      },
    }),
  );
  const name = "threepid_request_seconds";
  const help = "How long an answer took to make, from the head of the request.";
  const described = new Histogram({ name, help, registers: [] });
  // A gauge is asked for its values and nothing else, so they may be those of a histogram.
  const durations = new Gauge({ name, help, registers: [registry] });
  durations.get = async () => ({
    ...(await described.get()),
    values: all.flatMap((answers) => durationValues(name, answers)),
  });

  return (service) => {
    const byOperation = new Map<string, Answers>();
    const first = (operation: string): Answers => {
      const byDuration = Array.from({ length: buckets.length + 1 }, () => 0);
      const answers = { labels: { service, operation }, byStatus: new Map(), byDuration, seconds: 0 };
      byOperation.set(operation, answers);
      all.push(answers);
      return answers;
    };
    return (operation, status, milliseconds) => {
      const answers = byOperation.get(operation) ?? first(operation);
      const { byStatus, byDuration } = answers;
      const seconds = milliseconds / 1_000;
      const bucket = bucketOf(seconds);
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      byDuration[bucket] = (byDuration[bucket] ?? 0) + 1;
      answers.seconds += seconds;
    };
  };
};

type Reader = readonly [service: string, read: () => Promise<readonly Backlog[]>];

const outboxMetrics = (registry: Registry, clock: Clock): Metrics["outbox"] => {
  const readers: Reader[] = [];
  const each = async (tell: (labels: { service: string; kind: string }, backlog: Backlog) => void): Promise<void> => {
    for (const [service, read] of readers) {
      for (const backlog of await read()) tell({ service, kind: backlog.kind }, backlog);
    }
  };
  const labelNames = ["service", "kind"] as const;
  registry.registerMetric(
    new Gauge({
      name: "threepid_outbox_entries",
      help: "Entries of the outbox that wait or are being sent.",
      labelNames,
      registers: [],
      async collect() {
        this.reset();
        await each((labels, { waiting }) => this.set(labels, waiting));
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "threepid_outbox_oldest_seconds",
      help: "How long the oldest entry of the outbox has waited.",
      labelNames,
      registers: [],
      async collect() {
        this.reset();
        const now = clock.now();
        await each((labels, { oldest }) =>
          this.set(labels, oldest === undefined ? 0 : Math.max(0, now - oldest) / 1_000),
        );
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "threepid_outbox_abandoned_entries",
      help: "Entries of the outbox that were set aside for good and are kept for the operator.",
      labelNames,
      registers: [],
      async collect() {
        this.reset();
        await each((labels, { abandoned }) => this.set(labels, abandoned));
      },
    }),
  );
  return (service, read) => void readers.push([service, read]);
};

export const prometheusMetrics = ({ clock }: { readonly clock: Clock }): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const messages = new Counter({
    name: "threepid_messages_total",
    help: "Mails and text messages: sent, or why not.",
    labelNames: ["medium", "outcome"],
    registers,
  });
  const homeservers = new Counter({
    name: "threepid_homeserver_requests_total",
    help: "What homeservers were asked or told, by outcome.",
    labelNames: ["request", "outcome"],
    registers,
  });
  const asked = new Counter({
    name: "threepid_lookup_addresses_total",
    help: "Addresses that lookups asked for.",
    labelNames: ["version"],
    registers,
  });
  const found = new Counter({
    name: "threepid_lookup_found_total",
    help: "Addresses that lookups found a user for.",
    labelNames: ["version"],
    registers,
  });
  return {
    answers: requestMetrics(registry),
    message: (medium, outcome) => messages.inc({ medium, outcome }),
    homeserver: (request, outcome) => homeservers.inc({ request, outcome }),
    lookup: (version, asks, finds) => {
      asked.inc({ version }, asks);
      found.inc({ version }, finds);
    },
    outbox: outboxMetrics(registry, clock),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
