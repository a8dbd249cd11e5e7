import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadServices } from "../../../generator/load/services.js";
import type { Schema } from "../../../generator/model/model.js";
import { temporaryFolder } from "../../support/tree.js";

type Files = Readonly<Record<string, string>>;

const indented = (text: string): string => text.replaceAll(/^(?=.)/gmu, "    ");

/** A document whose one body is an object with a property for each reference, and whose components are given. */
const document = (references: readonly string[], components = "    None: { type: string }\n"): string => `openapi: 3.1.0
info: { title: Letters, version: "1" }
paths:
  /send:
    post:
      operationId: send
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
${references.map((reference, index) => `                p${index}: { $ref: "${reference}" }\n`).join("")}      responses: { "200": { description: Sent. } }
components:
  schemas:
${components}`;

async function schemasOf(
  files: Files,
): Promise<{ body: Schema["properties"]; named: Readonly<Record<string, Schema>> }> {
  const root = temporaryFolder();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  const { services } = await loadServices({ root, documents: ["openapi.yaml"] });
  const named = Object.fromEntries((services[0]?.schemas ?? []).map(({ name, schema }) => [name, schema]));
  return { body: named["SendRequest"]?.properties, named };
}

const to = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

test("an anchor names a schema of its file, here and from elsewhere", async () => {
  const { body } = await schemasOf({
    "openapi.yaml": document(
      ["#letter", "shared/all.yaml#stamp"],
      indented("Letter: { $anchor: letter, type: object }\n"),
    ),
    "shared/all.yaml": "$defs:\n  Stamp: { $anchor: stamp, type: string }\n  Other: { $ref: '#stamp' }\n",
  });
  expect(body).toEqual({ p0: to("Letter"), p1: to("Stamp") });
});

test("an anchor inside a schema with an $id belongs to that, whatever else is called so", async () => {
  const inner = `Outer: { $anchor: item, type: number }
Basket:
  $id: https://letters.example/basket
  type: object
  properties: { first: { $ref: "#item" }, second: { $ref: "#/$defs/Item" }, third: { $ref: "#/components/schemas/Outer" } }
  $defs: { Item: { $anchor: item, type: string } }
`;
  const { body, named } = await schemasOf({
    "openapi.yaml": document(
      ["#item", "https://letters.example/basket#item", "#/components/schemas/Basket"],
      indented(inner),
    ),
  });
  const item = "OpenapiComponentsSchemasBasketDefsItem";
  expect(body).toEqual({ p0: to("Outer"), p1: to(item), p2: to("Basket") });
  expect(named["Basket"]?.properties).toEqual({ first: to(item), second: to(item), third: to("Outer") });
});

test("an $id is a base for the references in it, and is found by them without asking anybody", async () => {
  const inner = `Tree:
  $id: https://letters.example/trees/tree
  type: object
  properties: { leaf: { $ref: leaf }, root: { $ref: ../root }, self: { $ref: tree } }
  $defs: { Leaf: { $id: leaf, type: string } }
Root: { $id: https://letters.example/root, type: number }
`;
  const { named } = await schemasOf({
    "openapi.yaml": document(["https://letters.example/trees/tree"], indented(inner)),
  });
  expect(named["Tree"]?.properties).toEqual({
    leaf: to("OpenapiComponentsSchemasTreeDefsLeaf"),
    root: to("Root"),
    self: to("Tree"),
  });
});

test("the $id of a file that was read stands for the file", async () => {
  const { body } = await schemasOf({
    "openapi.yaml": document(["stamp.yaml", "urn:letters:stamp", "stamp.yaml#edge"]),
    "stamp.yaml": "$id: urn:letters:stamp\ntype: object\n$defs: { Edge: { $anchor: edge, type: string } }\n",
  });
  expect(body).toEqual({ p0: to("Stamp"), p1: to("Stamp"), p2: to("Edge") });
});

test("properties that are called $id and $anchor are properties", async () => {
  const { named } = await schemasOf({
    "openapi.yaml": document(
      ["#/components/schemas/Odd"],
      indented(
        'Odd: { type: object, properties: { $id: { type: string }, $anchor: { $ref: "#/components/schemas/Word" } } }\nWord: { type: string }\n',
      ),
    ),
  });
  expect(named["Odd"]?.properties).toEqual({ $id: { type: "string" }, $anchor: to("Word") });
});

test("what has no such $id is on another machine", async () => {
  const files = {
    "openapi.yaml": document(["https://letters.example/gone"], "    A: { $id: 'https://letters.example/a' }\n"),
  };
  await expect(schemasOf(files)).rejects.toThrow(
    /openapi\.yaml:13:29 {2}https:\/\/letters\.example\/gone is on another machine; nothing is fetched/,
  );
});
