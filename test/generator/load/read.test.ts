import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fingerprint, loadServices } from "../../../generator/load/services.js";
import { problemsOf } from "./fixture.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "documents-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};

const document = (...references: readonly string[]): string => `swagger: "2.0"
info: { title: Letters, version: "1" }
paths:
${references
  .map(
    (reference, index) => `  /letters${index}:
    get:
      operationId: get${index}
      responses:
        200: { description: Fine., schema: { $ref: "${reference}" } }
`,
  )
  .join("")}`;

const services = 'services: { letters: { documents: ["letters/*.yaml"] } }\n';
const letter = "type: object\nproperties: { text: { type: string } }\n";

describe("one file, however it is reached", () => {
  test("symbolic links inside the tree lead to the same type", async () => {
    write("services.yaml", services);
    write("schemas/letter.yaml", letter);
    mkdirSync(join(root, "letters"));
    symlinkSync("../schemas", join(root, "letters/linked"));
    write("letters/a.yaml", document("linked/letter.yaml", "../schemas/letter.yaml", "../schemas/./letter.yaml#"));
    const { services: loaded } = await loadServices({ root });
    expect(loaded[0]?.schemas.map(({ name }) => name)).toEqual(["Letter"]);
    expect(loaded[0]?.schemas[0]?.origin.file).toBe("schemas/letter.yaml");
  });

  test("symbolic links out of the tree are not followed", async () => {
    write("api/services.yaml", services);
    write("secret.yaml", letter);
    mkdirSync(join(root, "api/letters"));
    symlinkSync("../../secret.yaml", join(root, "api/letters/linked.txt"));
    write("api/letters/a.yaml", document("linked.txt"));
    expect(await problemsOf(join(root, "api"))).toMatchObject([{ code: "outside-root" }]);
  });

  test("names with spaces, dollars and no extension are names", async () => {
    write("services.yaml", services);
    write("letters/definitions/m.letter$m.plain text", letter);
    write("letters/a.yaml", document("definitions/m.letter$m.plain text"));
    const { services: loaded } = await loadServices({ root });
    expect(loaded[0]?.schemas.map(({ name }) => name)).toEqual(["MLetterMPlainText"]);
  });

  test("every file that is read is a source, and nothing else is", async () => {
    write("services.yaml", services);
    write("letters/a.yaml", document("definitions/letter.yaml"));
    write("letters/definitions/letter.yaml", letter);
    write("letters/definitions/unused.yaml", letter);
    const { services: loaded } = await loadServices({ root });
    expect(loaded[0]?.sources.map(({ file }) => file)).toEqual([
      "letters/a.yaml",
      "letters/definitions/letter.yaml",
      "services.yaml",
    ]);
  });

  test("services.yaml may lie elsewhere; its paths start at the root", async () => {
    write("api/letters/a.yaml", document("definitions/letter.yaml"));
    write("api/letters/definitions/letter.yaml", letter);
    write("elsewhere.yaml", services);
    const { services: loaded } = await loadServices({
      root: join(root, "api"),
      services: join(root, "elsewhere.yaml"),
    });
    expect(loaded[0]?.operations.map(({ id }) => id)).toEqual(["get0"]);
  });

  test("a key called __proto__ is data like any other, names of Object's own members are names", async () => {
    write("services.yaml", services);
    write("letters/a.yaml", document("definitions/letter.yaml"));
    const letter =
      "type: object\nproperties: { constructor: { type: string } }\nexample: { __proto__: { polluted: 1 } }\n";
    write("letters/definitions/letter.yaml", letter);
    const { services: loaded } = await loadServices({ root });
    const schema = loaded[0]?.schemas[0]?.schema;
    expect(Object.keys(schema?.properties ?? {})).toEqual(["constructor"]);
    expect(JSON.stringify(schema?.examples)).toBe('[{"__proto__":{"polluted":1}}]');
  });
});

describe("the resolver", () => {
  test("is what finds the files: without it nothing loads", async () => {
    write("services.yaml", services);
    write("letters/a.yaml", document("definitions/letter.yaml"));
    write("letters/definitions/letter.yaml", letter);
    vi.resetModules();
    vi.doMock("@apidevtools/swagger-parser", () => ({ default: { resolve: async () => ({ paths: () => [] }) } }));
    const stubbed = await import("../../../generator/load/services.js");
    vi.doUnmock("@apidevtools/swagger-parser");
    await expect(stubbed.loadServices({ root })).rejects.toThrow("there is no file letters/definitions/letter.yaml");
  });
});

describe("the fingerprint", () => {
  test("changes with content, names and new files, and with nothing else", async () => {
    write("services.yaml", services);
    write("letters/a.yaml", document("definitions/letter.yaml"));
    const first = await fingerprint(root);
    write("README.md", "about");
    write("services.yaml", services);
    expect(await fingerprint(root)).toEqual(first);
    write("letters/b.yaml", letter);
    const second = await fingerprint(root);
    write("letters/b.yaml", `${letter}\n`);
    const third = await fingerprint(root);
    expect(new Set([first.hash, second.hash, third.hash]).size).toBe(3);
    expect(third.files.map(({ file }) => file)).toEqual(["letters/a.yaml", "letters/b.yaml", "services.yaml"]);
  });
});
