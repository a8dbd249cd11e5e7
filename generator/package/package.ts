/** `--client-package`: the folder of a client package, brought in line with the services like the generated code. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { EmittedFile } from "../emit/file.js";
import { OptionError } from "../load/input.js";
import { emitManifest, isCurrent, manifestName, readManifest, touchManifest } from "../manifest.js";
import type { ServiceModel } from "../model/model.js";
import { applyDrift, type Drift, driftOf } from "../write.js";
import type { PackagePlan } from "./options.js";

/** What a package is made from: the documents, and what was asked for. */
const madeFrom = ({ name, version, license }: PackagePlan, input: string): string =>
  createHash("sha256")
    .update(JSON.stringify([input, name, version, license ?? null]))
    .digest("hex");

/** Nothing that decides about the package has changed. */
export const isPackageCurrent = (plan: PackagePlan, input: string): boolean =>
  isCurrent(plan.folder, madeFrom(plan, input));

/** What a package needs: paths as they are told, and how it is done. */
export interface PackageDrift {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly apply: () => void;
}

/** A folder that holds anything of these names, but no package of ours, is somebody else's. */
function refuseForeign({ folder }: PackagePlan, { changed }: Drift): void {
  if (Object.hasOwn(readManifest(folder)?.files ?? {}, "package.json")) return;
  const [taken] = changed.map(({ path }) => join(folder, path)).filter((path) => existsSync(path));
  if (taken === undefined) return;
  throw new OptionError(`${taken} is not ours to replace\n  hint: name another folder with --client-out`);
}

/** Compares the folder of a package with what belongs there. `out` is the folder that paths are told relative to. */
export async function packageDrift(
  plan: PackagePlan,
  services: readonly ServiceModel[],
  printed: readonly EmittedFile[],
  { input, out }: { readonly input: string; readonly out: string },
): Promise<PackageDrift> {
  const { folder } = plan;
  const { packageFiles } = await import("./files.js");
  const files = packageFiles(plan, services, printed);
  const all = [...files, emitManifest({ input: madeFrom(plan, input) }, files)];
  const owned = Object.keys(readManifest(folder)?.files ?? {});
  const drift = driftOf(folder, all, owned);
  refuseForeign(plan, drift);
  const told = (path: string): string => relative(out, join(folder, path)).split(sep).join("/");
  return {
    written: drift.changed.map(({ path }) => told(path)),
    removed: drift.stale.map(told),
    apply: () => {
      applyDrift(folder, drift, manifestName);
      touchManifest(folder);
    },
  };
}
