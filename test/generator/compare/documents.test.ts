import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareSides } from "../../../generator/compare/side.js";
import { sharedChanges } from "../../../generator/compare/told.js";
import { temporaryFolder } from "../../support/tree.js";

const operation = (id: string) => ({
  operationId: id,
  security: [{ key: [] }],
  responses: { "200": { description: "Done", headers: { "x-left": { $ref: "#/components/headers/Left" } } } },
});

const document = {
  openapi: "3.1.0",
  info: { title: "Pets", version: "1" },
  servers: [{ url: "https://pets.example/v1" }],
  paths: { "/a": { get: operation("a") }, "/b": { get: operation("b") }, "/c": { get: operation("c") } },
  components: {
    headers: { Left: { required: true, schema: { type: "integer" } } },
    securitySchemes: { key: { type: "apiKey", in: "header", name: "x-key" } },
  },
};

const headersNow = (left: object) => ({ components: { ...document.components, headers: { Left: left } } });
const schemesNow = (key: object) => ({ components: { ...document.components, securitySchemes: { key } } });

/** What documents say in one place for all operations, changed in that place. */
const rows: readonly { readonly name: string; readonly change: object; readonly told: readonly string[] }[] = [
  {
    name: "another host is none of the API's",
    change: { servers: [{ url: "https://animals.example/v1" }] },
    told: [],
  },
  {
    name: "another base path",
    change: { servers: [{ url: "https://pets.example/v2" }] },
    told: ["breaking: moved from /v1 to /v2 (a b c)"],
  },
  {
    name: "a header that may be absent, behind references",
    change: headersNow({ required: false, schema: { type: "integer" } }),
    told: ["breaking: response 200 header x-left became optional (a b c)"],
  },
  {
    name: "a header of another type, behind references",
    change: headersNow({ required: true, schema: { type: "string" } }),
    told: ['breaking: response 200 header x-left type was "integer", is "string" (a b c)'],
  },
  {
    name: "a key presented elsewhere",
    change: schemesNow({ type: "apiKey", in: "query", name: "key" }),
    told: [
      "breaking: credentials: x-key in the header is taken no more (a b c)",
      "additive: credentials: key in the query is taken, too (a b c)",
    ],
  },
  {
    name: "other words for a key",
    change: schemesNow({ type: "apiKey", in: "header", name: "x-key", description: "Ask us for one." }),
    told: [],
  },
];

test.each(rows)("$name", async ({ change, told }) => {
  const folder = temporaryFolder();
  const [before, after] = [join(folder, "before.json"), join(folder, "after.json")];
  writeFileSync(before, JSON.stringify(document));
  writeFileSync(after, JSON.stringify({ ...document, ...change }));
  const services = await compareSides({ path: before }, { path: after });
  const lines = services.flatMap((service) =>
    sharedChanges(service).map(({ severity, what, operations }) => `${severity}: ${what} (${operations.join(" ")})`),
  );
  expect(lines).toEqual(told);
});
