/** Formats that a project names, from `services.yaml` to the compiled check; and what the README tells of the others. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { knownFormats } from "../../generator/model/formats.js";
import type { RequestChecks } from "../../generator/seam/contract.js";
import { formats } from "../../generator/seam/formats.js";
import { fixtures } from "./load/fixture.js";

const out = mkdtempSync(join(tmpdir(), "threepid-"));
const textOf = (path: string): string => readFileSync(join(out, "shelves", path), "utf8");
const mark = /^[A-Z]{2}-\d{1,4}$/u;

/** The body as its document says it, interpreted with the same formats. */
const string = { type: "string", format: "shelf-mark" };
const interpreted = new Ajv2020({ strict: true, allowUnionTypes: true })
  .addFormat("shelf-mark", mark)
  .addFormat("int64", formats["int64"] ?? true)
  .addFormat("made-up", true)
  .compile({
    type: "object",
    properties: {
      from: string,
      narrow: { ...string, pattern: "^QA" },
      many: { type: "array", items: { type: ["string", "null"], format: "shelf-mark" } },
      number: { type: "integer", format: "int64" },
      unknown: { type: "string", format: "made-up" },
    },
  });

let checks: RequestChecks;

beforeAll(async () => {
  await generate({ root: join(fixtures, "positive/formats"), out });
  const module: { requests: Record<string, RequestChecks> } = await import(
    pathToFileURL(join(out, "shelves/requests.ts")).href
  );
  checks = module.requests["putBook"] ?? {};
  return () => rmSync(out, { recursive: true, force: true });
});

describe("a format of a project's own", () => {
  test.each([
    [{}, undefined],
    [{ from: "QA-76" }, undefined],
    [{ from: "QA76" }, "/from"],
    [{ from: "qa-76\n" }, "/from"],
    [{ narrow: "QA-1" }, undefined],
    [{ narrow: "QB-1" }, "/narrow"],
    [{ narrow: "QAX" }, "/narrow"],
    [{ many: ["AA-1", null] }, undefined],
    [{ many: ["AA-1", "AA-12345"] }, "/many/1"],
    [{ number: 2 ** 53 }, "/number"],
    [{ unknown: "anything" }, undefined],
  ])("%j is judged as Ajv judges it", (body, path) => {
    expect(checks.body?.(body)?.path).toBe(path);
    expect(interpreted(body)).toBe(path === undefined);
  });

  test("holds for parameters, and is told wherever it has no words of its own", () => {
    expect(checks.params?.({ mark: "QA-76" })).toBeUndefined();
    expect(checks.params?.({ mark: "76" })).toMatchObject({ path: "/mark", keyword: "pattern" });
    expect(textOf("operations.ts")).toContain("/** Where a book stands, such as `QA-76`. */");
    const { paths } = JSON.parse(textOf("openapi.json"));
    const { put } = paths["/shelves/{mark}"];
    expect(put.parameters[0].schema).toMatchObject({ format: "shelf-mark", pattern: mark.source });
  });
});

describe("the README's table of formats", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../generator/README.md"), "utf8");
  const [, after = ""] = readme.split("**Formats.**");
  const rows = [...(/(?:^\|.*\n)+/m.exec(after)?.[0] ?? "").matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)];

  test("lists each that means something", () => {
    expect(Object.fromEntries(rows.map(([, name = "", words = ""]) => [name, words]))).toEqual(knownFormats);
  });

  test("tells which are checked", () => {
    const checked = Object.keys(knownFormats).filter((name) => knownFormats[name]?.startsWith("checked: "));
    expect(checked.sort()).toEqual(Object.keys(formats).sort());
  });
});
