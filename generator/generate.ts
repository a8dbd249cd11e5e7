/** From a tree of documents to a folder of TypeScript: the whole run. */

import { join } from "node:path";
import type { ServiceChanges } from "./compare/changes.js";
import { type CustomEmitter, emitCustom } from "./emit/custom.js";
import type { EmittedFile } from "./emit/file.js";
import type { Diagnostic } from "./errors.js";
import { digestOf, type FromServices, type FromSpec, inputOf, unlooked } from "./load/input.js";
import type { LoadOptions } from "./load/services.js";
import {
  emitManifest,
  isCurrent,
  type MadeFrom,
  type Manifest,
  manifestName,
  readManifest,
  touchManifest,
} from "./manifest.js";
import type { ServiceModel } from "./model/model.js";
import { type ClientPackage, packagePlan } from "./package/options.js";
import { isPackageCurrent, type PackageDrift, packageDrift } from "./package/package.js";
import { printedBefore, sourceOf } from "./printed.js";
import { applyDrift, type Drift, driftOf, textOf } from "./write.js";

export type { ServiceChanges } from "./compare/changes.js";
export { type CustomEmitter, EmitterError } from "./emit/custom.js";
export type { EmittedFile } from "./emit/file.js";
export { type Diagnostic, GenerationError } from "./errors.js";
export { type FromServices, type FromSpec, OptionError } from "./load/input.js";
export type { ServiceModel } from "./model/model.js";
export type { ClientPackage } from "./package/options.js";
export { OutputError } from "./write.js";

/** What to generate from, where to, and how. */
export type GenerateOptions = (FromSpec | FromServices) & OutputOptions;

export interface OutputOptions {
  /** The folder of generated code. What the generator did not write there is left alone. */
  readonly out: string;
  /** Writes nothing and tells what would change. */
  readonly check?: boolean;
  /** Also writes `reference.html` for each service: one page for people who call it. */
  readonly reference?: boolean;
  /** Emitters of the project's own, called for each service after ours. With any, no run is skipped as unchanged. */
  readonly emitters?: readonly CustomEmitter[];
  /** Also writes a package for callers, ready to publish: the clients of all services, compiled. */
  readonly client?: ClientPackage;
  /** Told what is being done, for people who wait. */
  readonly report?: (step: string) => void;
}

/** What a run found and did. */
export interface Generated {
  /** `current`: the output was as it should be. `drifted`: it is not, and `check` forbade to write. */
  readonly state: "current" | "written" | "drifted";
  /** Files that were written, or would have been; relative to the output folder, those of a package as well. */
  readonly written: readonly string[];
  /** Files that were removed, or would have been. */
  readonly removed: readonly string[];
  /** The operations whose API differs from the one that was generated before, by service. */
  readonly changes: readonly ServiceChanges[];
  readonly warnings: readonly Diagnostic[];
}

const noPackage: PackageDrift = { written: [], removed: [], apply: () => undefined };

const nothing: Generated = { state: "current", written: [], removed: [], changes: [], warnings: [] };

/** What a run emits, and of what the manifest tells the next one. */
interface Emitted extends Pick<MadeFrom, "services" | "emitters"> {
  readonly files: readonly EmittedFile[];
}

/** `known` is the manifest whose services may be taken from the disk. */
async function emit(
  services: readonly ServiceModel[],
  known: Manifest | undefined,
  { out, report, reference = false, emitters = [] }: OutputOptions,
): Promise<Emitted> {
  const { emitSeam } = await import("./emit/seam.js");
  const files = emitSeam();
  const sources: Record<string, string> = {};
  for (const service of services) {
    const from = sourceOf(service, { reference });
    sources[service.name] = from;
    files.push(...(printedBefore(out, known, service, from) ?? (await print(service, reference, report))));
  }
  if (emitters.length === 0) return { files, services: sources };
  const taken = new Set([manifestName, ...files.map(({ path }) => path.toLowerCase())]);
  const paths: Record<string, readonly string[]> = {};
  for (const emitter of emitters) {
    const own: EmittedFile[] = [];
    for (const service of services) own.push(...(await emitCustom(service, [emitter], taken)));
    paths[emitter.name] = own.map(({ path }) => path);
    files.push(...own);
  }
  return { files, services: sources, emitters: paths };
}

async function print(
  service: ServiceModel,
  reference: boolean,
  report: OutputOptions["report"],
): Promise<readonly EmittedFile[]> {
  report?.(`printing ${service.name}`);
  const { emitService } = await import("./emit/service.js");
  return emitService(service, { reference });
}

/** What the manifest tells of the input: its digest, and the files that are part of it in spite of where they stand. */
async function madeFrom(input: LoadOptions, out: string, services: readonly ServiceModel[]): Promise<MadeFrom> {
  const read = new Map(services.flatMap(({ sources }) => sources.map(({ file, sha256 }) => [file, sha256] as const)));
  const reached = await unlooked(input, out, [...read.keys()].sort());
  const digest = (await digestOf(input, out, reached, read)) ?? "";
  return { input: digest, ...(reached.length === 0 ? {} : { reached }) };
}

/** Whether the output on disk has the pages for callers. */
const hasReference = (out: string): boolean =>
  Object.keys(readManifest(out)?.files ?? {}).some((path) => path.endsWith("/reference.html"));

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
 * @throws OptionError when options do not go together.
 * @throws EmitterError when an emitter of the project's own fails.
 * @throws OutputError when the folder of generated code cannot be read or written.
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { out, check = false, reference = false, emitters = [], report } = options;
  const plan = options.client === undefined ? undefined : packagePlan(options.client, out);
  report?.("reading documents");
  const input = inputOf(options);
  const known = readManifest(out);
  const before = await digestOf(input, out, known?.reached).catch(() => undefined);
  // What an emitter of somebody else's would print is known only once it has been asked.
  const isOurs = emitters.length === 0 && known?.emitters === undefined;
  const isMadeFrom = (digest: string | undefined): boolean =>
    isOurs &&
    digest !== undefined &&
    hasReference(out) === reference &&
    isCurrent(out, digest) &&
    (plan === undefined || isPackageCurrent(plan, digest));
  if (!check && isMadeFrom(before)) return nothing;
  const { loadServices } = await import("./load/services.js");
  const { services, warnings } = await loadServices(input);
  const from = await madeFrom(input, out, services);
  // What other machines hold is known only now.
  if (!check && before === undefined && isMadeFrom(from.input)) return { ...nothing, warnings };
  // Who checks does not take the manifest's word for what would be printed.
  const { files: printed, ...made } = await emit(services, check ? undefined : known, options);
  const files = [...printed, emitManifest({ ...from, ...made }, printed)];
  const drift = driftOf(out, files, Object.keys(known?.files ?? {}));
  if (plan !== undefined) report?.(`printing ${plan.name}`);
  const packaged =
    plan === undefined ? noPackage : await packageDrift(plan, services, printed, { input: from.input, out });
  const written = [...drift.changed.map(({ path }) => path), ...packaged.written];
  const removed = [...drift.stale, ...packaged.removed];
  if (written.length === 0 && removed.length === 0) {
    if (!check) touchManifest(out);
    return { ...nothing, warnings };
  }
  const changes = await changesOf(out, files, drift);
  if (!check) {
    report?.("writing");
    applyDrift(out, drift, manifestName);
    touchManifest(out);
    packaged.apply();
  }
  return { state: check ? "drifted" : "written", written, removed, changes, warnings };
}
