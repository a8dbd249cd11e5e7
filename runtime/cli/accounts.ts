import { Command } from "commander";
import type { AccountAdministration } from "../compose.js";
import { type ConfigOptions, chooseConfiguration, configOption } from "./configuration.js";
import { print } from "./output.js";

/** Opens the data for one command. The servers' code is loaded only now: help needs none of it. */
const within = async (
  options: ConfigOptions,
  work: (accounts: AccountAdministration) => Promise<void>,
): Promise<void> => {
  const { configuration } = chooseConfiguration(options);
  const { administrateAccounts } = await import("../compose.js");
  const accounts = administrateAccounts(configuration);
  try {
    await work(accounts);
  } finally {
    accounts.close();
  }
};

/** `threepid accounts`: who has one on the homeserver, and who may use it. */
export const accountsCommand = (): Command => {
  const accounts = new Command("accounts").description(
    "list, lock and unlock accounts of the homeserver, also while it runs",
  );
  accounts
    .command("list")
    .description("print user, kind, state and time of creation of each account")
    .addOption(configOption())
    .action((options: ConfigOptions) =>
      within(options, async ({ list }) => {
        for await (const { mxid, kind, state, createdAt } of list()) {
          await print([mxid, kind, state, new Date(createdAt).toISOString()].join("\t"));
        }
      }),
    );
  const locking = (name: string, description: string, locked: boolean): void => {
    accounts
      .command(name)
      .description(description)
      .argument("<user>", "the user, such as @alice:example.org")
      .addOption(configOption())
      .action((mxid: string, options: ConfigOptions) => within(options, ({ setLocked }) => setLocked(mxid, locked)));
  };
  locking("lock", "let an account do nothing but log out; its devices stay", true);
  locking("unlock", "let a locked account go on where it was", false);
  return accounts;
};
