/** What `generate` is to do: as the command line says it, or else as the project has decided. */

import { readConfiguration } from "../configuration.js";
import { type FromServices, type FromSpec, OptionError, type OutputOptions } from "../generate.js";
import type { Configuration } from "../load/options.js";
import { type PackageFlags, packageOf } from "../package/flags.js";

export interface Flags extends PackageFlags {
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly spec?: string;
  readonly root?: string;
  readonly services?: string;
  readonly name?: string;
  readonly out?: string;
  readonly reference?: boolean;
  readonly allowRemote?: boolean;
  readonly config?: string;
}

/** What to generate from, as the options say it. */
function sourceOf({
  spec,
  root,
  services,
  name,
  formats,
}: Pick<Configuration, "spec" | "root" | "services" | "name" | "formats">): FromSpec | FromServices {
  if (spec === undefined) {
    if (name !== undefined)
      throw new OptionError("--name needs --spec\n  hint: services.yaml names its services itself");
    if (formats !== undefined)
      throw new OptionError("formats need spec\n  hint: services.yaml names those of its services itself");
    return { root: root ?? "api", ...(services === undefined ? {} : { services }) };
  }
  if (services !== undefined) throw new OptionError("--spec and --services both say what to read\n  hint: give one");
  return {
    spec,
    ...(root === undefined ? {} : { root }),
    ...(name === undefined ? {} : { name }),
    ...(formats === undefined ? {} : { formats }),
  };
}

/**
 * What the command line says goes before what the project has decided; what to read is decided by one of them. `look` is
 * told of each file in which something may be decided, before it is read.
 * @throws GenerationError when a file of options cannot be used.
 * @throws OptionError when options do not go together.
 */
export async function decided(
  flags: Flags,
  look?: (file: string) => void,
): Promise<(FromSpec | FromServices) & OutputOptions> {
  const {
    emitters = [],
    client: configuredClient,
    ...configured
  } = (await readConfiguration(".", flags.config, look)) ?? {};
  const isSaid = [flags.spec, flags.root, flags.services, flags.name].some((option) => option !== undefined);
  const { out = "generated", reference = false, allowRemote = false } = { ...configured, ...flags };
  const client = packageOf(flags, configuredClient);
  const told = { out, reference, allowRemote, emitters, ...(client === undefined ? {} : { client }) };
  return { ...sourceOf(isSaid ? flags : configured), ...told };
}
