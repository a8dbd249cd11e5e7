import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandFolder, type Folder, type Running } from "../support/command.js";
import { copyOf } from "../support/tree.js";

const history = join(import.meta.dirname, "../fixtures/history/4-v2");
const generatorCommand = fileURLToPath(new URL("../../generator/dist/cli.js", import.meta.url));

let folder: Folder;
let running: Running | undefined;
beforeEach(() => {
  folder = commandFolder(generatorCommand);
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.finished;
  folder.remove();
});

/** Saves as many editors do: another file takes the name. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}~`, text);
  renameSync(`${path}~`, path);
}

test("saves are generated, errors are told and waited for, Ctrl-C ends", async () => {
  const root = copyOf(history);
  const sid = join(root, "identity/definitions/sid.yaml");
  const original = readFileSync(sid, "utf8");
  running = folder.run(["generate", "--watch", "--root", root, "--out", "out", "--json"]);
  await running.printed(/^\{"state":"written".*\n/);
  const before = statSync(join(folder.path, "out/seam/contract.ts")).mtimeMs;

  appendFileSync(sid, "minProperties: 1\n");
  await running.printed(/^(?:.*\n)\{"state":"written".*"operation":"emailRequestToken".*\n/);

  writeFileSync(sid, "type: [\n");
  await running.printed(/^(?:.*\n){2}\{"state":"failed".*sid\.yaml.*\n/);

  replace(sid, original);
  await running.printed(/^(?:.*\n){3}\{"state":"written".*\n/);

  mkdirSync(join(root, "identity/definitions/more"));
  writeFileSync(join(root, "identity/definitions/more/sid.yaml"), `${original}minProperties: 2\n`);
  replace(sid, "$ref: more/sid.yaml\n");
  await running.printed(/^(?:.*\n){4}\{"state":"written".*\n/);
  expect(statSync(join(folder.path, "out/seam/contract.ts")).mtimeMs).toBe(before);

  running.child.kill("SIGINT");
  expect(await running.finished).toMatchObject({ code: 0, err: "" });
});

test("what is watched is told to people", async () => {
  running = folder.run(["generate", "--watch", "--root", history, "--out", "out"]);
  expect(await running.printed(/Watching .*\. Ctrl-C ends\.\n/)).toContain("out: ");
  running.child.kill("SIGTERM");
  expect(await running.finished).toMatchObject({ code: 0, err: "" });
});

test("--watch and --check exclude each other", async () => {
  running = folder.run(["generate", "--watch", "--check"]);
  expect((await running.finished).err).toContain("cannot be used with option '--check'");
});
