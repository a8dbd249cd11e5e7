/** What changed, for people: as lines of text, or as Markdown for a pull request. */

import { type Change, gravest, type Severity } from "./change.js";
import type { OperationChanges, ServiceChanges } from "./changes.js";

const severities: readonly Severity[] = ["breaking", "additive", "documentation"];

/** Other words, and nothing else. */
const isWording = ({ what }: Change): boolean => what === "is described differently" || what.startsWith("x-");

/** Text of a document as one line that no terminal acts upon. */
const plain = (text: string): string =>
  text.replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);

const sentence = ({ where, what }: Change): string => plain([where, what].filter((part) => part !== "").join(" "));

const times = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** The gravest change of all; `none` when there is none. */
export function severityOf(services: readonly ServiceChanges[]): Severity | "none" {
  const changes = services.flatMap(({ operations }) => operations.flatMap(({ changes: all }) => all));
  return changes.length === 0 ? "none" : gravest(changes);
}

function counts(operations: readonly OperationChanges[]): string {
  return severities
    .map((severity) => [operations.filter((one) => one.severity === severity).length, severity] as const)
    .filter(([count]) => count > 0)
    .map(([count, severity]) => `${count} ${severity}`)
    .join(", ");
}

/** An operation, and what is to be told of it. */
interface Told {
  readonly operation: string;
  readonly severity: Severity;
  readonly changes: readonly Change[];
  /** How many places are only worded otherwise, where that is not told one by one. */
  readonly worded: number;
}

function tell({ operation, severity, changes }: OperationChanges, words: boolean): Told {
  const shown = changes.filter((change) => words || !isWording(change));
  return { operation, severity, changes: shown, worded: changes.length - shown.length };
}

const inBrief = ({ worded }: Told): string[] => (worded === 0 ? [] : [`other words in ${times(worded, "place")}`]);

function summary({ isNew, operations }: ServiceChanges): string {
  return isNew
    ? `new, ${times(operations.length, "operation")}`
    : `${times(operations.length, "operation")} changed: ${counts(operations)}`;
}

/** `words`: also tell every place that is only described differently. */
export function textLines(services: readonly ServiceChanges[], words: boolean): string[] {
  if (services.length === 0) return ["The API did not change."];
  return services.flatMap((service) => [
    `${plain(service.service)}: ${summary(service)}`,
    ...(service.isNew ? [] : service.operations).flatMap((operation) => {
      const told = tell(operation, words);
      return [
        `  ${plain(told.operation)} (${told.severity})`,
        ...told.changes.map((change) => `    ${change.severity.padEnd(13)} ${sentence(change)}`),
        ...inBrief(told).map((line) => `    ${"documentation".padEnd(13)} ${line}`),
      ];
    }),
  ]);
}

/** Characters that mean something in Markdown or HTML. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>&|#~$]/gu, "\\$&");

/** The same as Markdown: the gravest first, each operation with a list of what changed. */
export function markdownLines(services: readonly ServiceChanges[], words: boolean): string[] {
  if (services.length === 0) return ["The API did not change."];
  return services.flatMap((service) => [
    `## ${escaped(plain(service.service))}`,
    "",
    `${summary(service)}.`,
    "",
    ...(service.isNew ? [] : severities).flatMap((severity) => {
      const operations = service.operations.filter((one) => one.severity === severity);
      if (operations.length === 0) return [];
      return [`### ${severity}`, "", ...operations.flatMap((one) => markdownItem(tell(one, words))), ""];
    }),
  ]);
}

function markdownItem(told: Told): string[] {
  return [
    `- **${escaped(plain(told.operation))}**`,
    ...told.changes.map((change) => `  - ${change.severity}: ${escaped(sentence(change))}`),
    ...inBrief(told).map((line) => `  - documentation: ${line}`),
  ];
}
