import { expect, test } from "vitest";
import { compareServices, type ServiceChanges } from "../../../generator/compare/changes.js";
import { markdownLines, textLines } from "../../../generator/compare/report.js";
import { sharedChanges, toldService } from "../../../generator/compare/told.js";
import type { Json } from "../../../generator/compare/view.js";
import { openapiDocument } from "../../../generator/emit/openapi.js";
import type { OperationModel, Schema, ServiceModel } from "../../../generator/model/model.js";
import { smallModel } from "../../support/small-model.js";

const [template] = smallModel.operations;

/** Operations at `/v1/ID` that take the same schema, each somewhere else in its body. */
function serviceOf(sid: Schema, ids: readonly string[], change: Partial<OperationModel> = {}): Json {
  const operations = ids.map((id): OperationModel => {
    const schema: Schema = { type: "object", properties: { [id]: { $ref: "#/components/schemas/Sid" } } };
    const content = [{ mediaType: "application/json", schema, examples: [] }];
    return { ...template!, id, path: `/v1/${id}`, body: { ...template!.body!, content }, responses: [], ...change };
  });
  const schemas = [{ ...smallModel.schemas[2]!, name: "Sid", schema: sid }];
  const model: ServiceModel = { ...smallModel, operations, schemas, implicit: [] };
  return JSON.parse(JSON.stringify(openapiDocument(model)));
}

const before: Schema = { type: "object", properties: { sid: { type: "string" } } };
const after: Schema = { type: "object", properties: { sid: { type: "string" } }, required: ["sid"] };

const changed = (ids: readonly string[]): ServiceChanges =>
  compareServices("small", serviceOf(before, ids), serviceOf(after, ids));

test("what changed of a schema that three operations take is told once, wherever they hold it", () => {
  const service = changed(["a", "b", "c"]);
  expect(service.operations.map(({ changes: [first] }) => first?.where)).toEqual([
    "request body /a/sid",
    "request body /b/sid",
    "request body /c/sid",
  ]);
  expect(sharedChanges(service)).toEqual([
    { severity: "breaking", what: "Sid /sid in requests: became required", operations: ["a", "b", "c"] },
  ]);
  expect(textLines([service], false)).toEqual([
    "small: 3 operations changed: 3 breaking",
    "  in several operations",
    "    breaking      Sid /sid in requests: became required",
    "                    3: a, b, c",
  ]);
  expect(markdownLines([service], false)).toEqual([
    "## small",
    "",
    "3 operations changed: 3 breaking.",
    "",
    "### breaking",
    "",
    "- Sid /sid in requests: became required",
    "  - 3 operations: `a`, `b`, `c`",
    "",
  ]);
});

test("what two operations share is told at each", () => {
  const service = changed(["a", "b"]);
  expect(sharedChanges(service)).toEqual([]);
  expect(textLines([service], false).slice(1)).toEqual([
    "  a (breaking)",
    "    breaking      request body /a/sid became required",
    "  b (breaking)",
    "    breaking      request body /b/sid became required",
  ]);
});

test("another base of all paths is told once; another method, or another end of the path, is not", () => {
  const ids = ["a", "b", "c"];
  const at = (paths: readonly string[], method: "POST" | "PUT" = "POST"): ServiceChanges => {
    const moved = ids.map((id, index) => serviceOf(before, [id], { path: paths[index] ?? "", method }));
    const whole = moved.map((document) => Reflect.get(Object(document), "paths"));
    return compareServices("small", serviceOf(before, ids), {
      ...Object(moved[0]),
      paths: Object.assign({}, ...whole),
    });
  };
  expect(sharedChanges(at(["/v2/a", "/v2/b", "/v2/c"]))).toEqual([
    { severity: "breaking", what: "moved from /v1 to /v2", operations: ids },
  ]);
  expect(sharedChanges(at(["/v2/x/a", "/v2/x/b", "/v2/x/c"]))).toMatchObject([{ what: "moved from /v1 to /v2/x" }]);
  expect(sharedChanges(at(["/v1/a", "/v1/b", "/v1/c"], "PUT"))).toEqual([]);
  expect(sharedChanges(at(["/v1/a2", "/v1/b2", "/v1/c2"]))).toEqual([]);
});

test("removed operations go first, added ones last; neither is grouped", () => {
  const service = compareServices("small", serviceOf(before, ["a", "b", "c"]), serviceOf(before, ["x", "y", "z"]));
  expect(textLines([service], false)).toEqual([
    "small: 6 operations changed: 3 removed, 3 added",
    "  removed",
    "    breaking      POST /v1/a (a)",
    "    breaking      POST /v1/b (b)",
    "    breaking      POST /v1/c (c)",
    "  added",
    "    additive      POST /v1/x (x)",
    "    additive      POST /v1/y (y)",
    "    additive      POST /v1/z (z)",
  ]);
  const markdown = markdownLines([service, service], false);
  expect(markdown.slice(0, 5)).toEqual([
    "| operations | removed | breaking | additive | documentation | added |",
    "|---|---:|---:|---:|---:|---:|",
    "| small | 3 | 0 | 0 | 0 | 3 |",
    "| small | 3 | 0 | 0 | 0 | 3 |",
    "",
  ]);
  expect(markdown).toContain("  - `POST /v1/a` (`a`)");
});

test("what happened alike at several places of one body is one line", () => {
  const of = (properties: Schema["properties"]): Json =>
    serviceOf({ type: "object", ...(properties === undefined ? {} : { properties }) }, ["a"]);
  const service = compareServices("small", of({ x: {}, y: {}, z: { type: "string" } }), of({ z: { type: "integer" } }));
  expect(toldService(service, false).operations).toEqual([
    {
      operation: "a",
      severity: "breaking",
      lines: [
        { severity: "breaking", text: "request body /a/x, /a/y: was removed" },
        { severity: "breaking", text: 'request body /a/z type was "string", is "integer"' },
      ],
    },
  ]);
});

test("names of a document act neither in a terminal nor in Markdown", () => {
  const evil = "a`<b>\u001b[2J";
  const service = compareServices("small", serviceOf(before, []), serviceOf(before, [evil]));
  const known: ServiceChanges = { ...service, isNew: false };
  expect(textLines([known], false).at(-1)).toBe("    additive      POST /v1/a`<b>\\u001b[2J (a`<b>\\u001b[2J)");
  expect(markdownLines([known], false).join("\n")).toContain("(a\\`\\<b\\>\\\\u001b\\[2J)");
});
