import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { registerCompare, registerGenerate } from "../../../generator/cli.js";
import { compareSides } from "../../../generator/compare/side.js";
import { formatDiagnostic } from "../../../generator/errors.js";
import { GenerationError, generate, OptionError } from "../../../generator/generate.js";
import { modelsOf } from "../../../generator/load/chosen.js";
import { Remote, shownUrl } from "../../../generator/load/remote.js";
import { temporaryFolder, textsBelow } from "../../support/tree.js";

type Page = string | ((request: IncomingMessage, response: ServerResponse) => void);

let pages: Record<string, Page>;
let asked: string[];
let origin: string;
let close: () => Promise<void>;

beforeEach(async () => {
  pages = {};
  asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const page = pages[(request.url ?? "").replace(/\?.*$/u, "")];
    if (typeof page === "function") page(request, response);
    else response.writeHead(page === undefined ? 404 : 200, { "content-type": "text/plain" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  origin = `http://127.0.0.1:${address.port}`;
  close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
});
afterEach(() => close());

const redirect =
  (location: string): Page =>
  (_request, response) =>
    response.writeHead(302, { location }).end();

const document = (reference: string, operation = "getLetter"): string => `openapi: 3.1.0
info: { title: Letters, version: "1" }
paths:
  /letter:
    get:
      operationId: ${operation}
      responses:
        "200":
          description: Fine.
          content:
            application/json: { schema: { $ref: "${reference}" } }
`;
const letter = "type: object\nrequired: [text]\nproperties: { text: { type: string } }\n";

const problems = async (spec: string, allowRemote = true): Promise<string> => {
  const error = await generate({ spec, out: temporaryFolder(), allowRemote }).catch((caught: unknown) => caught);
  if (!(error instanceof GenerationError)) throw new Error(`expected a GenerationError, not ${String(error)}`);
  return error.diagnostics.map(formatDiagnostic).join("\n\n");
};

describe("a URL in place of a document", () => {
  test("is refused unless it is allowed, and nobody is asked", async () => {
    expect(await problems(`${origin}/openapi.yaml`, false)).toBe(
      `${origin}/openapi.yaml:1:1  ${origin}/openapi.yaml is on another machine; nothing is fetched  [remote-reference]\n` +
        "  hint: keep a copy of the file beside the documents and refer to that, or allow it with --allow-remote",
    );
    expect(asked).toEqual([]);
  });

  test("is read with all that it refers to, relative to where redirects led", async () => {
    pages["/openapi.yaml"] = redirect("/v2/openapi.yaml");
    pages["/v2/openapi.yaml"] = document("schemas/letter.yaml");
    pages["/v2/schemas/letter.yaml"] = redirect("../../shared/letter.yaml");
    pages["/shared/letter.yaml"] =
      "allOf: [{ $ref: stamped.yaml }, { $ref: 'letter.yaml#/$defs/Dated' }]\n$defs: { Dated: { type: object } }\n";
    pages["/shared/stamped.yaml"] = letter;
    const out = temporaryFolder();
    expect(await generate({ spec: `${origin}/openapi.yaml`, out, allowRemote: true })).toMatchObject({
      state: "written",
    });
    const types = readFileSync(join(out, "letters/types.ts"), "utf8");
    expect(types).toContain("export type Letter = Stamped & Dated;");
    const { reached } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    expect(reached).toEqual(
      ["shared/letter.yaml", "shared/stamped.yaml", "v2/openapi.yaml"].map((path) => `${origin}/${path}`),
    );
    expect(asked.toSorted()).toEqual([
      "/openapi.yaml",
      "/shared/letter.yaml",
      "/shared/stamped.yaml",
      "/v2/openapi.yaml",
      "/v2/schemas/letter.yaml",
    ]);
  });

  test("is asked for by each run, and printed when its bytes have changed", async () => {
    pages["/openapi.yaml"] = document("letter.yaml");
    pages["/letter.yaml"] = letter;
    const options = { spec: `${origin}/openapi.yaml`, out: temporaryFolder(), allowRemote: true };
    await generate(options);
    const first = textsBelow(options.out);
    const steps: string[] = [];
    const again = () => generate({ ...options, report: (step) => steps.push(step) });
    expect(await again()).toMatchObject({ state: "current" });
    expect(steps).toEqual(["reading documents"]);
    expect(asked.filter((path) => path === "/letter.yaml")).toHaveLength(2);
    expect(await generate({ ...options, check: true })).toMatchObject({ state: "current" });
    pages["/letter.yaml"] = `${letter}minProperties: 1\n`;
    expect(await generate({ ...options, check: true })).toMatchObject({
      state: "drifted",
      changes: [{ operations: [{ operation: "getLetter" }] }],
    });
    expect(await again()).toMatchObject({ state: "written" });
    pages["/letter.yaml"] = letter;
    await again();
    expect(textsBelow(options.out)).toEqual(first);
  });

  test("has its mistakes told by URL, line and column", async () => {
    pages["/openapi.yaml"] = document("letter.yaml#/$defs/Other");
    pages["/letter.yaml"] = letter;
    expect(await problems(`${origin}/openapi.yaml`)).toBe(
      `${origin}/openapi.yaml:11:49  ${origin}/letter.yaml has nothing at /$defs/Other  [dangling-reference]\n` +
        '  10 |           content:\n> 11 |             application/json: { schema: { $ref: "letter.yaml#/$defs/Other" } }\n' +
        "     |                                                 ^\n" +
        "  hint: correct the part after #, a JSON pointer into that file",
    );
  });

  test("reaches no file of this machine", async () => {
    const file = join(temporaryFolder(), "secret.yaml");
    writeFileSync(file, letter);
    pages["/openapi.yaml"] = document(`file://${file}`);
    expect(await problems(`${origin}/openapi.yaml`)).toContain("is neither http nor https  [unfetched]");
    pages["/openapi.yaml"] = document(file);
    expect(await problems(`${origin}/openapi.yaml`)).toContain(`${origin}${file} answers with status 404  [unfetched]`);
  });

  test("may need a password, which stays between the two", async () => {
    const wanted = `Basic ${Buffer.from("writer:s3cret").toString("base64")}`;
    const guarded =
      (text: string): Page =>
      (request, response) =>
        response.writeHead(request.headers.authorization === wanted ? 200 : 401).end(text);
    pages["/openapi.yaml"] = guarded(document("letter.yaml"));
    pages["/letter.yaml"] = guarded(letter);
    const spec = `${origin.replace("//", "//writer:s3cret@")}/openapi.yaml?token=t0ken`;
    const out = temporaryFolder();
    await generate({ spec, out, allowRemote: true });
    expect([...textsBelow(out).values()].filter((text) => /s3cret|t0ken/u.test(text))).toEqual([]);
    pages["/letter.yaml"] = "type: [\n";
    expect(await problems(spec)).not.toMatch(/s3cret|t0ken/u);
    pages = {};
    expect(await problems(spec)).not.toMatch(/s3cret|t0ken/u);
  });

  test("has no root", async () => {
    const options = { spec: `${origin}/openapi.yaml`, root: ".", out: temporaryFolder(), allowRemote: true };
    await expect(generate(options)).rejects.toThrow(OptionError);
  });

  test("is compared and served like a file", async () => {
    pages["/old.yaml"] = document("letter.yaml");
    pages["/new.yaml"] = document("letter.yaml", "readLetter");
    pages["/letter.yaml"] = letter;
    const [before, after] = ["old", "new"].map((name) => ({ path: `${origin}/${name}.yaml`, allowRemote: true }));
    if (before === undefined || after === undefined) throw new Error("two sides");
    expect(await compareSides(before, after)).toMatchObject([{ service: "letters", operations: [{}] }]);
    await expect(compareSides({ path: before.path }, after)).rejects.toThrow("--allow-remote");
    const [model] = await modelsOf({ spec: before.path, allowRemote: true });
    expect(model?.operations.map(({ id }) => id)).toEqual(["getLetter"]);
  });
});

test("the command line allows it for documents of both sides, and for what is generated", async () => {
  pages["/openapi.yaml"] = document("letter.yaml");
  pages["/letter.yaml"] = letter;
  const spec = `${origin.replace("//", "//me:word@")}/openapi.yaml`;
  let said = "";
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    });
  }
  const codes: number[] = [];
  const program = new Command("threepid").exitOverride();
  registerGenerate(program, (code) => codes.push(code));
  registerCompare(program, (code) => codes.push(code));
  const out = temporaryFolder();
  for (const args of [
    ["generate", "--spec", spec, "--out", out],
    ["compare", spec, spec],
    ["generate", "--spec", spec, "--out", out, "--allow-remote"],
    ["compare", spec, spec, "--allow-remote"],
  ])
    await program.parseAsync(args, { from: "user" });
  expect(codes).toEqual([1, 2, 0, 0]);
  expect(said.match(/^ {2}hint: .*$/gmu)).toEqual([
    expect.stringContaining("--allow-remote"),
    expect.stringContaining("--allow-remote"),
  ]);
  expect(said).toContain("letters: new, 1 operation\nThe API did not change.\n");
  expect(said).not.toContain("word");
});

