/**
 * TypeScript types of schemas, printed by openapi-typescript and repaired where its output could not be used as it is.
 */

import type { OpenAPI3, SchemaObject, TransformNodeOptions } from "openapi-typescript";
import type ts from "typescript";
import type { Schema } from "../model/model.js";
import { commentLines } from "./doc-comment.js";
import { keyPrefixes } from "./pattern-keys.js";
import { openapiTypescript, resolveRef, transformSchema, transformSchemaObject, typescript } from "./printers.js";
import { isBinary, isEmptyObject, isStream, schemaView, shown } from "./schema-view.js";

/** A printed type, not yet given a name. */
export interface PrintedType {
  readonly node: ts.TypeNode;
  /** The words of its doc comment, by line; empty where the document says nothing. */
  readonly comment: readonly string[];
}

const { factory } = typescript;

/** The name behind `components["schemas"]["Sid"]`. */
function referencedName(node: ts.Node): string | undefined {
  if (!typescript.isIndexedAccessTypeNode(node) || !typescript.isIndexedAccessTypeNode(node.objectType))
    return undefined;
  const { objectType, indexType } = node.objectType;
  const isSchemas =
    typescript.isLiteralTypeNode(indexType) &&
    typescript.isStringLiteral(indexType.literal) &&
    indexType.literal.text === "schemas";
  const isComponents =
    typescript.isTypeReferenceNode(objectType) &&
    typescript.isIdentifier(objectType.typeName) &&
    objectType.typeName.text === "components";
  const name = node.indexType;
  return isSchemas && isComponents && typescript.isLiteralTypeNode(name) && typescript.isStringLiteral(name.literal)
    ? name.literal.text
    : undefined;
}

/** A signature for every name there is, and nothing else. */
const isIndexSignatureOnly = (node: ts.TypeNode): node is ts.TypeLiteralNode =>
  typescript.isTypeLiteralNode(node) &&
  node.members.length === 1 &&
  node.members.every(
    (member) =>
      typescript.isIndexSignatureDeclaration(member) &&
      member.parameters[0]?.type?.kind === typescript.SyntaxKind.StringKeyword,
  );

const printer = typescript.createPrinter({ removeComments: false });
const blank = typescript.createSourceFile("types.ts", "", typescript.ScriptTarget.ESNext);

/** The text of one node, indented by two spaces. */
export function printNode(node: ts.Node): string {
  return printer
    .printNode(typescript.EmitHint.Unspecified, node, blank)
    .replaceAll(/^(?: {4})+/gm, (spaces) => " ".repeat(spaces.length / 2));
}

/** The members of a union, of those in it too. */
const unionMembers = (type: ts.TypeNode): readonly ts.TypeNode[] =>
  typescript.isUnionTypeNode(type) ? type.types.flatMap(unionMembers) : [type];

function union(types: readonly ts.TypeNode[]): ts.TypeNode {
  const byText = new Map(types.flatMap(unionMembers).map((type) => [printNode(type), type]));
  const [first, ...others] = byText.values();
  if (byText.has("unknown") || first === undefined)
    return factory.createKeywordTypeNode(typescript.SyntaxKind.UnknownKeyword);
  return others.length === 0 ? first : factory.createUnionTypeNode([first, ...others]);
}

/** The types of everything that an index signature beside it would have to cover. */
function memberTypes(type: ts.TypeNode): ts.TypeNode[] {
  if (!typescript.isTypeLiteralNode(type)) {
    const keys = factory.createTypeOperatorNode(typescript.SyntaxKind.KeyOfKeyword, type);
    return [factory.createIndexedAccessTypeNode(type, keys)];
  }
  return type.members.flatMap((member) => {
    if (!typescript.isPropertySignature(member) || member.type === undefined) return [];
    const absent = factory.createKeywordTypeNode(typescript.SyntaxKind.UndefinedKeyword);
    return member.questionToken === undefined ? [member.type] : [member.type, absent];
  });
}

/**
 * `{ known: string } & { [key: string]: number }` accepts no value. The index signature is widened to cover the known
 * properties too, and stands in the same braces where it can.
 */
function repairIndexSignatures(intersection: ts.IntersectionTypeNode): ts.TypeNode {
  const open = intersection.types.filter(isIndexSignatureOnly);
  const closed = intersection.types.filter((type) => !isIndexSignatureOnly(type));
  const signatures = open.flatMap((type) => type.members.filter(typescript.isIndexSignatureDeclaration));
  const [signature] = signatures;
  if (signature === undefined || closed.length === 0) return intersection;
  const value = union([...signatures.map(({ type }) => type), ...closed.flatMap(memberTypes)]);
  const widened = factory.updateIndexSignature(signature, signature.modifiers, signature.parameters, value);
  const [only] = closed;
  if (closed.length === 1 && only !== undefined && typescript.isTypeLiteralNode(only)) {
    return factory.createTypeLiteralNode([...only.members, widened]);
  }
  return factory.createIntersectionTypeNode([...closed, factory.createTypeLiteralNode([widened])]);
}

