/** From a JSON pointer to the place in the text, for keys and values, and the excerpt that shows it. */

import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter } from "yaml";
import type { Origin } from "../model/model.js";

/** Text that was parsed, with what is needed to find places in it again. */
export interface Located {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  readonly text: string;
  readonly document: Document | undefined;
  readonly lines: LineCounter;
}

/** Which half of a pair is meant: `name:` or what follows it. */
export type Part = "key" | "value";

export const pointerOf = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** The keys of a pointer; undefined when the text is not a pointer. */
export const keysOf = (pointer: string): readonly string[] | undefined => {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
};

interface Place {
  readonly start: number;
  readonly end: number;
}

const keyText = (key: unknown): string =>
  isScalar(key) ? (typeof key.value === "string" ? key.value : (key.source ?? String(key.value))) : String(key);

/** The text of a key as the documents mean it: `200` and `"200"` are one, `1.10` is not `1.1`. */
export { keyText };

const placeOf = (node: unknown): Place | undefined => {
  const range = isNode(node) ? node.range : undefined;
  return range === undefined || range === null ? undefined : { start: range[0], end: range[1] };
};

const find = (located: Located, keys: readonly string[], part: Part): Place | undefined => {
  let node: unknown = located.document?.contents;
  let place = placeOf(node);
  for (const [depth, key] of keys.entries()) {
    if (isAlias(node) && located.document !== undefined) node = node.resolve(located.document);
    const wanted: Part = depth === keys.length - 1 ? part : "value";
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === key);
      if (pair === undefined) return place;
      place = (wanted === "value" ? placeOf(pair.value) : undefined) ?? placeOf(pair.key) ?? place;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      if (node === undefined) return place;
      place = placeOf(node) ?? place;
    } else return place;
  }
  return place;
};

/** Where a pointer's key or value stands; the nearest place that exists when it does not. */
export const locate = (located: Located, keys: readonly string[], part: Part = "value"): Origin => {
  const place = find(located, keys, part);
  const { line, col } = place === undefined ? { line: 1, col: 1 } : located.lines.linePos(place.start);
  return { file: located.file, pointer: pointerOf(keys), line: Math.max(line, 1), column: Math.max(col, 1) };
};

/** A place that is known by its offset, as the parser's own errors are. */
export const locateOffset = (located: Located, offset: number): Origin => {
  const { line, col } = located.lines.linePos(offset);
  return { file: located.file, pointer: "", line: Math.max(line, 1), column: Math.max(col, 1) };
};

const widest = 160;

/** A password in a URL is for the machine it names; stars keep the columns. */
const withoutSecrets = (line: string): string =>
  line.replace(/(?<=:\/\/)[^\s/?#"']+(?=@)|(?<=:\/\/[^\s?#"']*\?)[^\s#"']+/gu, (secret) => "*".repeat(secret.length));

/** The line of a place between its neighbours, numbered, with a caret under the column. */
export const excerptOf = (located: Pick<Located, "text">, origin: Pick<Origin, "line" | "column">): string => {
  const lines = located.text.split(/\r?\n/u);
  const first = Math.max(1, origin.line - 1);
  const last = Math.min(lines.length, origin.line + 1);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const line = withoutSecrets((lines[number - 1] ?? "").slice(0, 10 * widest));
    if (number !== origin.line && line.trim() === "") continue;
    shown.push(
      `${number === origin.line ? ">" : " "} ${String(number).padStart(width)} | ${line.slice(0, widest)}`.trimEnd(),
    );
    if (number === origin.line && origin.column <= widest) {
      shown.push(`  ${" ".repeat(width)} | ${" ".repeat(origin.column - 1)}^`);
    }
  }
  return shown.join("\n");
};