test("a document of this machine may refer to another", async () => {
  pages["/letter.yaml"] = letter;
  const root = temporaryFolder();
  writeFileSync(join(root, "openapi.yaml"), document(`${origin}/letter.yaml`));
  writeFileSync(join(root, "services.yaml"), "services: { letters: { documents: [openapi.yaml] } }\n");
  const out = temporaryFolder();
  expect(await generate({ root, out, allowRemote: true })).toMatchObject({ state: "written" });
  expect(readFileSync(join(out, "letters/types.ts"), "utf8")).toContain("export interface Letter {");
  expect(await generate({ root, out, allowRemote: true })).toMatchObject({ state: "current" });
  pages["/letter.yaml"] = `${letter}description: A letter.\n`;
  expect(await generate({ root, out, allowRemote: true })).toMatchObject({ state: "written" });
  await expect(generate({ root, out })).rejects.toThrow("nothing is fetched");
});

test("services.yaml may name documents of other machines", async () => {
  pages["/openapi.yaml"] = document("letter.yaml");
  pages["/letter.yaml"] = letter;
  const root = temporaryFolder();
  const services = `services:\n  letters:\n    documents: ["${origin}/openapi.yaml"]\n`;
  writeFileSync(join(root, "services.yaml"), services);
  const out = temporaryFolder();
  expect(await generate({ root, out, allowRemote: true })).toMatchObject({ state: "written" });
  expect(readFileSync(join(out, "letters/types.ts"), "utf8")).toContain("export interface Letter {");
  const refused = await generate({ root, out: temporaryFolder() }).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    diagnostics: [
      {
        code: "remote-reference",
        message: `${origin}/openapi.yaml is on another machine; nothing is fetched`,
        origin: { file: "services.yaml", pointer: "/services/letters/documents", line: 3, column: 16 },
      },
    ],
  });
});

