import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { beforeEach, expect, test, vi } from "vitest";
import { registerCompare } from "../../../generator/compare/command.js";
import { temporaryFolder } from "../../support/tree.js";

const history = join(import.meta.dirname, "../../fixtures/history");
const petstore = join(import.meta.dirname, "../../fixtures/petstore");
const step = (name: string): string => join(history, name);

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

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function compare(...args: readonly string[]): Promise<Outcome> {
  written.stdout = "";
  written.stderr = "";
  let code = -1;
  const program = new Command("threepid").exitOverride();
  registerCompare(program, (given) => {
    code = given;
  });
  program.commands[0]?.exitOverride();
  await program.parseAsync(["compare", ...args], { from: "user" });
  return { code, ...written };
}

/** The history as a repository: each step one commit, with a tag. */
function repository(): string {
  const folder = temporaryFolder();
  const git = (...args: readonly string[]): void => {
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...identity, ...args], { cwd: folder, stdio: "pipe" });
  };
  git("init", "-q");
  for (const name of ["1-inline", "2-shared"]) {
    cpSync(step(name), join(folder, "docs/api"), { recursive: true });
    git("add", ".");
    git("commit", "-q", "-m", name);
    git("tag", name);
  }
  return folder;
}

test.each([
  ["0-contact", "0-contact", 0],
  ["1-inline", "2-shared", 1],
  ["2-shared", "3-submit-url", 0],
  ["3-submit-url", "4-v2", 0],
])("from %s to %s the exit code is %i", async (before, after, code) => {
  expect(await compare(step(before), step(after))).toMatchObject({ code, stderr: "" });
});

test("nothing changed is told as such", async () => {
  expect(await compare(step("4-v2"), step("4-v2"))).toMatchObject({ stdout: "The API did not change.\n" });
});

test("text names service, operation, place, severity; wording only when asked for", async () => {
  const { stdout } = await compare(step("1-inline"), step("2-shared"));
  expect(stdout).toMatch(/^ {4}breaking {6}request body \/send_attempt became required$/m);
  expect(stdout).toMatch(/^ {4}additive {6}response 200 body \/sid was added, required$/m);
  expect(stdout).toMatch(/other words in \d places/);
  expect(stdout).not.toContain("is described differently");
  expect((await compare(step("1-inline"), step("2-shared"), "--words")).stdout).toContain("is described differently");
});

test("deprecation is told", async () => {
  const { stdout } = await compare(step("3-submit-url"), step("4-v2"));
  expect(stdout).toContain("  emailRequestToken (documentation)\n    documentation became deprecated\n");
});

test("JSON holds every change", async () => {
  const { stdout } = await compare(step("2-shared"), step("3-submit-url"), "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    severity: "additive",
    services: [
      {
        operations: [{ operation: "requestTokenTo3PIDEmail", changes: [{ direction: "response", what: "was added" }] }],
      },
    ],
  });
});

test("Markdown has a heading for each service and severity, and nothing of a document acts in it", async () => {
  const { stdout } = await compare(step("1-inline"), step("2-shared"), "--markdown");
  expect(stdout).toMatch(/^\| operations \| removed \| breaking \| additive \| documentation \| added \|\n/);
  expect(stdout).toContain("| client-server | 0 | 1 | 0 | 0 | 0 |\n");
  expect(stdout).toMatch(/^## \S+$/m);
  expect(stdout).toContain("### breaking\n\n- `emailRequestToken`\n");
  expect(stdout).toContain('request body /client\\_secret pattern was nothing, is "^\\[0-9a-zA-Z.=\\_-\\]+\\$"');
});

test.each([
  ["never", "1-inline", "2-shared", 0],
  ["additive", "2-shared", "3-submit-url", 1],
  ["documentation", "2-shared", "2-shared", 0],
])("--fail-on %s from %s to %s ends with %i", async (failOn, before, after, code) => {
  expect(await compare(step(before), step(after), "--fail-on", failOn)).toMatchObject({ code });
});

test("a services.yaml and a folder of it are the same", async () => {
  expect(await compare(join(step("2-shared"), "services.yaml"), step("2-shared"))).toMatchObject({
    stdout: "The API did not change.\n",
  });
});

test("two documents", async () => {
  const changed = join(temporaryFolder(), "shop");
  cpSync(petstore, changed, { recursive: true });
  const pet = join(changed, "schemas/kind.yaml");
  writeFileSync(pet, `${readFileSync(pet, "utf8")}description: another\n`);
  const { code, stdout } = await compare(join(petstore, "petstore.yaml"), join(changed, "petstore.yaml"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/operations? changed: \d+ documentation\n/);
});

test("a folder without services.yaml may refer to folders beside it", async () => {
  const folder = join(temporaryFolder(), "api");
  cpSync(step("4-v2"), folder, { recursive: true });
  mkdirSync(join(folder, "shared"));
  cpSync(join(folder, "identity/definitions/sid.yaml"), join(folder, "shared/sid.yaml"));
  const document = join(folder, "identity/email_associations.yaml");
  writeFileSync(document, readFileSync(document, "utf8").replaceAll("definitions/sid.yaml", "../shared/sid.yaml"));
  const { code, stdout, stderr } = await compare(join(step("4-v2"), "identity"), join(folder, "identity"));
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "The API did not change.\n", stderr: "" });
});

test("revisions of a repository, from a folder inside it", async () => {
  const folder = repository();
  vi.spyOn(process, "cwd").mockReturnValue(join(folder, "docs"));
  const whole = await compare("1-inline:api", "2-shared:api");
  expect(whole).toMatchObject({ code: 1, stderr: "" });
  expect(whole.stdout).toContain("/send_attempt became required");
  expect(await compare("1-inline:api/services.yaml", "HEAD~1:api")).toMatchObject({ code: 0, stderr: "" });
  const one = await compare(
    "1-inline:api/identity/email_associations.yaml",
    "HEAD:api/identity/email_associations.yaml",
  );
  expect(one.stdout).toContain("/send_attempt became required");
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: folder, encoding: "utf8" })).toBe("");
});

test.each([
  ["nowhere.yaml", /there is no file nowhere\.yaml[\s\S]*hint: /],
  ["no-such-revision:api", /no-such-revision:api: [\s\S]*hint: /],
  ["HEAD:no/such/path", /HEAD:no\/such\/path: [\s\S]*hint: /],
  ["--help:api", /--help:api: [\s\S]*hint: /],
])("%s cannot be read: 2, and what to do", async (path, told) => {
  const outcome = await compare("--", path, step("4-v2"));
  expect(outcome).toMatchObject({ code: 2, stdout: "" });
  expect(outcome.stderr).toMatch(told);
});

test("documents that cannot be compiled are told with their places, as JSON too", async () => {
  const folder = join(temporaryFolder(), "api");
  cpSync(step("4-v2"), folder, { recursive: true });
  writeFileSync(join(folder, "identity/definitions/sid.yaml"), "type: [\n");
  expect((await compare(step("4-v2"), folder)).stderr).toMatch(/sid\.yaml:\d+:\d+ /);
  const { code, stdout } = await compare(step("4-v2"), folder, "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ severity: "unknown", name: "GenerationError" });
  expect(stdout).toContain("yaml-syntax");
});

test("--help tells the exit codes", async () => {
  await expect(compare("--help")).rejects.toThrow();
  expect(written.stdout).toMatch(/Exit codes: 0 .* 1 .* 2 /);
});
