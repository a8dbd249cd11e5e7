import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandFolder } from "../support/command.js";
import { installPackages, run } from "../support/packages.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "threepid-packages-"));
const installed = join(work, "node_modules");

function filesOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, "utf8")] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

describe("the packages as they are published", () => {
  let threepid: readonly string[];
  let generator: readonly string[];

  beforeAll(() => {
    ({ threepid, generator } = installPackages(work));
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("hold what runs and nothing else", () => {
    const strange = [...threepid, ...generator].filter(
      (path) =>
        !/^(dist\/.*\.(js|d\.ts|json|hbs)|dist\/seam\/[^/]+\.ts|api\/.*\.(yaml|md)|package\.json|[A-Z]+(\.md)?)$/.test(
          path,
        ),
    );
    expect(strange).toEqual([]);
    expect(threepid).toEqual(expect.arrayContaining(["dist/runtime/cli.js", "dist/generated/identity/requests.js"]));
    expect(generator).toEqual(expect.arrayContaining(["dist/cli.js", "dist/seam/server.ts", "dist/seam/server.js"]));
  });

  it("start a server", async () => {
    const folder = commandFolder(join(installed, "threepid", "dist", "runtime", "cli.js"));
    writeFileSync(
      join(folder.path, "threepid.yaml"),
      [
        "identity: { server_name: localhost, public_base_url: http://localhost, listen: { port: 0 } }",
        "homeserver: { server_name: localhost, public_base_url: http://localhost, listen: { port: 0 } }",
        "mailbox: { listen: { port: 0 } }",
      ].join("\n"),
    );
    const command = folder.run(["serve"]);
    try {
      const printed = await command.printed(/mailbox page .*\n/);
      const url = /identity server +(\S+)/.exec(printed)?.[1];
      expect((await fetch(`${url}/_matrix/identity/v2`)).status).toBe(200);
    } finally {
      command.child.kill("SIGTERM");
      await command.finished;
      folder.remove();
    }
  });

  it("can be imported by every name they export", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const names = Object.keys(exports).filter((name) => !name.endsWith(".json"));
    const services = ["./identity", "./identity-internal", "./client-server", "./client-server-v3", "./server-server"];
    expect(names).toEqual(expect.arrayContaining([".", ...services, "./seam"]));
    const imports = names.map((name) => `await import(${JSON.stringify(name.replace(/^\./, "threepid"))});`);
    const script = join(work, "imports.mjs");
    writeFileSync(script, imports.join("\n"));
    expect(run(process.execPath, [script], work)).toBe("");
  });

  it("generate, byte for byte, what is committed", async () => {
    const folder = commandFolder(join(installed, "threepid", "dist", "runtime", "cli.js"));
    try {
      cpSync(join(root, "api"), join(folder.path, "api"), { recursive: true });
      const { code, err } = await folder.run(["generate"]).finished;
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const [made, committed] = [filesOf(join(folder.path, "generated")), filesOf(join(root, "generated"))];
      expect(Object.keys(made)).toEqual(Object.keys(committed));
      expect(Object.keys(made).filter((path) => made[path] !== committed[path])).toEqual([]);
    } finally {
      folder.remove();
    }
  });
});
