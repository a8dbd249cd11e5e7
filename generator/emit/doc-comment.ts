import type { OperationModel } from "../model/model.js";

/** The words about an operation that stand over its handler and over its call. */
export function operationComment({ method, path, summary, description, deprecated, auth }: OperationModel): string {
  const paragraphs = [summary, description, authWords[auth], `\`${method} ${path}\``]
    .filter((paragraph) => paragraph !== undefined && paragraph.trim() !== "")
    .map((paragraph) => String(paragraph).trim());
  const text = [...new Set(paragraphs), ...(deprecated ? ["@deprecated"] : [])].join("\n\n");
  return `\n${text.replaceAll("*/", "*\\/")}`;
}

const authWords = {
  none: undefined,
  optional: "Takes an access token, and works without one.",
  required: "Needs an access token.",
} as const;
