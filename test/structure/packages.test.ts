import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandFolder } from "../support/command.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "threepid-packages-"));
const installed = join(work, "node_modules");

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

/** Packs what was built and unpacks it where an installation would put it. Answers the files of the tarball. */
function install(folder: string, name: string): readonly string[] {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work], folder));
  const target = join(installed, name);
  mkdirSync(target, { recursive: true });
  run("tar", ["-xzf", join(work, packed.filename), "--strip-components=1", "-C", target], work);
  return packed.files.map((file: { readonly path: string }) => file.path);
}

/** Every other package is the one that this project was installed with. */
function linkDependencies(): void {
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") || name === "@threepid" || name === "threepid") continue;
    symlinkSync(join(root, "node_modules", name), join(installed, name));
  }
}

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
    mkdirSync(installed, { recursive: true });
    threepid = install(root, "threepid");
    generator = install(join(root, "generator"), "@threepid/generator");
    linkDependencies();
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
    expect(names).toEqual(expect.arrayContaining([".", "./identity", "./client-server", "./seam"]));
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
