/** From a tree of documents to a folder of TypeScript: the whole run. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ServiceChanges } from "./compare/changes.js";
import type { EmittedFile } from "./emit/file.js";
import type { Diagnostic } from "./errors.js";
import { fingerprint } from "./load/tree.js";
import { emitManifest, isCurrent, manifestName, readManifest, touchManifest } from "./manifest.js";
import type { ServiceModel } from "./model/model.js";
import { applyDrift, type Drift, driftOf, textOf } from "./write.js";

export type { ServiceChanges } from "./compare/changes.js";
export { type Diagnostic, GenerationError } from "./errors.js";
export { OutputError } from "./write.js";

export interface GenerateOptions {
  /** The folder of the documents. */
  readonly root: string;
  /** Which documents make one service. Default: `services.yaml` in `root`. */
  readonly services?: string;
  /** The folder of generated code. What the generator did not write there is left alone. */
  readonly out: string;
  /** Writes nothing and tells what would change. */
  readonly check?: boolean;
  /** Told what is being done, for people who wait. */
  readonly report?: (step: string) => void;
}

/** What a run found and did. */
export interface Generated {
  /** `current`: the output was as it should be. `drifted`: it is not, and `check` forbade to write. */
  readonly state: "current" | "written" | "drifted";
  /** Files that were written, or would have been. */
  readonly written: readonly string[];
  /** Files that were removed, or would have been. */
  readonly removed: readonly string[];
  /** The operations whose API differs from the one that was generated before, by service. */
  readonly changes: readonly ServiceChanges[];
  readonly warnings: readonly Diagnostic[];
}

const nothing: Generated = { state: "current", written: [], removed: [], changes: [], warnings: [] };

/** A digest of everything that could change the output. */
async function inputOf({ root, services }: GenerateOptions): Promise<string> {
  const { hash } = await fingerprint(root);
  if (services === undefined) return hash;
  const own = textOf(services) ?? "";
  return createHash("sha256").update(`${hash}\n${own}`).digest("hex");
}

async function emit(services: readonly ServiceModel[], report: GenerateOptions["report"]): Promise<EmittedFile[]> {
  report?.("loading printers");
  const [{ emitSeam }, { emitService }] = await Promise.all([import("./emit/seam.js"), import("./emit/service.js")]);
  const files = emitSeam();
  for (const service of services) {
    report?.(`printing ${service.name}`);
    files.push(...(await emitService(service)));
  }
  return files;
}

/** An `openapi.json`, or an empty document where there is none that can be read. */
function parsedDocument(text: string | undefined): import("./compare/view.js").Json {
  try {
    return text === undefined ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}

const documentPath = /^([^/]+)\/openapi\.json$/;

/** Compares the documents on disk with those about to replace them. */
async function changesOf(
  out: string,
  files: readonly EmittedFile[],
  { changed, stale }: Drift,
): Promise<ServiceChanges[]> {
  const { compareServices } = await import("./compare/changes.js");
  const paths = [...changed.map(({ path }) => path), ...stale].filter((path) => documentPath.test(path)).sort();
  return paths.flatMap((path) => {
    const [, service = ""] = documentPath.exec(path) ?? [];
    const before = parsedDocument(textOf(join(out, path)));
    const after = parsedDocument(files.find((file) => file.path === path)?.text);
    const changes = compareServices(service, before, after);
    return changes.operations.length === 0 ? [] : [changes];
  });
}

/**
 * Generates, or with `check` tells what generating would change.
 * @throws GenerationError with every finding when the documents cannot be compiled.
 * @throws OutputError when the folder of generated code cannot be read or written.
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { root, out, check = false, report } = options;
  report?.("reading documents");
  const input = await inputOf(options).catch(() => undefined);
  if (!check && input !== undefined && isCurrent(out, input)) return nothing;
  const { loadServices } = await import("./load/services.js");
  const { services, warnings } = await loadServices({
    root,
    ...(options.services === undefined ? {} : { services: options.services }),
  });
  const printed = await emit(services, report);
  const files = [...printed, emitManifest(input ?? (await inputOf(options)), printed)];
  const drift = driftOf(out, files, Object.keys(readManifest(out)?.files ?? {}));
  const written = drift.changed.map(({ path }) => path);
  if (written.length === 0 && drift.stale.length === 0) {
    if (!check) touchManifest(out);
    return { ...nothing, warnings };
  }
  const changes = await changesOf(out, files, drift);
  if (!check) {
    report?.("writing");
    applyDrift(out, drift, manifestName);
    touchManifest(out);
  }
  return { state: check ? "drifted" : "written", written, removed: drift.stale, changes, warnings };
}
