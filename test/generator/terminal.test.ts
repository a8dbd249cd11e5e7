import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { registerCompare, registerGenerate } from "../../generator/cli.js";
import { temporaryFolder } from "../support/tree.js";

const history = join(import.meta.dirname, "../fixtures/history");

let written: { stdout: string; stderr: string };
let folder: string;
const before = [process.stdout.isTTY, process.stderr.isTTY];

const watchedBySomebody = (isTTY: boolean): void => {
  for (const stream of [process.stdout, process.stderr]) stream.isTTY = isTTY;
};

beforeEach(() => {
  folder = temporaryFolder();
  written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
});
afterEach(() => {
  const [stdout = false, stderr = false] = before;
  process.stdout.isTTY = stdout;
  process.stderr.isTTY = stderr;
});

async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  written.stdout = "";
  written.stderr = "";
  let code = -1;
  const done = (given: number): void => {
    code = given;
  };
  const program = new Command("threepid").exitOverride();
  registerGenerate(program, done);
  registerCompare(program, done);
  await program.parseAsync([...args], { from: "user" });
  return { code, ...written };
}

const wipe = "\r\u001b[K";
const steps = (...texts: readonly string[]): string => [...texts.map((text) => `${wipe}${text} …`), wipe].join("");

/** Three mistakes in two files. */
function broken(): string {
  const root = join(folder, "broken");
  cpSync(join(history, "4-v2"), root, { recursive: true });
  appendFileSync(join(root, "identity/definitions/sid.yaml"), "minLength: many\nmaxLength: -1\n");
  const operations = join(root, "identity/email_associations.yaml");
  const text = readFileSync(operations, "utf8");
  writeFileSync(operations, text.replace("$ref: definitions/sid.yaml", "$ref: definitions/gone.yaml"));
  return root;
}

const findings = `identity/definitions/sid.yaml:6:12  \`minLength\` must be a whole number from 0 up, not the text "many"  [wrong-shape]
  5 | required: [sid]
> 6 | minLength: many
    |            ^
  7 | maxLength: -1
  hint: write a whole number from 0 up

identity/definitions/sid.yaml:7:12  \`maxLength\` must be a whole number from 0 up, not the number -1  [wrong-shape]
  6 | minLength: many
> 7 | maxLength: -1
    |            ^
  hint: write a whole number from 0 up

identity/email_associations.yaml:23:19  there is no file identity/definitions/gone.yaml  [missing-file]
  22 |           schema:
> 23 |             $ref: definitions/gone.yaml
     |                   ^
  24 |         400:
  hint: references are relative to the file that holds them; correct the path or add the file

3 errors
`;

describe("generate", () => {
  const args = (root: string): readonly string[] => ["generate", "--root", root, "--out", join(folder, "out")];

  test("shows each step on one line where somebody watches, and wipes it", async () => {
    watchedBySomebody(true);
    const first = await run(...args(join(history, "4-v2")));
    expect(first).toMatchObject({
      code: 0,
      stderr: steps("reading documents", "printing client-server", "printing identity", "writing"),
    });
    const second = await run(...args(join(history, "4-v2")));
    expect(second).toEqual({
      code: 0,
      stdout: `${join(folder, "out")} is current.\n`,
      stderr: steps("reading documents"),
    });
  });

  test("is silent about them in a pipe", async () => {
    watchedBySomebody(false);
    expect(await run(...args(join(history, "4-v2")))).toMatchObject({ code: 0, stderr: "" });
    expect(await run(...args(join(history, "4-v2")))).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test.each([true, false])("tells all errors at once (somebody watches: %s)", async (isTTY) => {
    watchedBySomebody(isTTY);
    const { code, stdout, stderr } = await run(...args(broken()));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(`${isTTY ? steps("reading documents") : ""}${findings}`);
  });
});

describe("compare", () => {
  test("shows each step on one line where somebody watches, and wipes it", async () => {
    watchedBySomebody(true);
    const sides = [join(history, "4-v2"), join(history, "4-v2")] as const;
    const shown = steps(`reading ${sides[0]}`, `reading ${sides[1]}`, "comparing");
    expect(await run("compare", ...sides)).toEqual({ code: 0, stdout: "The API did not change.\n", stderr: shown });
  });

  test("is silent about them in a pipe", async () => {
    watchedBySomebody(false);
    const sides = [join(history, "4-v2"), join(history, "4-v2")] as const;
    expect(await run("compare", ...sides)).toEqual({ code: 0, stdout: "The API did not change.\n", stderr: "" });
  });

  test.each([true, false])("tells all errors at once (somebody watches: %s)", async (isTTY) => {
    watchedBySomebody(isTTY);
    const sides = [join(history, "4-v2"), broken()] as const;
    const { code, stdout, stderr } = await run("compare", ...sides);
    expect([code, stdout]).toEqual([2, ""]);
    const shown = steps(`reading ${sides[0]}`, `reading ${sides[1]}`);
    expect(stderr).toBe(`${isTTY ? shown : ""}${findings}`);
  });
});
