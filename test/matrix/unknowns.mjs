// Counts what the documents leave open: each `unknown` of a service's types, by the reason why it stands there.
import ts from "typescript";

/** Why a type can be no narrower, by kind. */
export const kinds = {
  "free-form object": "an object whose properties the document does not describe: content of events, empty answers",
  "undescribed extras": "an object with described properties that may hold others, of any value",
  "list of anything": "a list whose elements the document does not describe",
  anything: "a schema without a type: any JSON value is meant",
};

const isName = (node, text) =>
  node !== undefined && ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) && node.typeName.text === text;

/** A union, brackets or `readonly` around `unknown` change nothing about why it is there. */
const isWrapping = (node) =>
  ts.isUnionTypeNode(node) || ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node);

const kindOf = (unknown) => {
  let node = unknown.parent;
  while (isWrapping(node)) node = node.parent;
  if (ts.isArrayTypeNode(node) || ts.isTupleTypeNode(node)) return "list of anything";
  if (isName(node, "Record")) return "free-form object";
  if (ts.isIndexSignatureDeclaration(node))
    return node.parent.members?.length === 1 ? "free-form object" : "undescribed extras";
  return "anything";
};

/** How many there are of each kind in a module. */
export const countUnknowns = (text) => {
  const counts = {};
  const visit = (node) => {
    if (node.kind === ts.SyntaxKind.UnknownKeyword) counts[kindOf(node)] = (counts[kindOf(node)] ?? 0) + 1;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("types.ts", text, ts.ScriptTarget.ES2023, true));
  return counts;
};
