/** The packages as they are published, installed where a test wants them, offline. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a command to its end and answers what it printed. */
export function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

/** Packs what was built and unpacks it where an installation would put it. Answers the files of the tarball. */
function install(folder: string, name: string, work: string): readonly string[] {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work], folder));
  const target = join(work, "node_modules", name);
  mkdirSync(target, { recursive: true });
  run("tar", ["-xzf", join(work, packed.filename), "--strip-components=1", "-C", target], work);
  return packed.files.map((file: { readonly path: string }) => file.path);
}

/** Every other package is the one that this project was installed with. */
function linkDependencies(work: string): void {
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") || name === "@threepid" || name === "threepid") continue;
    symlinkSync(join(root, "node_modules", name), join(work, "node_modules", name));
  }
}

/** Installs both packages in a folder. Answers the files of each tarball. */
export function installPackages(work: string): { threepid: readonly string[]; generator: readonly string[] } {
  const threepid = install(root, "threepid", work);
  const generator = install(join(root, "generator"), "@threepid/generator", work);
  linkDependencies(work);
  return { threepid, generator };
}
