/**
 * `manifest.json` beside the generated code: what it was made from and by which tools, so that a run on unchanged
 * input can end before a single printer is loaded.
 */

import { createHash } from "node:crypto";
import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EmittedFile } from "./emit/file.js";
import { type Toolchain, toolchain } from "./emit/tools.js";
import { isRecord } from "./record.js";
import { seamVersion } from "./seam/contract.js";
import { staleFiles, textOf } from "./write.js";

/** The file that tells what is ours; written when all else is. */
export const manifestName = "manifest.json";

/** What the output was made from. */
export interface MadeFrom {
  /** A digest of everything that was read. */
  readonly input: string;
  /** The files that were read, relative to the root, where no `services.yaml` tells the folder that counts. */
  readonly reached?: readonly string[];
  /** Each service, with a digest of what it was printed from. */
  readonly services?: Readonly<Record<string, string>>;
  /** The emitters of the project's own that had a hand in it, and their files. */
  readonly emitters?: Readonly<Record<string, readonly string[]>>;
}

export interface Manifest extends Toolchain, MadeFrom {
  readonly seam: number;
  /** The digest of every generated file, by path. */
  readonly files: Readonly<Record<string, string>>;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Written by ourselves: whatever else a stranger changed in it only makes the comparison fail. */
function isManifest(data: unknown): data is Manifest {
  if (!isRecord(data) || !isRecord(data["files"]) || !("input" in data && "seam" in data)) return false;
  const { reached = [] } = data;
  return Array.isArray(reached) && reached.every((file) => typeof file === "string");
}

/** The manifest of a finished run, itself a file to write. */
export function emitManifest(madeFrom: MadeFrom, files: readonly EmittedFile[]): EmittedFile {
  const digests = files.map(({ path, text }) => [path, sha256(text)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const manifest: Manifest = { ...toolchain(), seam: seamVersion, ...madeFrom, files: Object.fromEntries(digests) };
  return { path: manifestName, text: `${JSON.stringify(manifest, null, 2)}\n` };
}

/** The manifest of the run before; undefined when there is none, or none that can be read. */
export function readManifest(out: string): Manifest | undefined {
  const text = textOf(join(out, manifestName));
  if (text === undefined) return undefined;
  try {
    const data: unknown = JSON.parse(text);
    return isManifest(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** The same tools of the same versions would write the output now. */
export function isOfToday(out: string, manifest: Manifest): boolean {
  const { generator, tools } = toolchain();
  if (manifest.seam !== seamVersion) return false;
  if (JSON.stringify([manifest.generator, manifest.tools]) !== JSON.stringify([generator, tools])) return false;
  return statSync(join(out, manifestName)).mtimeMs >= newestSource();
}

/** Nothing that decides about the output has changed since the manifest was written or found current. */
export function isCurrent(out: string, input: string): boolean {
  const manifest = readManifest(out);
  if (manifest === undefined || manifest.input !== input || !isOfToday(out, manifest)) return false;
  const files = Object.entries(manifest.files);
  const paths = files.map(([path]) => path);
  const isWhole = files.every(([path, digest]) => {
    const text = textOf(join(out, path));
    return text !== undefined && sha256(text) === digest;
  });
  return isWhole && staleFiles(out, [...paths, manifestName], paths).length === 0;
}

/** Notes that the output is current, for the next run. Its bytes stay as they are. */
export function touchManifest(out: string): void {
  const now = new Date();
  utimesSync(join(out, manifestName), now, now);
}

/** When the generator itself was last changed: an emitter under work must never be skipped. */
function newestSource(): number {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const own = ["", "compare", "emit", "emit/templates", "load", "model", "package", "seam", "values"];
  const times = own.flatMap((path) =>
    readdirSync(join(folder, path), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:ts|js|hbs)$/.test(entry.name))
      .map((entry) => statSync(join(folder, path, entry.name)).mtimeMs),
  );
  return Math.max(...times);
}
