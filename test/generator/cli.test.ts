import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { beforeEach, expect, test, vi } from "vitest";
import { registerGenerate, run } from "../../generator/cli.js";
import { copyOf, temporaryFolder } from "../support/tree.js";

const api = join(import.meta.dirname, "../golden/api");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let written: { stdout: string; stderr: string };
beforeEach(() => {
  written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
});

test("--version tells the generator's", async () => {
  const told = vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  await expect(run(["--version"])).rejects.toThrow("exit 0");
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../generator/package.json"), "utf8"));
  expect(written.stdout).toBe(`${version}\n`);
  told.mockRestore();
});

async function generateBy(...args: readonly string[]): Promise<Outcome> {
  written.stdout = "";
  written.stderr = "";
  let code = -1;
  const program = new Command("threepid").exitOverride();
  registerGenerate(program, (given) => {
    code = given;
  });
  await program.parseAsync(["generate", ...args], { from: "user" });
  return { code, ...written };
}

test("generates, is quiet about a current tree in a pipe, and checks it", async () => {
  const out = temporaryFolder();
  const first = await generateBy("--root", api, "--out", out);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toMatch(/ written, 0 removed\.\nsmall: new, 2 operations\n$/);
  expect(await generateBy("--root", api, "--out", out)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await generateBy("--root", api, "--out", out, "--check")).toEqual({
    code: 0,
    stdout: `${out} is current.\n`,
    stderr: "",
  });
});

test("check tells drift and exits 1, as text and as JSON", async () => {
  const [root, out] = [copyOf(api), temporaryFolder()];
  await generateBy("--root", root, "--out", out);
  const sid = join(root, "definitions/sid.yaml");
  writeFileSync(sid, readFileSync(sid, "utf8").replace("maxLength: 255", "maxLength: 300"));
  const text = await generateBy("--root", root, "--out", out, "--check");
  expect(text.code).toBe(1);
  expect(text.stdout).toContain("differs  small/openapi.json");
  expect(text.stdout).toMatch(
    /^small: 1 operation changed: 1 breaking\n {2}openSession \(breaking\)\n {4}breaking {6}response 200 body \/sid maxLength was 255, is 300\nRun "generate"/m,
  );
  const json = await generateBy("--root", root, "--out", out, "--check", "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    state: "drifted",
    severity: "breaking",
    changes: [{ service: "small", operations: [{ operation: "openSession", severity: "breaking" }] }],
  });
});

test("a broken document is told with file, line, column, excerpt and hint, and changes nothing", async () => {
  const [root, out] = [copyOf(api), temporaryFolder()];
  appendFileSync(join(root, "definitions/sid.yaml"), "  token: { $ref: nowhere.yaml }\n");
  const text = await generateBy("--root", root, "--out", out);
  expect(text).toMatchObject({ code: 1, stdout: "" });
  expect(text.stderr).toMatch(/definitions\/sid\.yaml:5:\d+ {2}there is no file definitions\/nowhere\.yaml/);
  expect(text.stderr).toMatch(/> 5 \| {3}token/);
  expect(text.stderr).toContain("hint:");
  const json = await generateBy("--root", root, "--out", out, "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({
    state: "failed",
    diagnostics: [{ code: "missing-file", origin: { line: 5 } }],
  });
});

test("a pattern that is no regular expression is told with its place", async () => {
  const root = copyOf(api);
  const sid = join(root, "definitions/sid.yaml");
  writeFileSync(sid, readFileSync(sid, "utf8").replace("maxLength: 255", 'pattern: "^[a-z"'));
  const outcome = await generateBy("--root", root, "--out", temporaryFolder());
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/definitions\/sid\.yaml:4:\d+ {2}Invalid regular expression/);
});

test("a folder that does not exist is told with what to do", async () => {
  const outcome = await generateBy("--root", join(api, "nowhere"), "--out", temporaryFolder());
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/there is no file .*nowhere[\s\S]*hint: /);
});

test.each([[["--help"]], [["generate", "--help"]]])("%j explains itself", async (args) => {
  const exit = vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  await expect(run(args)).rejects.toThrow("exit 0");
  expect(exit).toHaveBeenCalled();
  expect(written.stdout).toContain("Usage:");
});
