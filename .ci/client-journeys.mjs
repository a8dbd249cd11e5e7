// Puts the journeys beside the clients that `generate --client-package` wrote: client-journeys.mjs FOLDER.
// They are compiled by the build; here only the paths change, since the services stand next to them in the package.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = join(root, "dist/runtime");
const [folder = "dist/threepid-client"] = process.argv.slice(2);
const target = resolve(folder, "journeys");

/** Of the protocol's own code they use what knows no platform. */
const shared = ["case-folding", "case-folding-table"];

const inPackage = (text) =>
  text
    .replaceAll(/(?<=from ")\.\.\/\.\.\/generated\//g, "../")
    .replaceAll(/(?<=from ")\.\.\/protocol\//g, "./")
    .replace(/^\/\/# sourceMappingURL=.*\n?/m, "");

const isModule = (name) => /\.js$|\.d\.ts$/.test(name);
const modules = [
  ...readdirSync(join(built, "client"))
    .filter(isModule)
    .map((name) => join("client", name)),
  ...shared.flatMap((name) => [`protocol/${name}.js`, `protocol/${name}.d.ts`]),
];

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const path of modules) {
  const text = inPackage(readFileSync(join(built, path), "utf8"));
  const [outside] = /(?<=from ")(?!\.\/|\.\.\/(?!\.\.))[^"]*/.exec(text) ?? [];
  if (outside !== undefined) throw new Error(`${path} takes ${outside}, which the package does not have`);
  writeFileSync(join(target, path.replace(/^.*\//, "")), text);
}

// Its README tells of them, too: the part that a reader of the generated one lacks.
const readmePath = resolve(folder, "README.md");
const manifestPath = resolve(folder, "package.json");
const { exports, files, ...manifest } = JSON.parse(readFileSync(manifestPath, "utf8"));
const ours = readFileSync(join(root, "runtime/client/README.md"), "utf8");
const [, ...told] = ours.replaceAll(/(?<=^import .* from ")threepid(?=\/)/gm, manifest.name).split("\n");
writeFileSync(readmePath, `${readFileSync(readmePath, "utf8")}\n## Journeys\n${told.join("\n")}`);

const journeys = { types: "./journeys/index.d.ts", default: "./journeys/index.js" };
const { "./package.json": own, ...services } = exports;
writeFileSync(
  manifestPath,
  `${JSON.stringify({ ...manifest, exports: { ...services, "./journeys": journeys, "./package.json": own }, files: [...new Set([...files, "journeys"])] }, null, 2)}\n`,
);
cpSync(join(root, "LICENSE"), join(dirname(manifestPath), "LICENSE"));
