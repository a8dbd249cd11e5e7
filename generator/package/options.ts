/** What a client package is called and where it is written. */

import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { OptionError } from "../load/input.js";

/** A package for callers, written beside the generated code. */
export interface ClientPackage {
  /** What it is published as: `petstore-client`, `@shop/client`. */
  readonly name: string;
  /** The folder of the package. Default: beside the folder of generated code, called like the package. */
  readonly out?: string;
  /** A semantic version. Default: 0.1.0. */
  readonly version?: string;
  /** An SPDX identifier. Without it the package names no license. */
  readonly license?: string;
}

/** The same, checked, with nothing left out. */
export interface PackagePlan {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
  readonly license: string | undefined;
}

const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const semantic = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

const isInside = (folder: string, path: string): boolean => {
  const inner = relative(resolve(folder), resolve(path));
  return inner === "" || (inner !== ".." && !inner.startsWith(`..${sep}`) && resolve(path) !== inner);
};

/**
 * Where a package is to be written, and as what.
 * @throws OptionError when that cannot be.
 */
export function packagePlan({ name, out, version = "0.1.0", license }: ClientPackage, generated: string): PackagePlan {
  if (!packageName.test(name) || name.length > 214)
    throw new OptionError(
      `a package cannot be called ${JSON.stringify(name)}\n  hint: lower-case letters, digits, hyphens and dots, with an @scope/ before it or none`,
    );
  if (!semantic.test(version))
    throw new OptionError(`${JSON.stringify(version)} is no semantic version\n  hint: write three numbers: 1.2.3`);
  const folder = out ?? join(dirname(resolve(generated)), basename(name));
  if (isInside(folder, generated) || isInside(generated, folder))
    throw new OptionError(
      `the client package and the generated code cannot share a folder: ${folder}, ${generated}\n  hint: name another folder with --client-out`,
    );
  return { name, folder, version, license };
}
