/** Security schemes and requirements, of both dialects. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { Shape } from "../load/shape.js";
import { memberOf } from "../member.js";
import type { Dialect } from "./keywords.js";
import type { OperationModel, ServiceModel } from "./model.js";
import { hasReference, type References } from "./references.js";
import { same } from "./schema.js";
import { type ReadScheme, SecuritySchemes } from "./security-scheme.js";

interface Defined extends ReadScheme {
  readonly node: Node;
}

type Requirement = Pick<OperationModel, "auth" | "security" | "scopes">;

type Finished = Pick<ServiceModel, "securitySchemes" | "securityKept">;

/** Every scheme of a service, by name; documents share them. */
export class Security {
  private readonly references: References;
  private readonly findings: Findings;
  private readonly shape: Shape;
  private readonly reader: SecuritySchemes;
  private readonly schemes = new Map<string, Defined>();

  constructor(references: References, findings: Findings) {
    this.references = references;
    this.findings = findings;
    this.shape = new Shape(findings);
    this.reader = new SecuritySchemes(findings);
  }

  /** Reads a document's definitions, which may be a reference as a whole, and answers their names. */
  define(definitions: Node | undefined, dialect: Dialect): ReadonlySet<string> {
    const whole = definitions && hasReference(definitions) ? this.references.settled(definitions) : definitions;
    const names = new Set<string>();
    for (const [name, entry] of this.shape.map(whole)?.entries() ?? []) {
      const node = this.references.settled(entry);
      const read = node && this.reader.read(node, dialect);
      if (node === undefined || read === undefined) continue;
      names.add(name);
      this.add(name, { ...read, node });
    }
    return names;
  }

  /** What an operation asks for: its own `security`, else the document's. */
  requirement(node: Node | undefined, defined: ReadonlySet<string>): Requirement {
    if (node === undefined) return { auth: "none", security: [] };
    const alternatives = this.shape.list(node).map((alternative) => this.alternative(alternative, defined));
    const security = alternatives.filter((names) => names.length > 0);
    if (security.length === 0) return { auth: "none", security: [] };
    const scopes = this.scopes(node);
    const auth = security.length < alternatives.length ? "optional" : "required";
    return { auth, security, ...(Object.keys(scopes).length === 0 ? {} : { scopes }) };
  }

  /** The schemes that the operations ask for. */
  finish(operations: readonly OperationModel[]): Finished {
    const wanted = [...new Set(operations.flatMap(({ security }) => security.flat()))].sort();
    const undefinedScheme = { type: "other", description: "named by the documents, defined nowhere" } as const;
    const schemes = wanted.map((name) => [name, this.schemes.get(name)?.scheme ?? undefinedScheme] as const);
    const kept = wanted.flatMap((name) => {
      const known = this.schemes.get(name);
      return known === undefined ? [] : [[name, known.kept] as const];
    });
    return { securitySchemes: Object.fromEntries(schemes), securityKept: Object.fromEntries(kept) };
  }

  /** The scopes that all alternatives together ask for, by scheme. */
  private scopes(node: Node): Readonly<Record<string, readonly string[]>> {
    const scopes: Record<string, string[]> = {};
    for (const [name, list] of node.items().flatMap((alternative) => alternative.entries())) {
      for (const scope of this.shape.texts(list))
        scopes[name] = [...new Set([...(memberOf(scopes, name) ?? []), scope])];
    }
    return scopes;
  }

  private alternative(node: Node, defined: ReadonlySet<string>): readonly string[] {
    return (this.shape.map(node)?.entries() ?? []).map(([name, scopes]) => {
      if (!defined.has(name)) {
        this.findings.defect("undefined-security", scopes, {
          message: `this document defines no security scheme called ${name}`,
          hint: "define it, or correct the name",
          part: "key",
        });
      }
      return name;
    });
  }

  private add(name: string, definition: Defined): void {
    const known = this.schemes.get(name);
    if (known === undefined) this.schemes.set(name, definition);
    else if (!same(known.scheme, definition.scheme)) {
      const { file, line } = known.node.origin();
      this.findings.error("conflicting-security", definition.node, {
        message: `${name} means another scheme in ${file}:${line}`,
        hint: "give one of the two another name",
        part: "key",
      });
    }
  }
}
