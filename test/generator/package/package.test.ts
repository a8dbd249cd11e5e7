/** `--client-package`, from documents to a folder that can be published. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { registerGenerate } from "../../../generator/cli/generate.js";
import { run } from "../../../generator/cli.js";
import { generate } from "../../../generator/generate.js";
import { installClient, packageComplaints } from "../../support/client-package.js";
import { copyOf, temporaryFolder, textsBelow } from "../../support/tree.js";

const petstore = join(import.meta.dirname, "../../fixtures/petstore");
const api = join(import.meta.dirname, "../../../api");

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

/** Runs the command on the petstore of a folder; answers its exit code. */
async function exitCodeOf(folder: string, ...args: readonly string[]): Promise<number | string | undefined> {
  await run(["generate", "--spec", join(folder, "petstore.yaml"), "--out", join(folder, "src/api"), ...args]);
  const { exitCode } = process;
  process.exitCode = undefined;
  return exitCode;
}

const named = ["--client-package", "@shop/client"];

describe("a client package", () => {
  test("holds what callers need, and nothing of servers", async () => {
    const folder = copyOf(petstore);
    expect(await exitCodeOf(folder, ...named, "--client-version", "1.2.3-rc.1", "--client-license", "MIT")).toBe(0);
    const files = textsBelow(join(folder, "src/client"));
    const paths = [...files.keys()];
    expect(paths).toEqual(
      expect.arrayContaining([
        "README.md",
        "manifest.json",
        "package.json",
        "petstore/client.d.ts",
        "petstore/index.js",
        "petstore/responses.js",
        "seam/sender.js",
      ]),
    );
    expect(paths.filter((path) => /handlers|requests|server|dispatch|router|policy|node\./.test(path))).toEqual([]);
    const code = [...files].filter(([path]) => /\.(?:js|ts)$/.test(path)).map(([, text]) => text);
    expect(code.join("\n")).not.toMatch(/createServer|Unimplemented|createRouter|openPolicy|@ts-nocheck/);
    expect(JSON.parse(files.get("package.json") ?? "")).toEqual({
      name: "@shop/client",
      version: "1.2.3-rc.1",
      description: "Typed client of Petstore",
      license: "MIT",
      type: "module",
      sideEffects: false,
      exports: {
        ".": { types: "./petstore/index.d.ts", default: "./petstore/index.js" },
        "./calls": { types: "./petstore/calls.d.ts", default: "./petstore/calls.js" },
        "./responses": { types: "./petstore/responses.d.ts", default: "./petstore/responses.js" },
        "./package.json": "./package.json",
      },
      files: ["petstore", "seam"],
    });
  });

  test("is the same each time, is looked at by --check, and loses what is stale", async () => {
    const folder = copyOf(petstore);
    const to = ["--client-out", join(folder, "packages/client")];
    const at = (path: string): string => join(folder, "packages/client", path);
    expect(await exitCodeOf(folder, ...named, ...to)).toBe(0);
    const first = textsBelow(at(""));
    expect(await exitCodeOf(folder, ...named, ...to, "--check")).toBe(0);
    expect(await exitCodeOf(folder, ...named, ...to, "--client-version", "0.2.0", "--check")).toBe(1);
    expect(said).toContain("  differs  ../../packages/client/package.json\n");
    writeFileSync(at("LICENSE"), "theirs");
    writeFileSync(at("petstore/client.js"), "changed");
    mkdirSync(at("old"));
    writeFileSync(at("old/index.js"), readFileSync(at("petstore/index.js")));
    expect(await exitCodeOf(folder, ...named, ...to, "--check")).toBe(1);
    expect(said).toMatch(
      / {2}differs {2}\.\.\/\.\.\/packages\/client\/petstore\/client\.js\n {2}stale {4}\.\.\/\.\.\/packages\/client\/old\/index\.js\n/,
    );
    expect(await exitCodeOf(folder, ...named, ...to)).toBe(0);
    expect(textsBelow(at(""))).toEqual(new Map([["LICENSE", "theirs"], ...first]));
  });

  test("may be decided by the project, relative to its file", async () => {
    const folder = copyOf(petstore);
    const config = join(folder, "threepid.generate.yaml");
    const client = "client:\n  package: shop\n  out: packages/shop\n  version: 2.0.0\n";
    writeFileSync(config, `spec: petstore.yaml\nout: src/api\n${client}`);
    await run(["generate", "--config", config, "--client-version", "2.1.0"]);
    const manifest = JSON.parse(readFileSync(join(folder, "packages/shop/package.json"), "utf8"));
    expect([manifest.name, manifest.version]).toEqual(["shop", "2.1.0"]);
    writeFileSync(config, "spec: petstore.yaml\nclient:\n  name: shop\n  out: 1\n");
    said = "";
    await run(["generate", "--config", config]);
    process.exitCode = undefined;
    expect(said).toContain("4:8  `out` must be a text, not the number 1  [wrong-shape]");
    expect(said).toContain("3:3  `name` is no option of client  [wrong-shape]");
    expect(said).toContain("2:1  `client` lacks `package`  [wrong-shape]");
  });

  test.each([
    [["--client-out", "x"], "--client-out needs --client-package\n  hint: say what the package is called\n"],
    [
      ["--client-package", "Shop Client"],
      'a package cannot be called "Shop Client"\n  hint: lower-case letters, digits, hyphens and dots, with an @scope/ before it or none\n',
    ],
    [[...named, "--client-version", "1.0"], '"1.0" is no semantic version\n  hint: write three numbers: 1.2.3\n'],
  ])("is not written for %j", async (args, told) => {
    const folder = copyOf(petstore);
    expect(await exitCodeOf(folder, ...args)).toBe(1);
    expect(said).toBe(told);
    expect(existsSync(join(folder, "src"))).toBe(false);
  });

  test.each(["src/api", "src/api/client", "src", "."])(
    "does not share the folder %s with generated code",
    async (out) => {
      const folder = copyOf(petstore);
      expect(await exitCodeOf(folder, ...named, "--client-out", join(folder, out))).toBe(1);
      expect(said).toBe(
        `the client package and the generated code cannot share a folder: ${join(folder, out)}, ${join(folder, "src/api")}\n  hint: name another folder with --client-out\n`,
      );
    },
  );

  test("does not take the place of somebody else's", async () => {
    const folder = copyOf(petstore);
    mkdirSync(join(folder, "theirs"));
    writeFileSync(join(folder, "theirs/package.json"), '{ "name": "theirs" }');
    expect(await exitCodeOf(folder, ...named, "--client-out", join(folder, "theirs"))).toBe(1);
    expect(said).toBe(
      `${join(folder, "theirs/package.json")} is not ours to replace\n  hint: name another folder with --client-out\n`,
    );
    expect(readFileSync(join(folder, "theirs/package.json"), "utf8")).toBe('{ "name": "theirs" }');
    expect(existsSync(join(folder, "src"))).toBe(false);
  });

  test("is explained by --help, option by option", () => {
    const program = new Command();
    registerGenerate(program, () => undefined);
    const told = program.commands[0]?.helpInformation().replaceAll(/\s+/g, " ") ?? "";
    expect(told).toContain("--client-package <name> also write a package for callers, compiled and ready to publish");
    expect(told).toContain("--client-out <folder> the folder of that package (default: beside --out");
    expect(told).toContain("--client-version <version> its version (default: 0.1.0)");
    expect(told).toContain("--client-license <license> its license, an SPDX identifier");
  });

  test("of several services has a path for each, and examples that compile", { timeout: 180_000 }, async () => {
    const folder = temporaryFolder();
    const packed = join(folder, "threepid-client");
    await generate({ root: api, out: join(folder, "generated"), client: { name: "threepid-client" } });
    expect(packageComplaints(packed)).toEqual([]);
    const lines = [
      'import { createClientServerClient } from "threepid-client/client-server";',
      'import { createIdentityClient, type Sid } from "threepid-client/identity";',
      'import { responses } from "threepid-client/identity/responses";',
      'const identity = createIdentityClient({ baseUrl: "http://localhost", responses });',
      'const homeserver = createClientServerClient({ baseUrl: "http://localhost" });',
      'export const sid: Sid = { sid: "1" };',
      "export const answers = [await identity.pingV2(), await homeserver.getAccount3PIDs()];",
    ];
    const installed = installClient(packed, join(folder, "caller"), { "own.ts": lines.join("\n") });
    expect(installed.folders).toEqual(["threepid-client"]);
    expect([installed.compile("NodeNext"), installed.compile("Bundler")]).toEqual(["", ""]);
  });
});
