/** Collects what is wrong with the documents of one service, and remembers which tolerances were needed. */

import type { Diagnostic, DiagnosticCode } from "../errors.js";
import type { DefectCode } from "../model/defects.js";
import { excerptOf, type Part } from "./locate.js";
import type { Node } from "./node.js";

/** A defect that `services.yaml` allows to stand. */
export interface Tolerance {
  readonly file: string;
  readonly pointer: string;
  readonly defect: DefectCode;
  readonly node: Node;
}

export interface Finding {
  readonly message: string;
  readonly hint: string;
  /** Whether the key or the value is to blame; the value unless said otherwise. */
  readonly part?: Part;
}

export class Findings {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  /** Set when some document could not be read: what nobody seems to need may be needed by that one. */
  incomplete = false;
  private readonly tolerances: readonly Tolerance[];
  private readonly used = new Set<Tolerance>();

  private readonly isStandalone: boolean;

  /** `isStandalone`: there is no `services.yaml` that the documents are named by. */
  constructor(tolerances: readonly Tolerance[] = [], isStandalone = false) {
    this.tolerances = tolerances;
    this.isStandalone = isStandalone;
  }

  error(code: DiagnosticCode, node: Node, finding: Finding): void {
    this.errors.push(diagnostic(code, node, finding));
  }

  /** An error that holds only if every document was read: something is not there, or not needed. */
  absence(code: DiagnosticCode, node: Node, finding: Finding): void {
    if (!this.incomplete) this.error(code, node, finding);
  }

  warn(code: DiagnosticCode, node: Node, finding: Finding): void {
    this.warnings.push(diagnostic(code, node, finding));
  }

  /** A mistake with one obvious repair, which the caller makes: an error unless the defect is tolerated here. */
  defect(code: DefectCode, node: Node, finding: Finding): void {
    const { file, pointer } = node.origin(finding.part);
    const leave = this.tolerances.find((one) => one.file === file && one.pointer === pointer && one.defect === code);
    if (leave !== undefined) this.used.add(leave);
    else {
      const tolerate = `tolerate: [{ file: ${file}, pointer: ${JSON.stringify(pointer)}, defect: ${code}, because: … }]`;
      const where = this.isStandalone
        ? "name the document in a services.yaml, and say of its service"
        : "say in services.yaml";
      this.error(code, node, {
        ...finding,
        hint: `${finding.hint}; to let it stand, ${where}\n${tolerate}`,
      });
    }
  }

  /** Reports every tolerance that no document made use of. */
  settle(): void {
    for (const tolerance of this.tolerances) {
      if (this.used.has(tolerance)) continue;
      this.absence("unneeded-tolerance", tolerance.node, {
        message: `no ${tolerance.defect} was found at ${tolerance.file}#${tolerance.pointer}`,
        hint: "remove the tolerance, or correct its file and pointer",
      });
    }
  }
}

export const diagnostic = (code: DiagnosticCode, node: Node, { message, hint, part }: Finding): Diagnostic => {
  const origin = node.origin(part);
  return { code, message, origin, excerpt: excerptOf(node.source, origin), hint };
};
