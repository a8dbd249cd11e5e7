/** Security schemes and requirements, of both dialects. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { Shape } from "../load/shape.js";
import type { OperationModel, SecuritySchemeModel } from "./model.js";
import { hasReference, type References } from "./references.js";
import { same } from "./schema.js";

interface Defined {
  readonly scheme: SecuritySchemeModel;
  readonly node: Node;
}

type Requirement = Pick<OperationModel, "auth" | "security">;

/** Every scheme of a service, by name; documents share them. */
export class Security {
  private readonly references: References;
  private readonly findings: Findings;
  private readonly shape: Shape;
  private readonly schemes = new Map<string, Defined>();

  constructor(references: References, findings: Findings) {
    this.references = references;
    this.findings = findings;
    this.shape = new Shape(findings);
  }

  /** Reads a document's definitions, which may be a reference as a whole, and answers their names. */
  define(definitions: Node | undefined): ReadonlySet<string> {
    const whole = definitions && hasReference(definitions) ? this.references.settled(definitions) : definitions;
    const names = new Set<string>();
    for (const [name, entry] of this.shape.map(whole)?.entries() ?? []) {
      const node = this.references.settled(entry);
      const scheme = node && this.read(node);
      if (node === undefined || scheme === undefined) continue;
      names.add(name);
      this.add(name, { scheme, node });
    }
    return names;
  }

  /** What an operation asks for: its own `security`, else the document's. */
  requirement(node: Node | undefined, defined: ReadonlySet<string>): Requirement {
    if (node === undefined) return { auth: "none", security: [] };
    const alternatives = this.shape.list(node).map((alternative) => this.alternative(alternative, defined));
    const security = alternatives.filter((names) => names.length > 0);
    if (security.length === 0) return { auth: "none", security: [] };
    return { auth: security.length < alternatives.length ? "optional" : "required", security };
  }

  /** The schemes that the operations ask for. */
  finish(operations: readonly OperationModel[]): Readonly<Record<string, SecuritySchemeModel>> {
    const wanted = new Set(operations.flatMap(({ security }) => security.flat()));
    return Object.fromEntries(
      [...wanted]
        .sort()
        .map((name) => [
          name,
          this.schemes.get(name)?.scheme ?? { type: "other", description: "named by the documents, defined nowhere" },
        ]),
    );
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

  private read(node: Node): SecuritySchemeModel | undefined {
    const type = this.shape.choice(this.shape.need(node, "type"), [
      "apiKey",
      "basic",
      "http",
      "oauth2",
      "openIdConnect",
      "mutualTLS",
    ]);
    switch (type) {
      case undefined:
        return undefined;
      case "apiKey": {
        const place = this.shape.choice(this.shape.need(node, "in"), ["query", "header", "cookie"]);
        const name = this.shape.text(this.shape.need(node, "name"));
        return place === undefined || name === undefined ? undefined : { type, in: place, name };
      }
      case "basic":
        return { type: "http", scheme: "basic" };
      case "http": {
        const scheme = this.shape.text(this.shape.need(node, "scheme"));
        return scheme === undefined
          ? undefined
          : { type, scheme: scheme.toLowerCase() === "bearer" ? "bearer" : scheme };
      }
      default:
        return { type: "other", description: this.shape.text(node.get("description")) ?? type };
    }
  }
}
