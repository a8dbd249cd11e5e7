/** Formats of a project's own, where no `services.yaml` names them. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decided } from "../../generator/cli/options.js";
import { GenerationError, generate, OptionError } from "../../generator/generate.js";
import { temporaryFolder } from "../support/tree.js";

const document = `openapi: 3.1.0
info: { title: Letters, version: "1" }
paths:
  /letter:
    get:
      operationId: getLetter
      parameters: [{ name: stamp, in: query, schema: { type: string, format: stamp } }]
      responses: { "204": { description: Fine. } }
`;

const projectOf = (options: string) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "openapi.yaml"), document);
  writeFileSync(join(folder, "options.yaml"), `spec: openapi.yaml\nout: api\n${options}`);
  return { config: join(folder, "options.yaml"), out: join(folder, "api") };
};

const run = async (config: string) => generate(await decided({ config }));

const stampOf = (out: string): unknown => {
  const { paths } = JSON.parse(readFileSync(join(out, "letters/openapi.json"), "utf8"));
  return paths["/letter"].get.parameters[0].schema;
};

test("a file of options names them, and a change of one is noticed", async () => {
  const { config, out } = projectOf('formats: { stamp: { pattern: "^[0-9]+c$", description: A stamp. } }\n');
  expect(await run(config)).toMatchObject({ state: "written" });
  expect(stampOf(out)).toEqual({ type: "string", format: "stamp", pattern: "^[0-9]+c$", description: "A stamp." });
  expect(await run(config)).toMatchObject({ state: "current" });
  writeFileSync(config, readFileSync(config, "utf8").replace("[0-9]+c", "[0-9]+p"));
  expect(await run(config)).toMatchObject({ state: "written", changes: [{ service: "letters" }] });
  expect(stampOf(out)).toMatchObject({ pattern: "^[0-9]+p$" });
});

test("so does a program", async () => {
  const { config, out } = projectOf("");
  const spec = join(config, "../openapi.yaml");
  await generate({ spec, out, formats: { stamp: { pattern: "^x$" } } });
  expect(stampOf(out)).toEqual({ type: "string", format: "stamp", pattern: "^x$" });
});

test.each([
  [
    "one that no schema has",
    'formats: { stump: { pattern: "^x$" } }\n',
    /options\.yaml:3:12 {2}no schema of this service has the format stump/,
  ],
  [
    "one that means something",
    'formats: { email: { pattern: "^x$" } }\n',
    /options\.yaml:3:12 {2}the format email has a meaning/,
  ],
  ["no pattern", "formats: { stamp: {} }\n", /options\.yaml:3:12 {2}`stamp` lacks `pattern`/],
  ["a wrong one", "formats: { stamp: { pattern: '(' } }\n", /options\.yaml:3:30 {2}Invalid regular expression/],
  [
    "another key",
    "formats: { stamp: { pattern: x, words: y } }\n",
    /options\.yaml:3:33 {2}`words` is no key of options\.yaml/,
  ],
])("%s is told with its place", async (_what, options, message) => {
  const error = await run(projectOf(options).config).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(GenerationError);
  expect(String(error)).toMatch(message);
});

test("they do not stand beside a services.yaml", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "openapi.yaml"), document);
  writeFileSync(join(folder, "services.yaml"), "services: { letters: { documents: [openapi.yaml] } }\n");
  const formats = { stamp: { pattern: "x" } };
  await expect(generate({ spec: folder, out: join(folder, "api"), formats })).rejects.toThrow(OptionError);
  writeFileSync(join(folder, "options.yaml"), `root: .\nformats: ${JSON.stringify(formats)}\n`);
  await expect(decided({ config: join(folder, "options.yaml") })).rejects.toThrow("formats need spec");
});
