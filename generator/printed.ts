/** What was printed before, and what from: a service that is as it was is taken from the disk, not printed again. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { EmittedFile } from "./emit/file.js";
import { isOfToday, type Manifest, sha256 } from "./manifest.js";
import type { ServiceModel } from "./model/model.js";
import { textOf } from "./write.js";

const isPlace = (value: unknown): value is { readonly file: string } =>
  typeof value === "object" && value !== null && "file" in value && "line" in value;

/** What documents say themselves, among it fields called like ours. */
const verbatim = new Set(["schema", "value", "extensions"]);

/** The model without what nothing is printed from: in which lines things stand, and what else the files held. */
function essence(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(essence);
  if (typeof data !== "object" || data === null) return data;
  return Object.entries(data).map(([key, value]) => {
    if (verbatim.has(key)) return [key, value];
    return [key, key === "origin" && isPlace(value) ? value.file : essence(value)];
  });
}

/** A digest of all that a service's files are printed from. */
export function sourceOf({ sources: _files, ...model }: ServiceModel, extras: object): string {
  return createHash("sha256")
    .update(JSON.stringify([essence(model), extras]))
    .digest("hex");
}

/**
 * The files of a service as they stand on the disk; undefined unless all of them are there and are what today's
 * printers would print from `from`.
 */
export function printedBefore(
  out: string,
  manifest: Manifest | undefined,
  { name }: ServiceModel,
  from: string,
): readonly EmittedFile[] | undefined {
  if (manifest === undefined || manifest.services?.[name] !== from || !isOfToday(out, manifest)) return undefined;
  const others = new Set(Object.values(manifest.emitters ?? {}).flat());
  const own = Object.entries(manifest.files).filter(([path]) => path.startsWith(`${name}/`) && !others.has(path));
  const files = own.flatMap(([path, digest]) => {
    const text = textOf(join(out, path));
    return text !== undefined && sha256(text) === digest ? [{ path, text }] : [];
  });
  return files.length === own.length ? files : undefined;
}
