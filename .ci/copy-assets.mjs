// Copies what tsc leaves behind beside the compiled files, so that code finds its assets by
// `new URL("./name", import.meta.url)` from source and from dist alike. Stale copies are dropped.
// With the name of a source folder as argument, only that folder's.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Assets by where they stand, where their copy belongs, and which files count. */
const plans = [
  { from: "runtime", to: "dist/runtime", wanted: (path) => /\.(hbs|css|svg|json)$/.test(path) },
  { from: "generated", to: "dist/generated", wanted: (path) => /\.json$/.test(path) },
  {
    from: "generator",
    to: "generator/dist",
    // The seam's sources are emitted word for word, so the built generator carries them.
    wanted: (path) => /\.hbs$/.test(path) || (path.startsWith("seam/") && /(?<!\.d)\.ts$/.test(path)),
  },
];

const skipped = new Set(["node_modules", "dist"]);

function files(folder, at = folder) {
  if (!existsSync(at)) return [];
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = join(at, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : files(folder, path);
    return [relative(folder, path).replaceAll("\\", "/")];
  });
}

/** What tsc makes of a source file: these outputs are never stale while the source stands. */
const outputsOf = (path) => {
  const stem = path.replace(/\.ts$/, "");
  return [".js", ".js.map", ".d.ts", ".d.ts.map"].map((extension) => stem + extension);
};

function same(left, right) {
  return (
    existsSync(right) && statSync(left).size === statSync(right).size && readFileSync(left).equals(readFileSync(right))
  );
}

const [wanted] = process.argv.slice(2);

for (const plan of plans.filter((it) => wanted === undefined || it.from === wanted)) {
  const from = join(root, plan.from);
  const to = join(root, plan.to);
  const sources = files(from);
  const assets = sources.filter(plan.wanted);
  const expected = new Set([
    ...assets,
    ...sources.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts")).flatMap(outputsOf),
  ]);
  for (const asset of assets) {
    const target = join(to, asset);
    if (same(join(from, asset), target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(from, asset), target);
  }
  for (const built of files(to)) {
    if (built.endsWith(".tsbuildinfo") || expected.has(built)) continue;
    rmSync(join(to, built));
  }
}

// npm makes commands executable when it installs or links a package, and not when they are built anew.
for (const command of ["dist/runtime/cli.js", "generator/dist/cli.js"]) {
  if (existsSync(join(root, command))) chmodSync(join(root, command), 0o755);
}
