import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { compilerErrors } from "../support/compiler.js";
import { temporaryFolder, textsBelow } from "../support/tree.js";

/** Ends whatever it may stand in: comments, texts of all kinds, and lines, those of Unicode too. */
const leaving = '*/ */ \' " ` \u0024{evil} \\ \\" \u2028evil();\u2028 \r\nevil();\n//evil\n/* evil(';
const hostile = JSON.stringify(leaving);

const schema = `
type: object
title: ${hostile}
description: ${hostile}
x-evil: ${hostile}
required: [${hostile}, constructor]
properties:
  ${hostile}: { type: string, description: ${hostile}, default: ${hostile}, example: ${hostile} }
  kind: { type: string, enum: [${hostile}, plain] }
  fixed: { const: ${hostile} }
  shape: { type: string, pattern: ${JSON.stringify("^*/ ' \" ` evil".replace("*", "[*]"))}, format: ${hostile} }
  nested: { type: object, properties: { toString: { type: string }, valueOf: { type: integer } } }
  constructor: { type: string }
  hasOwnProperty: { type: array, items: { type: string, enum: [${hostile}] } }
`;

const document = `
swagger: "2.0"
info: { title: ${hostile}, version: ${hostile}, description: ${hostile} }
basePath: /mail
tags: [{ name: ${hostile}, description: ${hostile} }]
securityDefinitions:
  ${hostile}: { type: apiKey, in: header, name: "X-Key", description: ${hostile} }
paths:
  "/a/*/evil":
    post:
      operationId: ${hostile}
      tags: [${hostile}]
      summary: ${hostile}
      description: ${hostile}
      deprecated: true
      security: [{ ${hostile}: [] }]
      parameters:
        - { in: query, name: ${hostile}, type: string, default: ${hostile}, description: ${hostile} }
        - { in: query, name: valueOf, type: string }
        - { in: body, name: body, schema: { $ref: letter.yaml } }
      responses:
        200: { description: ${hostile}, schema: { $ref: letter.yaml }, examples: { application/json: ${hostile} } }
        default: { description: ${hostile} }
  "/b/{constructor}/{hasOwnProperty}":
    get:
      operationId: constructor
      parameters:
        - { in: path, name: constructor, type: string, required: true, description: ${hostile} }
        - { in: path, name: hasOwnProperty, type: string, required: true }
      responses: { 200: { description: ${hostile} } }
    delete:
      operationId: delete
      parameters:
        - { in: path, name: constructor, type: string, required: true }
        - { in: path, name: hasOwnProperty, type: string, required: true }
      responses: { 200: { description: ${hostile} } }
`;

const services = `
services:
  evil:
    title: ${hostile}
    description: ${hostile}
    version: ${hostile}
    documents: [document.yaml]
    implicit: { 5XX: { description: ${hostile}, schema: letter.yaml } }
`;

async function generated(): Promise<string> {
  const folder = temporaryFolder();
  const root = join(folder, "api");
  mkdirSync(root);
  const files = { "services.yaml": services, "document.yaml": document, "letter.yaml": schema };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  await generate({ root, out: join(folder, "generated") });
  return join(folder, "generated");
}

/** Every name in the code of a module: what stands in texts and comments is none. */
function identifiers(path: string, text: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ESNext));
  return names;
}

test("whatever documents say, it never becomes code, and what it becomes compiles", async () => {
  const out = await generated();
  const modules = [...textsBelow(out)].filter(([path]) => /^evil\/.*\.(?:ts|js)$/.test(path));
  const named = modules.map(([path, text]) => [path, identifiers(path, text).filter((name) => /^evil/.test(name))]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(modules.map(([path]) => [path, []])));
  const repeating = modules.filter(([, text]) => text.includes("evil()")).map(([path]) => path);
  expect(repeating.sort()).toEqual(
    ["calls.ts", "client.ts", "handlers.ts", "operations.ts", "requests.ts", "responses.ts", "types.ts"].map(
      (file) => `evil/${file}`,
    ),
  );
  expect(compilerErrors(out)).toEqual([]);
});

test("the walk sees a name that left its comment", () => {
  expect(identifiers("left.ts", "/** told */ evil(); /* */ const evil2 = 'evil3';")).toEqual(["evil", "evil2"]);
});
