/** The seam, word for word: generated code imports nothing else. */

import { readdirSync, readFileSync } from "node:fs";
import type { EmittedFile } from "./file.js";

const folder = new URL("../seam/", import.meta.url);

export function emitSeam(): EmittedFile[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
  return files.sort().map((file) => ({ path: `seam/${file}`, text: readFileSync(new URL(file, folder), "utf8") }));
}
