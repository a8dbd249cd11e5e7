/**
 * What a person reads when documents cannot be compiled: what is wrong, where it stands, and what to do about it.
 * All findings of one run are reported together.
 */

import type { DefectCode } from "./model/defects.js";
import type { Origin } from "./model/model.js";

/** Errors that nothing can tolerate, each with the circumstances under which it is raised. */
export const failures = {
  "missing-file": "a file that services.yaml or a reference names does not exist",
  "unreadable-file": "a file exists but could not be read, or is not UTF-8 text",
  "outside-root": "a reference leaves the folder of the documents",
  "remote-reference": "a reference names another machine, and `--allow-remote` does not allow to ask it",
  unfetched: "another machine was asked for a file and did not hand it out, or not within the limits",
  "yaml-syntax": "the text is not YAML",
  "dangling-reference": "the file exists, the place inside it does not",
  "circular-reference": "references lead back to themselves without ever reaching a value",
  "wrong-shape": "a value has another type than the format asks for, or a required key is absent",
  "unknown-dialect": "an entry document is neither Swagger 2.0 nor OpenAPI 3.0 or 3.1",
  "no-documents": "a pattern of services.yaml matches no file",
  unsupported: "a construct that this generator cannot translate without losing meaning",
  "leftover-placeholder": "a path still holds a variable for which services.yaml and the document give no value",
  "unneeded-prefix": "a prefix variable that no document uses",
  "unneeded-override": "an override that changes nothing",
  "unneeded-tolerance": "a tolerated defect that was not found",
  "unneeded-format": "a named format that no schema has",
  "unneeded-name": "a pinned name for a schema that is not reached",
  "unknown-operation": "an override or a link names an operation that the service does not have",
  "unknown-document": "an override names a document that the service does not have",
  "name-clash": "two schemas or two operations would get the same name, regarded without case",
  "unusable-name": "a name that generated code could not hold or would take for something else",
  repeated: "one parameter, or one status, stands twice in an operation",
  "duplicate-operation": "one method and path stands twice, and nothing tells the two apart",
  "conflicting-security": "one name stands for two different security schemes",
  "path-parameter": "the path and the declared path parameters do not agree",
} as const;

/** Findings that do not stop anything. */
export const cautions = {
  "dangling-example": "a reference inside an example leads nowhere; the example is kept as it is",
  "unfitting-default": "a default breaks the schema that it stands in",
  "unfitting-example": "an example breaks the schema that it illustrates",
  "undescribed-requirement": "a schema requires a property that it does not describe, though it describes others",
} as const;

export type DiagnosticCode = keyof typeof failures | keyof typeof cautions | DefectCode;

/** One finding. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly origin: Origin;
  /** The offending lines with their numbers, and a caret under the place; empty where there is no text to show. */
  readonly excerpt: string;
  /** What to do about it. */
  readonly hint: string;
}

const byPlace = (a: Diagnostic, b: Diagnostic): number =>
  a.origin.file < b.origin.file
    ? -1
    : a.origin.file > b.origin.file
      ? 1
      : a.origin.line - b.origin.line || a.origin.column - b.origin.column;

const identity = ({ code, message, origin }: Diagnostic): string =>
  `${code} ${origin.file}:${origin.line}:${origin.column} ${message}`;

/** By file, line and column; one found through several services is kept once. */
export const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  [...new Map(diagnostics.map((diagnostic) => [identity(diagnostic), diagnostic])).values()].sort(byPlace);

/** A finding as people read it: `file:line:column`, the message, the lines, the hint. */
export const formatDiagnostic = ({ code, message, origin, excerpt, hint }: Diagnostic): string =>
  [
    `${origin.file}:${origin.line}:${origin.column}  ${message}  [${code}]`,
    ...(excerpt === "" ? [] : [excerpt]),
    ...(hint === "" ? [] : [`  hint: ${hint.replaceAll("\n", "\n        ")}`]),
  ].join("\n");

/** The documents cannot be compiled. Holds everything that was found, not only the first. */
export class GenerationError extends Error {
  override readonly name = "GenerationError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const ordered = inOrder(diagnostics);
    super(
      `${ordered.map(formatDiagnostic).join("\n\n")}\n\n${ordered.length} ${ordered.length === 1 ? "error" : "errors"}`,
    );
    this.diagnostics = ordered;
  }

  /** For machines: the findings as data. */
  toJSON(): { readonly name: string; readonly diagnostics: readonly Diagnostic[] } {
    return { name: this.name, diagnostics: this.diagnostics };
  }
}
