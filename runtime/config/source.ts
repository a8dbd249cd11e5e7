import type { Pair, ParsedNode } from "yaml";
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { leftOutSection, nextLine } from "./left-out-section.js";
import type { Problem } from "./problem.js";

/** The steps from the top of the configuration to one option. */
export type Path = readonly (string | number)[];

/** A configuration file that was read: its value, and where each part of it stands. */
export interface Source {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** `file:line:column` of the option, or of the nearest section around it that the file holds. */
  where(path: Path): string;
  /** The same as a number, by which problems are put into the order of the file. */
  offset(path: Path): number;
  /** What to do where the option is in the wrong section only because its own is commented out. */
  hint(path: Path): string | undefined;
  /** Whether the file itself has something there. */
  holds(path: Path): boolean;
}

/** Reads YAML text. Syntax errors and repeated keys become problems; the value is then not to be used. */
export function readSource(text: string, name: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const places = document.errors.map(({ pos: [offset], message }) => ({ ...lines.linePos(offset), message }));
    const problems = places.map((place) => syntaxProblem(name, text.split("\n"), place));
    return {
      value: undefined,
      problems,
      where: () => name,
      offset: () => 0,
      hint: () => undefined,
      holds: () => false,
    };
  }
  return {
    value: document.toJS({ maxAliasCount: 100 }) ?? {},
    problems: [],
    where: (path) => at(offsetOf(document.contents, path)),
    offset: (path) => offsetOf(document.contents, path),
    hint: (path) => sectionHint(text.split("\n"), lines.linePos(offsetOf(document.contents, path)).line),
    holds: (path) => document.hasIn(path),
  };
}

/** YAML finds a wrong indentation at the space above the line that has it. */
function syntaxProblem(
  name: string,
  lines: readonly string[],
  { line, col, message }: { line: number; col: number; message: string },
): Problem {
  const right = nextLine(lines, line) ?? line;
  const column = right === line ? col : (lines[right - 1] ?? "").search(/\S/) + 1;
  const hint = sectionHint(lines, right) ?? "correct the YAML there";
  return { where: `${name}:${right}:${column}`, what: message, hint };
}

function sectionHint(lines: readonly string[], line: number): string | undefined {
  const section = leftOutSection(lines, line);
  return section && `uncomment its section's line, too: "${section.name}:" in line ${section.line}`;
}

function offsetOf(root: ParsedNode | null, path: Path): number {
  let offset = root?.range[0] ?? 0;
  let node: unknown = root;
  for (const step of path) {
    const next = child(node, step);
    if (next === undefined) return offset;
    offset = next.offset;
    node = next.node;
  }
  return offset;
}

/** For an entry of a map the key is what the operator looks for, for an element of a list the element. */
function child(node: unknown, step: string | number): { offset: number; node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && nameOf(item) === String(step));
    return pair === undefined ? undefined : { offset: startOf(pair.key), node: pair.value };
  }
  if (isSeq(node)) {
    const item: unknown = node.items[Number(step)];
    return item === undefined ? undefined : { offset: startOf(item), node: item };
  }
  return undefined;
}

function nameOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function startOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) ? (node.range?.[0] ?? 0) : 0;
}
