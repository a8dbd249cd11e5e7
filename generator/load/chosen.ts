/** The documents that a command line names, as models: for commands that write nothing. */

import { join } from "node:path";
import type { Command } from "commander";
import type { ServiceModel } from "../model/model.js";
import { inputOf } from "./input.js";

export interface DocumentFlags {
  readonly spec?: string;
  readonly root?: string;
  readonly services?: string;
  /** Given by each command in words of its own. */
  readonly allowRemote?: boolean;
}

/** Adds the options that say what to read. */
export const documentOptions = (command: Command): Command =>
  command
    .option("--spec <path>", "a document, a folder of documents, a services.yaml, or (see --allow-remote) a URL")
    .option("--root <folder>", "the folder of the documents (default: that of --spec, else api)")
    .option("--services <file>", "which documents make one service (default: services.yaml in the root)");

/**
 * Reads the documents.
 * @throws GenerationError with every finding when they cannot be compiled.
 */
export async function modelsOf({
  spec,
  root,
  services,
  allowRemote = false,
}: DocumentFlags): Promise<readonly ServiceModel[]> {
  const folder = root ?? "api";
  const from =
    spec === undefined
      ? { root: folder, ...(services === undefined ? {} : { services }) }
      : { spec, ...(root === undefined ? {} : { root }) };
  // No output is to be kept out of the input; packages never belong to it.
  const { loadServices } = await import("./services.js");
  const loaded = await loadServices(inputOf({ ...from, allowRemote, out: join(spec ?? folder, "node_modules") }));
  return loaded.services;
}
