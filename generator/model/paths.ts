/** Base path, prefix variables and path, joined once. */

import type { Findings } from "../load/findings.js";
import type { Prefix } from "../load/manifest.js";
import type { Node } from "../load/node.js";
import { segmentPattern } from "../seam/segment.js";
import { pascalCase } from "./names.js";

/** One concrete path of an operation; several values of a prefix variable make several. */
export interface Mounted {
  readonly path: string;
  /** Appended to the operation's id; empty for the first value of each variable. */
  readonly suffix: string;
  /** The parameter that this path is without. */
  readonly without?: string;
}

const variables = /%([A-Za-z][A-Za-z0-9_]*)%|\{([^{}]+)\}/gu;

export class Paths {
  private readonly prefixes: readonly Prefix[];
  private readonly findings: Findings;
  private readonly used = new Set<string>();

  constructor(prefixes: readonly Prefix[], findings: Findings) {
    this.prefixes = prefixes;
    this.findings = findings;
  }

  /** The paths under which one entry of `paths` is served. */
  mount(base: string, key: string, node: Node): readonly Mounted[] {
    const trimmed = key.trim();
    if (trimmed !== key) {
      this.findings.defect("padded-path", node, {
        message: `the path ${JSON.stringify(key)} has white space around it`,
        hint: "remove the white space; two operations on one path may stand in two documents",
        part: "key",
      });
    }
    const suffix = trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
    const joined = this.fill(base).flatMap((head) =>
      this.fill(suffix).map((tail) => ({
        path: (head.path.replace(/\/+$/u, "") + tail.path).replaceAll(/\/{2,}/gu, "/"),
        suffix: head.suffix + tail.suffix,
      })),
    );
    const [first] = joined;
    const unclear = first?.path.split("/").find((segment) => !isClear(segment));
    if (unclear !== undefined) {
      this.findings.error("unsupported", node, {
        message: `nobody could tell where the parameters of the segment ${unclear} begin and end`,
        hint: "write text between two parameters, or let each be a segment of its own",
        part: "key",
      });
    }
    const leftover = first && this.leftover(first.path, base, node);
    return leftover === undefined ? joined : joined.map((one) => ({ ...one, path: one.path.replaceAll(leftover, "") }));
  }

  /** Whether services.yaml gives a variable its values. */
  isPrefix(name: string): boolean {
    return this.prefixes.some((one) => one.name === name);
  }

  /** Reports every prefix variable that no path made use of. */
  settle(): void {
    for (const { name, node } of this.prefixes) {
      if (this.used.has(name)) continue;
      this.findings.absence("unneeded-prefix", node, {
        message: `no document of this service holds %${name}% or {${name}}`,
        hint: "remove the prefix, or correct its name",
        part: "key",
      });
    }
  }

  private fill(text: string): readonly Mounted[] {
    let filled: readonly Mounted[] = [{ path: text, suffix: "" }];
    for (const [placeholder, percent, brace] of text.matchAll(variables)) {
      const name = percent ?? brace ?? "";
      const values = this.valuesOf(name);
      if (values === undefined) continue;
      filled = filled.flatMap(({ path, suffix }) =>
        values.map((value, index) => ({
          path: path.replaceAll(placeholder, value),
          suffix: index === 0 ? suffix : suffix + pascalCase(value),
        })),
      );
    }
    return filled;
  }

  private valuesOf(name: string): readonly string[] | undefined {
    const prefix = this.prefixes.find((one) => one.name === name);
    if (prefix === undefined) return undefined;
    this.used.add(name);
    return prefix.values;
  }

  /** Reports a variable without a value, once, and answers it. */
  private leftover(path: string, base: string, node: Node): string | undefined {
    const left = [...path.matchAll(variables)].find(
      ([placeholder, percent]) => percent !== undefined || base.includes(placeholder),
    );
    if (left === undefined) return undefined;
    const name = left[1] ?? left[2] ?? "";
    this.findings.error("leftover-placeholder", node, {
      message: `${path} still holds ${left[0]}`,
      hint: `give it a value in services.yaml: prefixes: { ${name}: [ … ] }`,
      part: "key",
    });
    return left[0];
  }
}

/** Whether a segment has no parameters, or each of them can be found. */
const isClear = (segment: string): boolean => {
  if (!/[{}]/u.test(segment)) return true;
  try {
    segmentPattern(segment);
    return true;
  } catch {
    return false;
  }
};

/** The names in braces, in order. */
export const parametersIn = (path: string): readonly string[] =>
  [...path.matchAll(/\{([^{}]+)\}/gu)].map(([, name]) => name ?? "");
