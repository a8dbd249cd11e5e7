/** The protocol's published trees, which are looked for beside the checkout. */

import { cpSync, existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./tree.js";

const published = join(import.meta.dirname, "../../../shared/specs");
const matrix = join(import.meta.dirname, "../matrix");

/** Nothing can be read where the documents are not there. */
export const isPublished = existsSync(published);

export interface PublishedTree {
  readonly path: string;
  readonly services: string;
}

/** A tree by its date, with its symbolic link restored where it was stored as text. */
export function publishedTree(name: "2019-08" | "2026-07"): PublishedTree {
  const path = join(temporaryFolder(), name);
  cpSync(join(published, `matrix-${name}`), path, { recursive: true });
  const link = join(path, "api/client-server/definitions/event-schemas");
  if (existsSync(link)) {
    const target = readFileSync(link, "utf8").trim();
    rmSync(link, { force: true });
    symlinkSync(target, link);
  }
  return { path, services: join(matrix, name, "services.yaml") };
}
