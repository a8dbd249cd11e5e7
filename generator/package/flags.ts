/** The options of the command line that tell of a client package. */

import { Option } from "commander";
import { OptionError } from "../load/input.js";
import type { ClientPackage } from "./options.js";

export interface PackageFlags {
  readonly clientPackage?: string;
  readonly clientOut?: string;
  readonly clientVersion?: string;
  readonly clientLicense?: string;
}

export const clientOptions: readonly Option[] = [
  new Option("--client-package <name>", "also write a package for callers, compiled and ready to publish"),
  new Option("--client-out <folder>", "the folder of that package (default: beside --out, called like the package)"),
  new Option("--client-version <version>", "its version (default: 0.1.0)"),
  new Option("--client-license <license>", "its license, an SPDX identifier (default: it names none)"),
];

/**
 * The package that is asked for: what the command line says goes before what the project has decided.
 * @throws OptionError when something is said about a package that nobody named.
 */
export function packageOf(flags: PackageFlags, configured: ClientPackage | undefined): ClientPackage | undefined {
  const { clientPackage, clientOut: out, clientVersion: version, clientLicense: license } = flags;
  const said = Object.fromEntries(Object.entries({ out, version, license }).filter(([, value]) => value !== undefined));
  const name = clientPackage ?? configured?.name;
  if (name !== undefined) return { ...configured, ...said, name };
  const [option] = Object.keys(said);
  if (option === undefined) return undefined;
  throw new OptionError(`--client-${option} needs --client-package\n  hint: say what the package is called`);
}
