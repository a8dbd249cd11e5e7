/** Reads values of an expected shape; anything else is reported where it stands. */

import { isRecord } from "../record.js";
import type { Findings } from "./findings.js";
import type { Node } from "./node.js";

const nameOf = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  return `${typeof value === "string" ? "the text" : `the ${typeof value}`} ${JSON.stringify(value)}`;
};

const label = ({ keys }: Node): string => {
  const [holder, key] = keys.slice(-2);
  if (keys.length === 0) return "the file";
  return key !== undefined && /^\d+$/u.test(key) && Number(key) < 100
    ? `entry ${Number(key) + 1} of \`${holder}\``
    : `\`${keys.at(-1)}\``;
};

export class Shape {
  private readonly findings: Findings;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  private wrong(node: Node, wanted: string, hint = `write ${wanted}`): undefined {
    this.findings.error("wrong-shape", node, {
      message: `${label(node)} must be ${wanted}, not ${nameOf(node.value)}`,
      hint,
    });
    return undefined;
  }

  map(node: Node | undefined): Node | undefined {
    if (node === undefined) return undefined;
    return isRecord(node.value) ? node : this.wrong(node, "a map");
  }

  list(node: Node | undefined): readonly Node[] {
    if (node === undefined) return [];
    if (!Array.isArray(node.value)) this.wrong(node, "a list");
    return node.items();
  }

  /** A list that says something: none of its values twice, and not none. */
  some(node: Node): readonly Node[] {
    const texts = this.list(node).map(({ value }) => JSON.stringify(value));
    if (Array.isArray(node.value) && texts.length === 0) this.wrong(node, "a list with something in it");
    return node.items().filter((_item, index) => texts.indexOf(texts[index] ?? "") === index);
  }

  text(node: Node | undefined): string | undefined {
    if (node === undefined) return undefined;
    return typeof node.value === "string" ? node.value : this.wrong(node, "a text");
  }

  flag(node: Node | undefined): boolean | undefined {
    if (node === undefined) return undefined;
    return typeof node.value === "boolean" ? node.value : this.wrong(node, "true or false");
  }

  number(
    node: Node | undefined,
    wanted = "a number",
    fits: (value: number) => boolean = Number.isFinite,
  ): number | undefined {
    if (node === undefined) return undefined;
    return typeof node.value === "number" && fits(node.value) ? node.value : this.wrong(node, wanted);
  }

  texts(node: Node | undefined): readonly string[] {
    return this.list(node).flatMap((item) => this.text(item) ?? []);
  }

  /** One text, or a list of them. */
  oneOrMore(node: Node | undefined): readonly Node[] {
    if (node === undefined) return [];
    const nodes = Array.isArray(node.value) ? this.some(node) : [node];
    return nodes.filter((item) => this.text(item) !== undefined);
  }

  choice<Choice extends string>(node: Node | undefined, choices: readonly Choice[]): Choice | undefined {
    if (node === undefined) return undefined;
    const chosen = choices.find((choice) => choice === node.value);
    return chosen ?? this.wrong(node, `one of ${choices.join(", ")}`, "choose one of these");
  }

  /** The value under a key that must be there. */
  need(node: Node, key: string): Node | undefined {
    const inner = node.get(key);
    if (inner === undefined) {
      this.findings.error("wrong-shape", node, {
        message: `${label(node)} lacks \`${key}\``,
        hint: `add \`${key}\``,
        part: "key",
      });
    }
    return inner;
  }
}
