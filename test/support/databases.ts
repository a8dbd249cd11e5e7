/** Databases such as the two servers of `threepid serve` leave in the folder where they ran. */
import { join } from "node:path";
import { openDatabase } from "../../runtime/compose/database.js";
import { homeserverMigrations } from "../../runtime/storage/migrations/homeserver.js";
import { identityMigrations } from "../../runtime/storage/migrations/identity.js";

/** Makes them empty, with the names that development settings give them. */
export const emptyDatabases = (folder: string): void => {
  openDatabase(join(folder, "data", "identity.sqlite"), identityMigrations, 0).close();
  openDatabase(join(folder, "data", "homeserver.sqlite"), homeserverMigrations, 0).close();
};
