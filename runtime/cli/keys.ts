import { Command } from "commander";
import { administrationOf } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";

/** `threepid keys`: the identity server's long-term signing keys. */
export const keysCommand = (): Command => {
  const keys = new Command("keys").description("list and rotate the identity server's signing keys");
  // Without this the default subcommand would take any word for an argument of its own.
  keys.hook("preSubcommand", () => {
    const [given = ""] = keys.args;
    if (given !== "" && !given.startsWith("-") && !keys.commands.some((it) => it.name() === given)) {
      keys.error(`error: unknown command '${given}'`);
    }
  });
  keys
    .command("list", { isDefault: true })
    .description("every key, the one that signs first; retired keys stay valid for what they signed")
    .addOption(configOption())
    .action(async (options: ConfigOptions) => {
      const administration = await administrationOf(options);
      try {
        for (const key of await administration.keys()) {
          const state = key.retiredAt === undefined ? "signs" : `retired ${new Date(key.retiredAt).toISOString()}`;
          process.stdout.write(`${key.keyId}\t${key.publicKey}\t${state}\n`);
        }
      } finally {
        administration.close();
      }
    });
  keys
    .command("rotate")
    .description("make a new signing key and retire the one before it; a running server signs with the new one at once")
    .addOption(configOption())
    .action(async (options: ConfigOptions) => {
      const administration = await administrationOf(options);
      try {
        const key = await administration.rotateKey();
        process.stdout.write(`${key.keyId}\t${key.publicKey}\tsigns\n`);
      } finally {
        administration.close();
      }
    });
  return keys;
};
