import { appendFileSync, cpSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
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

test("a folder that another of its name replaces is watched as well", async () => {
  const root = copyOf(history);
  const definitions = join(root, "identity/definitions");
  running = folder.run(["generate", "--watch", "--root", root, "--out", "out", "--json"]);
  await running.printed(/^\{"state":"written".*\n/);

  cpSync(definitions, join(folder.path, "another"), { recursive: true });
  appendFileSync(join(folder.path, "another/sid.yaml"), "minProperties: 1\n");
  renameSync(definitions, join(folder.path, "former"));
  renameSync(join(folder.path, "another"), definitions);
  await running.printed(/^(?:.*\n)\{"state":"written".*\n/);

  appendFileSync(join(definitions, "sid.yaml"), "maxProperties: 2\n");
  await running.printed(/^(?:.*\n){2}\{"state":"written".*\n/);
  running.child.kill("SIGINT");
  expect(await running.finished).toMatchObject({ code: 0, err: "" });
});

test("what is watched is told to people", async () => {
  running = folder.run(["generate", "--watch", "--root", history, "--out", "out"]);
  expect(await running.printed(/Watching .*\. Ctrl-C ends\.\n/)).toContain("out: ");
  running.child.kill("SIGTERM");
  expect(await running.finished).toMatchObject({ code: 0, err: "" });
});

test("the folder that the command runs in is told in words", async () => {
  cpSync(history, folder.path, { recursive: true });
  running = folder.run(["generate", "--watch", "--root", ".", "--out", "out"]);
  expect(await running.printed(/Ctrl-C ends\.\n/)).toContain("\nWatching this folder. Ctrl-C ends.\n");
  running.child.kill("SIGTERM");
  await running.finished;
});

test("--watch and --check exclude each other", async () => {
  running = folder.run(["generate", "--watch", "--check"]);
  expect((await running.finished).err).toContain("cannot be used with option '--check'");
});

const emitterOf = (text: string): string =>
  `export default { name: "notes", emit: ({ name }) => [{ path: \`\${name}/notes.md\`, text: "${text}\\n" }] };\n`;

test("options and emitters are read anew when they are saved; what is wrong with them is waited for", async () => {
  const root = copyOf(history);
  const options = join(folder.path, "threepid.generate.yaml");
  const emitter = join(folder.path, "notes.mjs");
  const first = `root: ${JSON.stringify(root)}\nout: out\n`;
  writeFileSync(options, first);
  running = folder.run(["generate", "--watch", "--json"]);
  await running.printed(/^\{"state":"written".*\n/);

  writeFileSync(options, `${first}emitters: [notes.mjs]\n`);
  await running.printed(/^(?:.*\n)\{"state":"failed".*there is no file notes\.mjs.*\n/);

  writeFileSync(emitter, emitterOf("one"));
  await running.printed(/^(?:.*\n){2}\{"state":"written".*"identity\/notes\.md".*\n/);

  replace(emitter, emitterOf("two"));
  await running.printed(/^(?:.*\n){3}\{"state":"written".*"identity\/notes\.md".*\n/);
  expect(readFileSync(join(folder.path, "out/identity/notes.md"), "utf8")).toBe("two\n");

  replace(options, `${first}emitter: [notes.mjs]\n`);
  await running.printed(/^(?:.*\n){4}\{"state":"failed".*`emitter` is no option of generate.*\n/);

  replace(options, `${first}reference: true\n`);
  await running.printed(/^(?:.*\n){5}\{"state":"written".*"identity\/reference\.html".*"removed":\[.*notes\.md.*\n/);

  running.child.kill("SIGINT");
  expect(await running.finished).toMatchObject({ code: 0, err: "" });
});

test("a services.yaml elsewhere, and one that is not there yet, are noticed", async () => {
  const root = copyOf(history);
  const services = join(folder.path, "later/services.yaml");
  running = folder.run(["generate", "--watch", "--json", "--root", root, "--services", services, "--out", "out"]);
  await running.printed(/^\{"state":"failed".*there is no file.*services\.yaml.*\n/);

  mkdirSync(join(folder.path, "later"));
  writeFileSync(services, 'services: { identity: { documents: ["identity/*.yaml"] } }\n');
  await running.printed(/^(?:.*\n)\{"state":"written".*\n/);

  writeFileSync(services, 'services: { people: { documents: ["identity/*.yaml"] } }\n');
  await running.printed(/^(?:.*\n){2}\{"state":"written".*"people\/index\.ts".*\n/);
  running.child.kill("SIGINT");
  expect(await running.finished).toMatchObject({ code: 0, err: "" });
});

test.each([
  [["--spec", "https://example.org/openapi.yaml"], "--watch cannot see when a URL changes"],
  [["--name", "letters"], "--name needs --spec"],
])("%j ends at once", async (args, message) => {
  running = folder.run(["generate", "--watch", ...args]);
  const { code, err } = await running.finished;
  expect([code, err]).toEqual([1, expect.stringContaining(message)]);
});
