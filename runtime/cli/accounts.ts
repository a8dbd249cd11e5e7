import { Command } from "commander";
import type { AccountAdministration, ShownAccount } from "../compose.js";
import { administering } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";
import { givenSecret } from "./given-secret.js";
import { print, shown } from "./output.js";

const within = (options: ConfigOptions, work: (accounts: AccountAdministration) => Promise<void>): Promise<void> =>
  administering(options, (compose, configuration) => compose.administrateAccounts(configuration), work);

const day = (ms: number): string => new Date(ms).toISOString();

const lines = ({ mxid, kind, state, createdAt, threepids, policies }: ShownAccount): readonly string[] =>
  [
    ["user", mxid],
    ["kind", kind],
    ["state", state],
    ["created", day(createdAt)],
    ...threepids.map(({ medium, address, addedAt }) => [medium, shown(address), `added ${day(addedAt)}`]),
    ...policies.map(({ policy, version, acceptedAt }) => ["policy", policy, version, `accepted ${day(acceptedAt)}`]),
  ].map((fields) => fields.join("\t"));

interface DeactivateOptions extends ConfigOptions {
  readonly erase?: boolean;
}

interface PasswordOptions extends ConfigOptions {
  readonly generate?: boolean;
  readonly keepDevices?: boolean;
}

/** `threepid accounts`: who has one on the homeserver, and who may use it. */
export const accountsCommand = (): Command => {
  const accounts = new Command("accounts").description(
    "list, show, lock and close accounts of the homeserver, and set passwords, also while it runs",
  );
  const forUser = (name: string, description: string): Command =>
    accounts
      .command(name)
      .description(description)
      .argument("<user>", "the user, such as @alice:example.org")
      .addOption(configOption());

  accounts
    .command("list")
    .description("print user, kind, state and time of creation of each account")
    .addOption(configOption())
    .action((options: ConfigOptions) =>
      within(options, async ({ list }) => {
        let isAnybodyThere = false;
        for await (const { mxid, kind, state, createdAt } of list()) {
          isAnybodyThere = true;
          await print([mxid, kind, state, day(createdAt)].join("\t"));
        }
        if (!isAnybodyThere) process.stderr.write("no accounts yet\n");
      }),
    );
  forUser(
    "show",
    "print an account with its addresses, and the policies that it accepted, in which version and when",
  ).action((mxid: string, options: ConfigOptions) =>
    within(options, async ({ show }) => print(lines(await show(mxid)).join("\n"))),
  );
  const locking = (name: string, description: string, locked: boolean): void => {
    forUser(name, description).action((mxid: string, options: ConfigOptions) =>
      within(options, async ({ setLocked }) => {
        await setLocked(mxid, locked);
        await print(`${mxid} is ${locked ? "locked" : "not locked"}`);
      }),
    );
  };
  locking("lock", "let an account do nothing but log out; its devices stay", true);
  locking("unlock", "let a locked account go on where it was", false);
  forUser("password", "set a password, read from standard input, and log all devices out")
    .option("--generate", "make one up and print it, once")
    .option("--keep-devices", "leave devices logged in")
    .action((mxid: string, { generate, keepDevices, ...options }: PasswordOptions) =>
      within(options, async ({ setPassword }) => {
        const wanted = generate === true ? undefined : await givenSecret("the new password", "--generate");
        const password = await setPassword(mxid, wanted, keepDevices === true ? "keep" : "log-out");
        if (wanted === undefined) await print(password);
      }),
    );
  forUser("deactivate", "close an account for ever; its addresses are taken back where they were published")
    .option("--erase", "forget what it accepted, too")
    .action((mxid: string, { erase, ...options }: DeactivateOptions) =>
      within(options, async ({ deactivate }) => {
        const bindings = await deactivate(mxid, erase === true);
        await print(`${mxid} is deactivated; ${bindings} published addresses are taken back by the running server`);
      }),
    );
  return accounts;
};
