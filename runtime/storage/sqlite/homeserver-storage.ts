/** Everything a homeserver's account side keeps, over one SQLite file. */

import type { HomeserverStorage } from "../../ports/homeserver-storage.js";
import type { SqliteConnection } from "./connection.js";
import { sqliteAccounts } from "./homeserver-accounts.js";
import { sqliteDelegatedSessions } from "./homeserver-delegated-sessions.js";
import { sqliteInteractiveSessions } from "./homeserver-interactive-sessions.js";
import { sqliteRegistrationTokens } from "./homeserver-registration-tokens.js";
import { sqliteAccountThreepids } from "./homeserver-threepids.js";
import { sqliteValidationPurposes } from "./homeserver-validation-purposes.js";
import { sqliteValidationSessions } from "./validation-sessions.js";

/** The connection's file must have been brought to the schema of `baseMigrations` and `homeserverMigrations`. */
export const sqliteHomeserverStorage = (connection: SqliteConnection): HomeserverStorage => ({
  accounts: sqliteAccounts(connection),
  threepids: sqliteAccountThreepids(connection),
  interactiveSessions: sqliteInteractiveSessions(connection),
  registrationTokens: sqliteRegistrationTokens(connection),
  delegatedSessions: sqliteDelegatedSessions(connection),
  validationPurposes: sqliteValidationPurposes(connection),
  validationSessions: sqliteValidationSessions(connection),
});
