/** What an operator does to the accounts of a homeserver's own database, beside the running server or without it. */

import type { Configuration } from "../config/schema.js";
import type { RegisteredAccount } from "../ports/account-register.js";
import { homeserverMigrations } from "../storage/migrations/homeserver.js";
import { sqliteAccountRegister } from "../storage/sqlite/homeserver-account-register.js";
import { sqliteAccountStore } from "../storage/sqlite/homeserver-storage.js";
import { openDatabase } from "./database.js";
import { type Surroundings, surroundings } from "./surroundings.js";

export interface AccountAdministration {
  /** By user ID. */
  list(): AsyncIterable<RegisteredAccount>;
  /**
   * Locks an account, or unlocks it: a running server follows at once. Its devices stay logged in and can do nothing.
   * Throws when there is no such account, or it is deactivated.
   */
  setLocked(mxid: string, locked: boolean): Promise<void>;
  close(): void;
}

const pageSize = 1_000;

/** @throws Error when the configuration has no homeserver */
export const administrateAccounts = (
  configuration: Configuration,
  given: Partial<Surroundings> = {},
): AccountAdministration => {
  const { homeserver } = configuration;
  if (homeserver === undefined) throw new Error("the configuration has no homeserver; add its section to it");
  const { clock } = surroundings(configuration, given);
  const connection = openDatabase(homeserver.database, homeserverMigrations, clock.now());
  const register = sqliteAccountRegister(connection);
  const accounts = sqliteAccountStore(connection);
  return {
    list: async function* () {
      let last: string | undefined;
      do {
        const page = await register.page(last, pageSize);
        yield* page;
        last = page.at(-1)?.mxid;
      } while (last !== undefined);
    },
    setLocked: async (mxid, locked) => {
      if ((await accounts.setLocked(mxid, locked)) === "changed") return;
      throw new Error(
        `"${mxid}" is no account, or it was closed; \`threepid accounts list\` shows who has one, such as @alice:${homeserver.server_name}`,
      );
    },
    close: connection.close,
  };
};
