import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cautions, failures, formatDiagnostic, GenerationError } from "../../../generator/errors.js";
import { loadServices } from "../../../generator/load/services.js";
import { defects } from "../../../generator/model/defects.js";
import { fixtures, problemsOf } from "./fixture.js";

const folder = `${fixtures}negative/`;
const cases = readdirSync(folder).sort();
const expected = (name: string): string => readFileSync(`${folder}${name}/expected.txt`, "utf8");

describe("documents that cannot be compiled", () => {
  test.each(cases)("%s is refused with every place, excerpt and hint", async (name) => {
    const shown = (await problemsOf(folder + name, name === "unfetched")).map(formatDiagnostic).join("\n\n");
    expect(`${shown}\n`).toBe(expected(name));
  });

  test("every code that exists is shown by a fixture", () => {
    const shown = cases.map(expected).join("\n");
    const unseen = Object.keys({ ...failures, ...defects }).filter((code) => !shown.includes(`[${code}]`));
    expect(unseen).toEqual([]);
  });

  test("an excerpt's caret stands under the line and column that the first line names", () => {
    const shown = cases.map(expected).join("\n");
    const places = [...shown.matchAll(/:(\d+):(\d+) {2}.*\n(?: {2,}\d+ \|.*\n)?> +(\d+) \|.*\n +\| ( *)\^/gu)];
    for (const [, line, column, marked, indent = ""] of places) {
      expect([marked, String(indent.length + 1)]).toEqual([line, column]);
    }
    expect(places).toHaveLength([...shown.matchAll(/ {2}\[[a-z-]+\]$/gmu)].length);
  });

  test("the error lists all findings in its message and as data", async () => {
    const error = await loadServices({ root: `${folder}dangling-reference` }).catch((caught: unknown) => caught);
    if (!(error instanceof GenerationError)) throw new Error("expected a GenerationError");
    expect(error.message).toContain("2 errors");
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: "GenerationError",
      diagnostics: [
        {
          code: "dangling-reference",
          origin: { file: "letters/send.yaml", line: 8, column: 17, pointer: "/paths/~1send/get/parameters/0/$ref" },
        },
        { code: "dangling-reference", origin: { line: 13, column: 19 } },
      ],
    });
  });

  test("a document alone is told what would have to be written to let a defect stand", async () => {
    const root = `${folder}webhooks`;
    const error = await loadServices({ root, documents: ["news/a.yaml"] }).catch((caught: unknown) => caught);
    expect(String(error)).toContain(
      "hint: did you mean `requestBody`?; to let it stand, name the document in a services.yaml, and say of its service\n" +
        "        tolerate: [{ file: news/a.yaml, ",
    );
  });

  test("a folder without services.yaml says so", async () => {
    const [problem, ...others] = await problemsOf(`${folder}yaml-syntax/letters`);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: "missing-file", message: "there is no file services.yaml" });
  });

  test("a folder that is not there is named", async () => {
    expect(await problemsOf(`${folder}nowhere`)).toMatchObject([
      { code: "missing-file", message: `there is no file ${folder}nowhere` },
    ]);
  });

  test("cautions are not errors", () => {
    expect(Object.keys(cautions).filter((code) => Object.hasOwn({ ...failures, ...defects }, code))).toEqual([]);
  });
});