const isInner = "leads to an address of this machine or its network, and who refers to it stands elsewhere";

describe("fetching", () => {
  const get = (path: string, limits = {}) => new Remote(limits).fetch(`${origin}${path}`, undefined);

  test.each<readonly [string, Page | undefined, string]>([
    ["what is not there", undefined, "answers with status 404"],
    [
      "a page",
      (_, response) => response.setHeader("content-type", "text/html; charset=utf-8").end("<p>"),
      "is a page of HTML, not a document",
    ],
    [
      "what is compressed",
      (_, response) => response.setHeader("content-encoding", "gzip").end("x"),
      "is compressed, which nobody asked for",
    ],
    ["what is too long", "x".repeat(2000), "is longer than 1000 bytes"],
    ["what never ends", (_, response) => void response.write("x"), "took longer than 0.2 seconds"],
    ["who never answers", () => undefined, "took longer than 0.2 seconds"],
    ["who hangs up", (request) => void request.socket.destroy(), "cannot be fetched: the connection was cut"],
    ["a redirect to itself", redirect("/x"), "is redirected more than 3 times"],
    ["a redirect to a file", redirect("file:///etc/hosts"), "is neither http nor https"],
    ["a redirect to nothing", redirect("http://"), "is redirected to what is no URL"],
    ["a redirect to this machine by another name", redirect("http://[::1]:1/"), isInner],
    ["a redirect to a name of this machine", redirect("http://localhost:1/"), isInner],
    ["a redirect to an inner network", redirect("http://[::ffff:10.0.0.1]/"), isInner],
  ])("%s fails", async (_name, page, failure) => {
    if (page !== undefined) pages["/x"] = page;
    const milliseconds = failure.startsWith("took") ? 200 : 20_000;
    expect(await get("/x", { bytes: 1000, milliseconds, redirects: 3 })).toEqual({ failure });
  });

  test("ends with the files that a run may fetch", async () => {
    pages["/a"] = "a";
    const remote = new Remote({ files: 1 });
    expect(await remote.fetch(`${origin}/a`, undefined)).toMatchObject({ url: `${origin}/a` });
    expect(await remote.fetch(`${origin}/a`, undefined)).toMatchObject({ url: `${origin}/a` });
    expect(await remote.fetch(`${origin}/b`, undefined)).toEqual({
      failure: "is one file more than the 1 that a run may fetch",
    });
    expect(asked).toEqual(["/a"]);
  });

  test("a document from elsewhere does not lead to this machine, one from here may", async () => {
    pages["/a"] = "a";
    const address = `${origin}/a`;
    expect(await new Remote().fetch(address, "https://example.org/openapi.yaml")).toMatchObject({
      failure: expect.stringMatching(/^leads to an address of this machine/u),
    });
    expect(asked).toEqual([]);
    expect(await new Remote().fetch(address, `${origin}/openapi.yaml`)).toMatchObject({ url: address });
  });

  test("a name that the user trusts is trusted where it stood, not where it leads later", async () => {
    pages["/a"] = "a";
    pages["/b"] = "b";
    const inner = [{ address: "127.0.0.1", family: 4 }];
    const named = (host: string, path: string) => `${origin.replace("127.0.0.1", host)}${path}`;
    const remote = new Remote({}, (_host, _options, done) => done(null, inner));
    expect(await remote.fetch(named("letters.test", "/a"), undefined)).toHaveProperty("bytes");
    expect(await remote.fetch(named("letters.test", "/b"), named("letters.test", "/a"))).toHaveProperty("bytes");
    // It stood in the outer world when the user named it.
    const rebound = new Remote({}, (_host, _options, done) => done(null, inner));
    expect(await rebound.fetch(named("letters.test", "/b"), named("letters.test", "/a"))).toEqual({ failure: isInner });
    expect(asked).toEqual(["/a", "/b"]);
  });

  test("a connection that stands open for the user is not lent to a stranger", async () => {
    pages["/a"] = "a";
    pages["/secret"] = "b";
    const here = origin.replace("127.0.0.1", "localhost");
    const remote = new Remote({}, (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]));
    expect(await remote.fetch(`${here}/a`, undefined)).toHaveProperty("bytes");
    expect(await remote.fetch(`${here}/secret`, "https://example.org/openapi.yaml")).toEqual({ failure: isInner });
    expect(asked).toEqual(["/a"]);
  });

  test.each([
    "[::7f00:1]",
    "[64:ff9b:1::1]",
    "[2001:0:1::1]",
    "[fec0::1]",
    "[ff02::1]",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
  ])("%s is no address of the outer world", async (host) => {
    expect(await new Remote().fetch(`http://${host}/`, "https://example.org/")).toEqual({ failure: isInner });
  });

  test("a redirect keeps a password within its origin", async () => {
    const seen: (string | undefined)[] = [];
    pages["/a"] = redirect("/b");
    pages["/b"] = (request, response) => {
      seen.push(request.headers.authorization);
      response.end("b");
    };
    await new Remote().fetch(`${origin.replace("//", "//me:word@")}/a`, undefined);
    pages["/a"] = redirect(`${origin}/b`.replace("//", "//other:word@"));
    await new Remote().fetch(`${origin}/a`, undefined);
    expect(seen).toEqual([`Basic ${Buffer.from("me:word").toString("base64")}`, undefined]);
  });
});

test.each([
  ["https://me:word@example.org:8443/a/b.yaml#/x", "https://example.org:8443/a/b.yaml"],
  ["https://example.org/a.yaml?token=x", "https://example.org/a.yaml?23af5e1e"],
  ["//me:word@example.org/a.yaml?token=x", "//example.org/a.yaml"],
  ["https://me:word@[bad/a.yaml", "https://[bad/a.yaml"],
])("%s is shown as %s", (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
