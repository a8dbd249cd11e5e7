import { Command } from "commander";
import type { AssociationAdministration, ListedAssociation } from "../compose.js";
import { administering } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";
import { print, shown } from "./output.js";

interface Filter extends ConfigOptions {
  readonly mxid?: string;
  readonly address?: string;
}

const within = (options: ConfigOptions, work: (kept: AssociationAdministration) => Promise<void>): Promise<void> =>
  administering(options, (compose, configuration) => compose.administrateAssociations(configuration), work);

const row = ({ medium, address, mxid, ts }: ListedAssociation): string =>
  [medium, shown(address), shown(mxid), new Date(ts).toISOString()].join("\t");

/** `threepid associations`: what is published, one by one. */
export const associationsCommand = (): Command => {
  const associations = new Command("associations").description(
    "add, remove, list, export and erase associations, also while the server runs",
  );
  const address = ["<address>", "a mail address, or a phone number with its country such as +447400123456"] as const;
  associations
    .command("add")
    .description("bind an address to a user without a proof; it is signed, and their homeserver is told")
    .argument(...address)
    .requiredOption("--mxid <user>", "the user, such as @alice:example.org")
    .addOption(configOption())
    .action((given: string, { mxid, ...options }: ConfigOptions & { readonly mxid: string }) =>
      within(options, async ({ add, list }) => {
        const owners: string[] = [];
        for await (const bound of list({ address: given })) owners.push(bound.mxid);
        await print(JSON.stringify(await add(given, mxid)));
        for (const owner of owners.filter((it) => it !== mxid)) {
          process.stderr.write(`${given} was bound to ${shown(owner)} until now\n`);
        }
      }),
    );
  associations
    .command("remove")
    .description("dissolve the association of an address; invites that were given to its owner stay theirs")
    .argument(...address)
    .option("--mxid <user>", "only if it is bound to this user")
    .addOption(configOption())
    .action((given: string, { mxid, ...options }: Filter) =>
      within(options, async ({ remove }) => print(`${given} was bound to ${shown(await remove(given, mxid))}`)),
    );
  const filtered = (name: string, description: string, spell: (body: ListedAssociation) => string): void => {
    associations
      .command(name)
      .description(description)
      .option("--mxid <user>", "those of one user")
      .option("--address <address>", "that of one address")
      .addOption(configOption())
      .action(({ mxid, address: one, ...options }: Filter) =>
        within(options, async ({ list }) => {
          let isAny = false;
          for await (const body of list({ mxid, address: one })) {
            isAny = true;
            await print(spell(body));
          }
          // For people: a program that reads what is printed finds nothing there.
          if (!isAny) process.stderr.write("no associations found\n");
        }),
      );
  };
  filtered("list", "print medium, address, user and time of each association", row);
  filtered("export", "print each association as a lookup answers it, one JSON object for each line", (body) =>
    JSON.stringify(body),
  );
  associations
    .command("erase")
    .description("erase every row about an address: association, invites, sessions, messages that wait")
    .argument(...address)
    .addOption(configOption())
    .action((given: string, options: ConfigOptions) =>
      within(options, async ({ erase }) => {
        const erased = Object.entries(await erase(given)).map(([kind, rows]) => `${kind}\t${rows}`);
        await print(erased.join("\n"));
      }),
    );
  return associations;
};
