/** The overrides of services.yaml that change operations, and the responses that it adds. */

import type { Findings } from "../load/findings.js";
import { type OverrideManifest, type ResponseManifest, readResponses } from "../load/manifest.js";
import type { Node } from "../load/node.js";
import { Shape } from "../load/shape.js";
import { byStatus, type FoundOperation, mediaTypeOf, textBody } from "./documents.js";
import type { Dialect } from "./keywords.js";
import type { BodyModel, MediaModel, OperationModel, ResponseModel, Schema } from "./model.js";
import { same } from "./schema.js";
import type { Schemas } from "./schemas.js";

/** How the operations of a document are called that ask for anything, where they agree. */
const agreedSecurity = (operations: readonly FoundOperation[], file: string): OperationModel["security"] => {
  const asked = operations
    .filter(({ node, operation }) => node.source.file === file && operation.security.length > 0)
    .map(({ operation }) => operation.security);
  const [first = []] = asked;
  return asked.every((security) => same(security, first)) ? first : [];
};

export class Overrides {
  private readonly schemas: Schemas;
  private readonly dialect: Dialect;
  private readonly findings: Findings;
  private readonly shape: Shape;

  constructor(schemas: Schemas, dialect: Dialect, findings: Findings) {
    this.schemas = schemas;
    this.dialect = dialect;
    this.findings = findings;
    this.shape = new Shape(findings);
  }

  apply(operations: readonly FoundOperation[], overrides: readonly OverrideManifest[]): readonly FoundOperation[] {
    return overrides.reduce((current, override) => this.applyOne(current, override), operations);
  }

  /** A response that services.yaml describes. */
  response({ status, description, schema, node }: ResponseManifest): ResponseModel {
    return {
      status,
      description: description ?? "",
      headers: [],
      content:
        schema === undefined ? [] : [{ mediaType: "application/json", schema: this.schemaOf(schema), examples: [] }],
      origin: node.origin("key"),
    };
  }

  private applyOne(
    operations: readonly FoundOperation[],
    { target, node }: OverrideManifest,
  ): readonly FoundOperation[] {
    if (target.kind === "schema") return operations;
    let current = operations;
    for (const named of target.nodes) {
      const chosen = this.choose(current, target.kind, named);
      for (const change of ["auth", "consumes", "produces", "body", "response"]) {
        const wanted = node.get(change);
        if (wanted === undefined || chosen.size === 0) continue;
        current = this.changeAll(current, chosen, change, wanted, named);
      }
    }
    return current;
  }

  private choose(
    operations: readonly FoundOperation[],
    kind: "operation" | "document",
    named: Node,
  ): ReadonlySet<string> {
    const wanted = String(named.value);
    const chosen = operations.filter(({ operation, node }) =>
      kind === "operation" ? operation.id === wanted : node.source.file === wanted,
    );
    if (chosen.length === 0) {
      this.findings.absence(`unknown-${kind}`, named, {
        message: `this service has no ${kind} ${wanted}`,
        hint:
          kind === "operation"
            ? "name an operationId as the document has it"
            : "name an entry document, relative to services.yaml",
      });
    }
    return new Set(chosen.map(({ operation }) => operation.id));
  }

  private changeAll(
    operations: readonly FoundOperation[],
    chosen: ReadonlySet<string>,
    change: string,
    wanted: Node,
    named: Node,
  ): readonly FoundOperation[] {
    let changes = 0;
    const changed = operations.map((one) => {
      if (!chosen.has(one.operation.id)) return one;
      const operation = this.change(one.operation, change, wanted, agreedSecurity(operations, one.node.source.file));
      if (same(operation, one.operation)) return one;
      changes += 1;
      return { ...one, operation };
    });
    if (changes === 0) {
      this.findings.absence("unneeded-override", wanted, {
        message: `\`${change}\` changes nothing for ${String(named.value)}: the document already says so`,
        hint: "remove it",
        part: "key",
      });
    }
    return changed;
  }

  private change(
    operation: OperationModel,
    change: string,
    wanted: Node,
    agreed: OperationModel["security"],
  ): OperationModel {
    switch (change) {
      case "auth":
        return this.auth(operation, wanted, agreed);
      case "consumes":
        return this.consumes(operation, wanted);
      case "produces":
        return this.produces(operation, wanted);
      case "body":
        return this.body(operation, wanted);
      default:
        return this.responses(operation, wanted);
    }
  }

  private auth(operation: OperationModel, wanted: Node, agreed: OperationModel["security"]): OperationModel {
    const auth = this.shape.choice(wanted, ["none", "optional", "required"]);
    if (auth === undefined) return operation;
    if (auth === "none") return { ...operation, auth, security: [] };
    const security = operation.security.length > 0 ? operation.security : agreed;
    if (security.length === 0) {
      this.findings.error("wrong-shape", wanted, {
        message: `${operation.id} names no security scheme that could be ${auth}`,
        hint: "add `security` to the operation in its document, whose other operations do not agree on one",
      });
    }
    return { ...operation, auth, security };
  }

  private consumes(operation: OperationModel, wanted: Node): OperationModel {
    const { body } = operation;
    const schema = body?.content[0]?.schema;
    if (body === undefined) return operation;
    const content = this.shape.oneOrMore(wanted).map(({ value }): MediaModel => {
      const mediaType = mediaTypeOf(String(value));
      return (
        body.content.find((media) => media.mediaType === mediaType) ?? {
          mediaType,
          ...(schema ? { schema } : {}),
          examples: [],
        }
      );
    });
    return { ...operation, body: { ...body, content } };
  }

  private produces(operation: OperationModel, wanted: Node): OperationModel {
    const mediaType = this.shape.text(wanted);
    if (mediaType === undefined) return operation;
    const responses = operation.responses.map((response) =>
      response.content.some(({ schema }) => schema !== undefined)
        ? response
        : { ...response, content: [textBody(mediaTypeOf(mediaType))] },
    );
    return { ...operation, responses };
  }

  private body(operation: OperationModel, wanted: Node): OperationModel {
    if (this.shape.text(wanted) === undefined) return operation;
    const schema = this.schemaOf(wanted);
    const known: BodyModel = operation.body ?? {
      required: true,
      content: [{ mediaType: "application/json", examples: [] }],
      origin: wanted.origin(),
    };
    return { ...operation, body: { ...known, content: known.content.map((media) => ({ ...media, schema })) } };
  }

  private responses(operation: OperationModel, wanted: Node): OperationModel {
    const responses = new Map(operation.responses.map((response) => [response.status, response]));
    for (const added of readResponses(wanted, this.findings)) {
      const declared = responses.get(added.status);
      responses.set(added.status, declared === undefined ? this.response(added) : this.replaced(declared, added));
    }
    return {
      ...operation,
      responses: [...responses.values()].sort(byStatus),
      rateLimited: operation.rateLimited || responses.has("429"),
    };
  }

  private replaced(declared: ResponseModel, { description, schema }: ResponseManifest): ResponseModel {
    const media = declared.content.length === 0 ? [{ mediaType: "application/json", examples: [] }] : declared.content;
    return {
      ...declared,
      description: description ?? declared.description,
      content:
        schema === undefined ? declared.content : media.map((one) => ({ ...one, schema: this.schemaOf(schema) })),
    };
  }

  private schemaOf(node: Node): Schema {
    const target = this.schemas.references.follow(node);
    return target === undefined ? {} : this.schemas.named(target, this.dialect);
  }
}
