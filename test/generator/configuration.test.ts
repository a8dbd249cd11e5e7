import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { run } from "../../generator/cli.js";
import { readConfiguration } from "../../generator/configuration.js";
import { copyOf } from "../support/tree.js";

const petstore = join(import.meta.dirname, "../fixtures/petstore");

const emitter = `export default {
  name: "routes",
  emit: ({ name, operations }) => [{ path: name + "/routes.txt", text: operations.map(({ id }) => id).join() }],
};
`;

const yaml = "spec: petstore.yaml\nout: src/api\nname: shop\nemitters: [routes.mjs]\n";
const manifest = (options: unknown): string => `${JSON.stringify({ name: "mine", threepid: options }, null, 2)}\n`;

/** A project with some files more. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = copyOf(petstore);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

let said: string;
beforeEach(() => {
  said = "";
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    });
  }
});

async function exitCodeOf(...args: readonly string[]): Promise<number | string | undefined> {
  await run(["generate", ...args]);
  const { exitCode } = process;
  process.exitCode = undefined;
  return exitCode;
}

const rows: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["threepid.generate.yaml", { "threepid.generate.yaml": yaml }],
  [
    "package.json",
    { "package.json": manifest({ spec: "petstore.yaml", out: "src/api", name: "shop", emitters: ["routes.mjs"] }) },
  ],
];

describe("a project's options", () => {
  test.each(rows)("are read from %s, relative to it", async (file, files) => {
    const folder = project({ ...files, "routes.mjs": emitter });
    for (const options of [await readConfiguration(folder), await readConfiguration(".", join(folder, file))]) {
      expect(options).toMatchObject({ name: "shop", emitters: [{ name: "routes" }] });
      expect([options?.spec, options?.out].map((path) => join(process.cwd(), path ?? ""))).toEqual([
        join(folder, "petstore.yaml"),
        join(folder, "src/api"),
      ]);
    }
  });

  test("decide what generate does; the command line goes before them", async () => {
    const folder = project({ "threepid.generate.yaml": yaml, "routes.mjs": emitter });
    const config = ["--config", join(folder, "threepid.generate.yaml")];
    expect(await exitCodeOf(...config)).toBe(0);
    expect(readFileSync(join(folder, "src/api/shop/routes.txt"), "utf8")).toBe("listPets,takeIn,portrait,hangPortrait");
    const other = join(folder, "other");
    expect(await exitCodeOf(...config, "--spec", join(folder, "petstore.yaml"), "--out", other)).toBe(0);
    expect(existsSync(join(other, "petstore/routes.txt"))).toBe(true);
    expect(existsSync(join(other, "shop"))).toBe(false);
  });

  test("may be absolute paths and URLs", async () => {
    const options = "spec: https://example.org/openapi.yaml\nout: /srv/api\nallowRemote: true\n";
    expect(await readConfiguration(project({ "threepid.generate.yaml": options }))).toEqual({
      spec: "https://example.org/openapi.yaml",
      out: "/srv/api",
      allowRemote: true,
      emitters: [],
    });
  });

  test("are not there in a folder that says nothing", async () => {
    expect(await readConfiguration(project({ "package.json": '{ "name": "mine" }' }))).toBeUndefined();
    expect(await readConfiguration(project({}))).toBeUndefined();
  });
});

const wrong: readonly (readonly [what: string, files: Readonly<Record<string, string>>, message: RegExp])[] = [
  [
    "unknown options and wrong shapes, all at once",
    { "threepid.generate.yaml": "spec: [a]\noutput: src\nreference: 1\n" },
    /yaml:1:7 {2}`spec` must be a text[\s\S]*yaml:2:1 {2}`output` is no option[\s\S]*known are spec, [\s\S]*yaml:3:12/,
  ],
  ["an unknown option in a package", { "package.json": manifest({ outs: "x" }) }, /package\.json:4:5 {2}`outs` is no/],
  ["options that are no map", { "package.json": manifest("x") }, /package\.json:3:\d+ {2}`threepid` must be a map/],
  [
    "text that is no YAML",
    { "threepid.generate.yaml": "spec: 'a\n" },
    /threepid\.generate\.yaml:\d+:\d+ .*yaml-syntax/,
  ],
  ["two places", { "threepid.generate.yaml": yaml, "package.json": manifest({}) }, /keep one of the two/],
  [
    "an emitter that is not there",
    { "threepid.generate.yaml": yaml },
    /threepid\.generate\.yaml:4:12 {2}there is no file routes\.mjs/,
  ],
  [
    "an emitter that is none",
    { "threepid.generate.yaml": yaml, "routes.mjs": "export const routes = 1;\n" },
    /yaml:4:12 {2}the module's default export is no emitter/,
  ],
  [
    "an emitter that does not load",
    { "threepid.generate.yaml": yaml, "routes.mjs": 'throw new Error("no ink");\n' },
    /yaml:4:12 {2}the module fails when loaded: no ink/,
  ],
];

test.each(wrong)("%s are told with their place", async (_what, files, message) => {
  await expect(readConfiguration(project(files))).rejects.toThrow(message);
});

test("a file of options that is not there is told as that, on the command line too", async () => {
  await expect(readConfiguration(".", "nowhere.yaml")).rejects.toThrow(/there is no file nowhere\.yaml/);
  expect(await exitCodeOf("--config", "nowhere.yaml")).toBe(1);
  expect(said).toContain("there is no file nowhere.yaml");
});
