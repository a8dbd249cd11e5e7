/** One side of a comparison: from what was named on the command line to a document for each service. */

import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openapiDocument } from "../emit/openapi.js";
import { GenerationError } from "../errors.js";
import { type FromSpec, inputOf } from "../load/input.js";
import { isUrl, shownUrl } from "../load/remote.js";
import { type Loaded, type LoadOptions, loadServices } from "../load/services.js";
import { compareServices, type ServiceChanges } from "./changes.js";
import { revisionOf, takeOut } from "./revision.js";
import type { Json } from "./view.js";

export interface Side {
  /** A document, a folder, a `services.yaml`, `REVISION:PATH` of the repository around, or, where allowed, a URL. */
  readonly path: string;
  /** Which documents make one service, where no `services.yaml` stands in the folder. */
  readonly services?: string;
  /** Whether what a URL names may be fetched. */
  readonly allowRemote?: boolean;
}

/** How far above what was named its references may lead. */
const highest = 3;

/** Documents that stand alone may refer to folders beside their own. */
async function loadAround(input: LoadOptions, from: FromSpec): Promise<Loaded> {
  let root = input.root;
  for (let level = 0; ; level += 1) {
    try {
      return await loadServices(level === 0 ? input : inputOf({ ...from, root, out: nowhere }));
    } catch (error) {
      const leaves = error instanceof GenerationError && error.diagnostics.some(({ code }) => code === "outside-root");
      if (!leaves || input.documents === undefined || level === highest) throw error;
      root = dirname(root);
    }
  }
}

/** Nothing is written by a comparison. */
const nowhere = join(tmpdir(), "threepid-compare-output");

function load({ path, services, allowRemote = false }: Side): Promise<Loaded> {
  const spec = existsSync(path) ? realpathSync(path) : path;
  if (services !== undefined) return loadServices({ root: spec, services, allowRemote });
  const from = { spec, allowRemote };
  return loadAround(inputOf({ ...from, out: nowhere }), from);
}

/** The document of each service, by name. */
async function documentsOf(side: Side, scratch: string): Promise<ReadonlyMap<string, Json>> {
  const isRevision = !isUrl(side.path) && !existsSync(side.path) && revisionOf(side.path) !== undefined;
  const path = isRevision ? await takeOut(side.path, process.cwd(), scratch) : side.path;
  const { services } = await load({ ...side, path });
  // As it is read back from disk: without what JSON leaves out.
  return new Map(services.map((model) => [model.name, JSON.parse(JSON.stringify(openapiDocument(model)))]));
}

const shown = ({ path }: Side): string => (isUrl(path) ? shownUrl(path) : path);

/** Services belong together by name; where each side has one, they are the same one. */
function pairs(before: ReadonlyMap<string, Json>, after: ReadonlyMap<string, Json>): ServiceChanges[] {
  const [onlyBefore, onlyAfter] = [[...before], [...after]];
  const [was, is] = [onlyBefore[0], onlyAfter[0]];
  if (onlyBefore.length === 1 && onlyAfter.length === 1 && was !== undefined && is !== undefined)
    return [compareServices(is[0], was[1], is[1])];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((name) => compareServices(name, before.get(name) ?? {}, after.get(name) ?? {}));
}

/**
 * What changed between two versions of an API, by service; services that did not change are left out. `report` is told
 * what is being done.
 * @throws GenerationError when documents of either side cannot be read.
 * @throws OptionError when a side is neither a path nor known to git.
 */
export async function compareSides(
  before: Side,
  after: Side,
  report?: (step: string) => void,
): Promise<ServiceChanges[]> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "threepid-compare-")));
  try {
    report?.(`reading ${shown(before)}`);
    const left = await documentsOf(before, join(scratch, "old"));
    report?.(`reading ${shown(after)}`);
    const right = await documentsOf(after, join(scratch, "new"));
    report?.("comparing");
    return pairs(left, right).filter(({ operations }) => operations.length > 0);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
