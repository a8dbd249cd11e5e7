/** Doc comments: the words of a document, unable to end the comment, and no wider than people read. */

import type { OperationModel } from "../model/model.js";

const widest = 100;

/** A line of a document as lines of a comment; what continues a list's item stands below its text. */
function wrapped(line: string): string[] {
  const [indent = ""] = /^\s*(?:[-*+]\s+)?/.exec(line) ?? [];
  const lines: string[] = [];
  let current = indent;
  for (const word of line.slice(indent.length).split(" ")) {
    const isEmpty = current.trim() === indent.trim();
    if (!isEmpty && current.length + 1 + word.length > widest) {
      lines.push(current.trimEnd());
      current = " ".repeat(indent.length) + word;
    } else current += isEmpty ? word : ` ${word}`;
  }
  return [...lines, current.trimEnd()];
}

/** Text as the lines of a comment. */
export function commentLines(text: string): string[] {
  const lines = text.replaceAll("*/", "*\\/").split(/\r\n|[\n\r\u2028\u2029]/u);
  const told = lines.flatMap((line) => (line.length > widest ? wrapped(line) : [line.trimEnd()]));
  const first = told.findIndex((line) => line !== "");
  return first === -1 ? [] : told.slice(first, told.findLastIndex((line) => line !== "") + 1);
}

/** Text as the `docs` of a statement: on one line where there is but one. */
export function docs(text: string): string[] {
  const lines = commentLines(text);
  return lines.length === 0 ? [] : [lines.length === 1 ? lines.join() : `\n${lines.join("\n")}`];
}

/** The words about an operation that stand over its handler and over its call. */
export function operationDocs({ method, path, summary, description, deprecated, auth }: OperationModel): string[] {
  const paragraphs = [summary, description, authWords[auth], `\`${method} ${path}\``]
    .filter((paragraph) => paragraph !== undefined && paragraph.trim() !== "")
    .map((paragraph) => String(paragraph).trim());
  return docs([...new Set(paragraphs), ...(deprecated ? ["@deprecated"] : [])].join("\n\n"));
}

const authWords = {
  none: undefined,
  optional: "Takes an access token, and works without one.",
  required: "Needs an access token.",
} as const;
