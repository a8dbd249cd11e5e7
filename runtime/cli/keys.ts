import { Command, Option } from "commander";
import type { KeyAdministration, KeyOwner } from "../compose.js";
import { administering } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";

interface KeysOptions extends ConfigOptions {
  readonly server?: KeyOwner;
}

const serverOption = (): Option =>
  new Option("-s, --server <which>", "whose keys; without it the identity server's, where there is one").choices([
    "identity",
    "homeserver",
  ] satisfies KeyOwner[]);

const withKeys = (options: KeysOptions, work: (keys: KeyAdministration) => Promise<void>): Promise<void> =>
  administering(options, (compose, configuration) => compose.administrateKeys(configuration, options.server), work);

/** `threepid keys`: the long-term signing keys of either server. */
export const keysCommand = (): Command => {
  const command = new Command("keys").description("list and rotate a server's signing keys");
  // Without this the default subcommand would take any word for an argument of its own.
  command.hook("preSubcommand", () => {
    const [given = ""] = command.args;
    if (given !== "" && !given.startsWith("-") && !command.commands.some((it) => it.name() === given)) {
      command.error(`error: unknown command '${given}'`);
    }
  });
  command
    .command("list", { isDefault: true })
    .description("every key, the one that signs first; retired keys stay valid for what they signed")
    .addOption(configOption())
    .addOption(serverOption())
    .action((options: KeysOptions) =>
      withKeys(options, async (keys) => {
        for (const key of await keys.keys()) {
          const state = key.retiredAt === undefined ? "signs" : `retired ${new Date(key.retiredAt).toISOString()}`;
          process.stdout.write(`${key.keyId}\t${key.publicKey}\t${state}\n`);
        }
      }),
    );
  command
    .command("rotate")
    .description("make a new signing key and retire the one before it; a running server signs with the new one at once")
    .addOption(configOption())
    .addOption(serverOption())
    .action((options: KeysOptions) =>
      withKeys(options, async (keys) => {
        const { keyId, publicKey } = await keys.rotate();
        process.stdout.write(`${keyId}\t${publicKey}\tsigns\n`);
      }),
    );
  return command;
};
