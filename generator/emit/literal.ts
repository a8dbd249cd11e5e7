import { propertyKey } from "./names.js";

export const lineWidth = 120;

/** A name in scope that stands in place of plain data. */
export class Named {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Plain data as a TypeScript expression: on one line where it fits, otherwise indented by two spaces. */
export function literal(value: unknown, indent = ""): string {
  const inner = `${indent}  `;
  const flat = oneLine(value);
  if (flat.length + indent.length <= lineWidth - 20 || typeof value !== "object" || value === null) return flat;
  if (value instanceof Named) return flat;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => `${inner}${literal(item, inner)},\n`).join("")}${indent}]`;
  }
  const entries = definedEntries(value).map(([key, item]) => `${inner}${member(key, item, literal(item, inner))},\n`);
  return `{\n${entries.join("")}${indent}}`;
}

function member(key: string, value: unknown, text: string): string {
  return value instanceof Named && value.name === key ? key : `${propertyKey(key)}: ${text}`;
}

function oneLine(value: unknown): string {
  if (value instanceof Named) return value.name;
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = definedEntries(value);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([key, item]) => member(key, item, oneLine(item))).join(", ")} }`;
}

function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}
