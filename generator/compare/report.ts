/** What changed, for people: as lines of text, or as Markdown for a pull request or release notes. */

import { type Change, gravest, type Severity } from "./change.js";
import type { ServiceChanges } from "./changes.js";
import { type SharedChange, type ToldService, toldService } from "./told.js";

const severities: readonly Severity[] = ["breaking", "additive", "documentation"];

/** Text of a document as one line that no terminal acts upon. */
const plain = (text: string): string =>
  text.replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);

const times = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** The gravest change of all; `none` when there is none. */
export function severityOf(services: readonly ServiceChanges[]): Severity | "none" {
  const changes = services.flatMap(({ operations }) =>
    operations.flatMap(({ changes: all }): readonly Change[] => all),
  );
  return changes.length === 0 ? "none" : gravest(changes);
}

/** Each kind of operation with its number, the worst first. */
function numbers({ removed, added, counts }: ToldService): readonly (readonly [number, string])[] {
  return [
    [removed.length, "removed"],
    ...severities.map((severity) => [counts[severity], severity] as const),
    [added.length, "added"],
  ];
}

function summary(told: ToldService): string {
  if (told.isNew) return `new, ${times(told.added.length, "operation")}`;
  const counted = numbers(told).filter(([count]) => count > 0);
  const sum = counted.reduce((total, [count]) => total + count, 0);
  return `${times(sum, "operation")} changed: ${counted.map(([count, kind]) => `${count} ${kind}`).join(", ")}`;
}

function worded({ worded: { places, operations } }: ToldService): readonly string[] {
  return places === 0 ? [] : [`other words in ${times(places, "place")} of ${times(operations, "operation")}`];
}

/** `words`: also tell every place that is only described differently. */
export function textLines(services: readonly ServiceChanges[], words: boolean): string[] {
  if (services.length === 0) return ["The API did not change."];
  return services.flatMap((service) => {
    const told = toldService(service, words);
    return [`${plain(told.service)}: ${summary(told)}`, ...(told.isNew ? [] : serviceText(told))];
  });
}

const textLine = (severity: Severity, text: string): string => `    ${severity.padEnd(13)} ${plain(text)}`;

const titled = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`  ${title}`, ...lines];

function serviceText(told: ToldService): readonly string[] {
  const listed = (severity: Severity, operations: ToldService["added"]): readonly string[] =>
    operations.map(({ operation, route }) => textLine(severity, `${route} (${operation})`));
  return [
    ...titled("removed", listed("breaking", told.removed)),
    ...titled("in several operations", told.shared.flatMap(sharedText)),
    ...told.operations.flatMap(({ operation, severity, lines }) => [
      `  ${plain(operation)} (${severity})`,
      ...lines.map((line) => textLine(line.severity, line.text)),
    ]),
    ...titled("added", listed("additive", told.added)),
    ...worded(told).map((text) => `  ${text}`),
  ];
}

const sharedText = ({ severity, what, operations }: SharedChange): readonly string[] => [
  textLine(severity, what),
  plain(`                    ${operations.length}: ${operations.join(", ")}`),
];

/** Characters that mean something in Markdown or HTML. */
const escaped = (text: string): string => plain(text).replace(/[\\`*_{}[\]<>&|#~$]/gu, "\\$&");

/** Names and routes of a document, as code; they hold no backtick, or are told as text. */
const code = (text: string): string => (/[`\p{Cc}]/u.test(text) ? escaped(text) : `\`${text}\``);

/** The same as Markdown: counts first, then for each service the gravest first. */
export function markdownLines(services: readonly ServiceChanges[], words: boolean): string[] {
  if (services.length === 0) return ["The API did not change."];
  const told = services.map((service) => toldService(service, words));
  return [...(told.length > 1 ? countsTable(told) : []), ...told.flatMap(serviceMarkdown)];
}

function countsTable(told: readonly ToldService[]): readonly string[] {
  const cells = (row: readonly (string | number)[]): string => `| ${row.join(" | ")} |`;
  return [
    cells(["operations", "removed", ...severities, "added"]),
    "|---|---:|---:|---:|---:|---:|",
    ...told.map((one) => cells([escaped(one.service), ...numbers(one).map(([count]) => count)])),
    "",
  ];
}

function serviceMarkdown(told: ToldService): readonly string[] {
  const lines = [`## ${escaped(told.service)}`, "", `${summary(told)}.`, ""];
  if (told.isNew) return lines;
  return [
    ...lines,
    ...severities.flatMap((severity) => severityMarkdown(told, severity)),
    ...worded(told).flatMap((text) => [`Also ${text}.`, ""]),
  ];
}

function severityMarkdown(told: ToldService, severity: Severity): readonly string[] {
  const listed = (title: string, operations: ToldService["added"]): readonly string[] =>
    operations.length === 0
      ? []
      : [`- ${title}`, ...operations.map(({ operation, route }) => `  - ${code(route)} (${code(operation)})`)];
  const lines = [
    ...(severity === "breaking" ? listed("removed", told.removed) : []),
    ...(severity === "additive" ? listed("added", told.added) : []),
    ...told.shared.filter((one) => one.severity === severity).flatMap(sharedMarkdown),
    ...told.operations.flatMap(({ operation, lines: all }) => {
      const own = all.filter((line) => line.severity === severity);
      return own.length === 0 ? [] : [`- ${code(operation)}`, ...own.map(({ text }) => `  - ${escaped(text)}`)];
    }),
  ];
  return lines.length === 0 ? [] : [`### ${severity}`, "", ...lines, ""];
}

const sharedMarkdown = ({ what, operations }: SharedChange): readonly string[] => [
  `- ${escaped(what)}`,
  `  - ${times(operations.length, "operation")}: ${operations.map(code).join(", ")}`,
];