/** `WithRequired<T, K>` is a helper the printer would put beside the types; spelled out it needs none. */
function spellOutRequired(node: ts.TypeReferenceNode): ts.TypeNode {
  const [type] = node.typeArguments ?? [];
  if (!typescript.isIdentifier(node.typeName) || node.typeName.text !== "WithRequired" || type === undefined)
    return node;
  const picked = factory.createTypeReferenceNode("Pick", node.typeArguments);
  return factory.createIntersectionTypeNode([type, factory.createTypeReferenceNode("Required", [picked])]);
}

/** A name that was hidden from the printer comes back as text, and needs no quotes: it is a method of all objects. */
function unquoted(property: ts.PropertySignature): ts.PropertySignature {
  const { modifiers, name, questionToken, type } = property;
  if (!typescript.isStringLiteral(name) || !(name.text in Object.prototype)) return property;
  return factory.updatePropertySignature(property, modifiers, factory.createIdentifier(name.text), questionToken, type);
}

function repair(root: ts.TypeNode, reference: (name: string) => string): ts.TypeNode {
  const visit = (node: ts.Node): ts.Node => {
    const name = referencedName(node);
    if (name !== undefined) return factory.createTypeReferenceNode(reference(name));
    if (typescript.isStringLiteral(node) && shown(node.text) !== node.text)
      return factory.createStringLiteral(shown(node.text));
    const visited = typescript.visitEachChild(node, visit, undefined);
    if (typescript.isTupleTypeNode(visited)) return typescript.setEmitFlags(visited, typescript.EmitFlags.SingleLine);
    if (typescript.isIntersectionTypeNode(visited)) return repairIndexSignatures(visited);
    if (typescript.isPropertySignature(visited)) return withComment(unquoted(visited), commentOf(node));
    return typescript.isTypeReferenceNode(visited) ? spellOutRequired(visited) : visited;
  };
  const repaired = visit(root);
  if (!typescript.isTypeNode(repaired))
    throw new Error(`a type became ${typescript.SyntaxKind[repaired.kind]} while it was repaired`);
  return repaired;
}

