import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { temporaryFolder } from "../support/tree.js";

const root = join(import.meta.dirname, "../../api");

beforeEach(() => {
  vi.resetModules();
  return () => {
    for (const { modules } of stubs) for (const name of Object.keys(modules)) vi.doUnmock(name);
  };
});

/** Where those that print TypeScript are loaded by `require`, which no mock reaches. */
const printers = "../../generator/emit/printers.js";

/** Each tool replaced by something that answers politely and does nothing. */
const stubs: readonly { tool: string; complaint: RegExp; modules: Record<string, object> }[] = [
  {
    tool: "@apidevtools/swagger-parser",
    complaint: /there is no file/,
    modules: {
      "@apidevtools/swagger-parser": { default: { resolve: async () => ({ paths: () => [], values: () => ({}) }) } },
    },
  },
  {
    tool: "openapi-typescript",
    complaint: /looked at no schema/,
    modules: { [printers]: { openapiTypescript: async () => [] } },
  },
  {
    tool: "ajv",
    complaint: /printed no validator/,
    modules: {
      "ajv/dist/2020.js": {
        Ajv2020: class {
          addFormat(): this {
            return this;
          }
          addSchema(): this {
            return this;
          }
          compile(): () => boolean {
            return () => true;
          }
        },
      },
      "ajv/dist/standalone/index.js": { default: { default: () => "" } },
    },
  },
  {
    tool: "ts-morph",
    complaint: /empty module/,
    modules: {
      [printers]: {
        Project: class {
          createSourceFile(): object {
            return { getFullText: () => "" };
          }
        },
      },
    },
  },
  { tool: "handlebars", complaint: /with nothing/, modules: { handlebars: { default: { compile: () => () => "" } } } },
];

/** The printers stand in one module, of which one stub replaces a part. */
const replace = (name: string, exports: object): void => {
  if (name !== printers) vi.doMock(name, () => exports);
  else vi.doMock(name, async (original) => ({ ...(await original<object>()), ...exports }));
};

test("with every tool in place generation succeeds", async () => {
  const { generate } = await import("../../generator/generate.js");
  expect(await generate({ root, out: temporaryFolder() })).toMatchObject({ state: "written" });
});

test.each(stubs)("without $tool generation fails", async ({ modules, complaint }) => {
  for (const [name, exports] of Object.entries(modules)) replace(name, exports);
  const { generate } = await import("../../generator/generate.js");
  await expect(generate({ root, out: temporaryFolder() })).rejects.toThrow(complaint);
});

test("a run on unchanged input loads none of them", async () => {
  const out = temporaryFolder();
  const first = await import("../../generator/generate.js");
  await first.generate({ root, out });
  vi.resetModules();
  for (const name of stubs.flatMap(({ modules }) => Object.keys(modules))) {
    vi.doMock(name, () => {
      throw new Error(`${name} was loaded`);
    });
  }
  const { generate } = await import("../../generator/generate.js");
  expect(await generate({ root, out })).toMatchObject({ state: "current" });
  await expect(generate({ root, out, check: true })).rejects.toThrow();
});
