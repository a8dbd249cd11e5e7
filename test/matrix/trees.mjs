// The protocol's own documents, where they lie beside the checkout.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where the published trees are looked for. */
export const published = here("../../../shared/specs");

/** Each tree under the name that its output gets, with the file that says what its services are. */
export const trees = ["2019-08", "2026-07"].map((name) => ({
  name,
  source: join(published, `matrix-${name}`),
  services: here(`${name}/services.yaml`),
}));

/** A module of the built generator. */
export const built = (path) => import(new URL(`../../generator/dist/${path}`, import.meta.url).href);

/** A symbolic link that was stored as a text file holds nothing but the path of a folder. */
const linkTarget = (file) => {
  if (statSync(file).size > 200) return undefined;
  const text = readFileSync(file, "utf8");
  if (!/^[\w./-]+$/u.test(text)) return undefined;
  const target = join(dirname(file), text);
  return existsSync(target) && statSync(target).isDirectory() ? target : undefined;
};

/** Copies a tree, with the links in it restored: references pass through one. */
export const copyTree = (source, target) => {
  cpSync(source, target, { recursive: true });
  const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const file = join(parentPath, name);
    const folder = linkTarget(file);
    if (folder === undefined) continue;
    rmSync(file, { force: true });
    symlinkSync(relative(parentPath, folder), file);
  }
};