/** What the printer adds that the type itself already says. */
const redundant = /^(?:@constant|@enum \{.*|Format: .*)$/;

/** The lines of the doc comment that the printer gave to a property, in the form we print: tags stand last. */
function commentOf(node: ts.Node): string[] {
  const [comment] = typescript.getSyntheticLeadingComments(node) ?? [];
  const lines = (comment?.text ?? "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*(?: {5}| )?/, "").replace(/^@description /, ""))
    .filter((line) => !redundant.test(line));
  const isDeprecation = (line: string): boolean => line === "@deprecated";
  const words = commentLines(lines.filter((line) => !isDeprecation(line)).join("\n"));
  return [...words, ...lines.filter(isDeprecation)];
}

/** Gives a node a doc comment, in place of the one it has. */
export function withComment<Node extends ts.Node>(node: Node, lines: readonly string[]): Node {
  typescript.setSyntheticLeadingComments(node, undefined);
  if (lines.length === 0) return node;
  const text =
    lines.length === 1 ? `* ${lines[0]} ` : `*\n${lines.map((line) => ` ${`* ${line}`.trimEnd()}\n`).join("")} `;
  return typescript.addSyntheticLeadingComment(node, typescript.SyntaxKind.MultiLineCommentTrivia, text, true);
}

function documentOf(schemas: Readonly<Record<string, Schema>>): OpenAPI3 {
  const views = Object.entries(schemas).map(([name, schema]) => [name, schemaView(schema)]);
  return {
    openapi: "3.1.0",
    info: { title: "schemas", version: "1" },
    paths: {},
    components: { schemas: Object.fromEntries(views) },
  };
}

/**
 * What the printer settles before it prints. Of a document it would first look for mistakes, for longer than printing
 * takes, and ours has none left: so it is given a single schema here, and the others where it begins to print.
 */
async function contextOf(known: OpenAPI3): Promise<TransformNodeOptions["ctx"]> {
  const settled: TransformNodeOptions["ctx"][] = [];
  await openapiTypescript(documentOf({ Any: {} }), {
    transform: (_schema, { ctx }) => void settled.push(ctx),
    defaultNonNullable: false,
    emptyObjectsUnknown: true,
    silent: true,
  });
  const [context] = settled;
  if (context === undefined) throw new Error("openapi-typescript looked at no schema");
  return { ...context, transform, resolve: (reference) => resolveRef(known, reference, { silent: true }) };
}

/** `{}` and nothing else. */
function emptyObject(): ts.TypeNode {
  const nothing = factory.createKeywordTypeNode(typescript.SyntaxKind.NeverKeyword);
  return factory.createTypeReferenceNode("Record", [
    factory.createKeywordTypeNode(typescript.SyntaxKind.StringKeyword),
    nothing,
  ]);
}

// The printer's SchemaObject is the same JSON Schema under another name.
const typeOf = (schema: Schema | true, options: TransformNodeOptions): ts.TypeNode =>
  transformSchemaObject(schema as SchemaObject, options);

/** A tuple may be shorter than its elements and longer than them, unless the schema says otherwise. */
function openTuple(schema: Schema, options: TransformNodeOptions): ts.TypeNode | undefined {
  const { prefixItems, items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (prefixItems === undefined) return undefined;
  const elements = prefixItems.slice(0, maxItems).map((item, index) => {
    const element = typeOf(item, options);
    return index < minItems ? element : factory.createOptionalTypeNode(element);
  });
  if (items === false || maxItems <= prefixItems.length) return factory.createTupleTypeNode(elements);
  const rest = typeOf(typeof items === "object" ? items : true, options);
  return factory.createTupleTypeNode([...elements, factory.createRestTypeNode(factory.createArrayTypeNode(rest))]);
}

/** `[key: `x_${string}`]: number`: the names that begin so, told apart from those described. */
function prefixSignature(prefix: string, schema: Schema, options: TransformNodeOptions): ts.IndexSignatureDeclaration {
  const text = factory.createKeywordTypeNode(typescript.SyntaxKind.StringKeyword);
  const span = factory.createTemplateLiteralTypeSpan(text, factory.createTemplateTail(""));
  const name = factory.createTemplateLiteralType(factory.createTemplateHead(prefix), [span]);
  const key = factory.createParameterDeclaration(undefined, undefined, "key", undefined, name);
  return factory.createIndexSignature(undefined, [key], typeOf(schema, options));
}

function keyedByPrefix(schema: Schema, options: TransformNodeOptions): ts.TypeNode | undefined {
  const prefixes = keyPrefixes(schema);
  if (prefixes === undefined) return undefined;
  const { patternProperties: _patterns, additionalProperties: _others, ...rest } = schema;
  const signatures = [...prefixes].map(([prefix, inner]) => prefixSignature(prefix, inner, options));
  if (Object.keys(rest.properties ?? {}).length === 0) return factory.createTypeLiteralNode(signatures);
  const described = typeOf(rest, options);
  return typescript.isTypeLiteralNode(described)
    ? factory.createTypeLiteralNode([...described.members, ...signatures])
    : factory.createIntersectionTypeNode([described, factory.createTypeLiteralNode(signatures)]);
}

function transform(given: SchemaObject, options: TransformNodeOptions): ts.TypeNode | undefined {
  // The printer's SchemaObject is the same JSON Schema under another name.
  const schema = given as Schema;
  if (isStream(schema))
    return factory.createTypeReferenceNode("ReadableStream", [factory.createTypeReferenceNode("Uint8Array")]);
  if (isBinary(schema)) return factory.createTypeReferenceNode("File");
  if (isEmptyObject(schema)) return emptyObject();
  return schema.type === "array" ? openTuple(schema, options) : keyedByPrefix(schema, options);
}

function propertiesOf(nodes: readonly ts.Node[]): ts.PropertySignature[] {
  const components = nodes.find(
    (node): node is ts.InterfaceDeclaration =>
      typescript.isInterfaceDeclaration(node) && node.name.text === "components",
  );
  const schemas = components?.members.find(
    (member): member is ts.PropertySignature =>
      typescript.isPropertySignature(member) && typescript.isIdentifier(member.name) && member.name.text === "schemas",
  );
  if (schemas?.type === undefined || !typescript.isTypeLiteralNode(schemas.type)) return [];
  return schemas.type.members.filter(typescript.isPropertySignature);
}

/** What may be referred to, and what a reference becomes. */
export interface References {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly write: (name: string) => string;
}

/**
 * Prints every schema.
 * @throws when the printer did not answer one type for each schema.
 */
export async function printTypes(
  schemas: Readonly<Record<string, Schema>>,
  references: References,
): Promise<ReadonlyMap<string, PrintedType>> {
  const printed = new Map<string, PrintedType>();
  if (Object.keys(schemas).length === 0) return printed;
  const context = await contextOf(documentOf({ ...references.schemas, ...schemas }));
  const nodes = transformSchema(documentOf(schemas), context);
  for (const property of propertiesOf(nodes)) {
    if (
      property.type === undefined ||
      (!typescript.isIdentifier(property.name) && !typescript.isStringLiteral(property.name))
    )
      continue;
    const name = property.name.text;
    printed.set(name, { node: repair(property.type, references.write), comment: commentOf(property) });
  }
  const missing = Object.keys(schemas).filter((name) => !printed.has(name));
  if (missing.length > 0) throw new Error(`openapi-typescript printed no type for ${missing.join(", ")}`);
  return printed;
}
