/** The packages as they are published, installed where a test wants them, offline. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
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

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The names of all packages that an installation of some brings with it, as far as they are installed here. */
function broughtBy(folders: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (folder: string): void => {
    const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const target = join(root, "node_modules", name);
      if (names.has(name) || name.startsWith("@threepid/") || !existsSync(target)) continue;
      names.add(name);
      visit(target);
    }
  };
  for (const folder of folders) visit(folder);
  return names;
}

/** What the packages need is what this project was installed with; what only its developers need is not there. */
function linkDependencies(work: string): void {
  for (const name of broughtBy([root, join(root, "generator")])) {
    const link = join(work, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link);
  }
}

/** Installs both packages in a folder. Answers the files of each tarball. */
export function installPackages(work: string): { threepid: readonly string[]; generator: readonly string[] } {
  const threepid = install(root, "threepid", work);
  const generator = install(join(root, "generator"), "@threepid/generator", work);
  linkDependencies(work);
  return { threepid, generator };
}
