/** Everything a homeserver's account side keeps, over one SQLite file. */

import type { AccountStore } from "../../ports/account-store.js";
import type { HomeserverStorage } from "../../ports/homeserver-storage.js";
import type { SqliteConnection } from "./connection.js";
import { sqliteAcceptedPolicies } from "./homeserver-accepted-policies.js";
import { sqliteAccounts } from "./homeserver-accounts.js";
import { sqliteRecordedBindings } from "./homeserver-bindings.js";
import { sqliteClaims } from "./homeserver-claims.js";
import { sqliteDelegatedSessions } from "./homeserver-delegated-sessions.js";
import { sqliteInteractiveSessions } from "./homeserver-interactive-sessions.js";
import { sqliteOpenIdTokens } from "./homeserver-openid-tokens.js";
import { sqliteRegistrationTokens } from "./homeserver-registration-tokens.js";
import { sqliteSessions } from "./homeserver-sessions.js";
import { sqliteThreepids } from "./homeserver-threepids.js";
import { sqliteValidationPurposes } from "./homeserver-validation-purposes.js";
import { sqliteOutbox } from "./outbox.js";
import { sqliteSigningKeys } from "./signing-keys.js";
import { sqliteValidationSessions } from "./validation-sessions.js";

/** Accounts where nobody brought their own. The file must have been brought to the same schema. */
export const sqliteAccountStore = (connection: SqliteConnection): AccountStore => ({
  ...sqliteAccounts(connection),
  ...sqliteSessions(connection),
  ...sqliteThreepids(connection),
});

/** The connection's file must have been brought to the schema of `baseMigrations` and `homeserverMigrations`. */
export const sqliteHomeserverStorage = (connection: SqliteConnection): HomeserverStorage => ({
  claims: sqliteClaims(connection),
  recordedBindings: sqliteRecordedBindings(connection),
  interactiveSessions: sqliteInteractiveSessions(connection),
  acceptedPolicies: sqliteAcceptedPolicies(connection),
  registrationTokens: sqliteRegistrationTokens(connection),
  delegatedSessions: sqliteDelegatedSessions(connection),
  openIdTokens: sqliteOpenIdTokens(connection),
  signingKeys: sqliteSigningKeys(connection),
  validationPurposes: sqliteValidationPurposes(connection),
  validationSessions: sqliteValidationSessions(connection),
  outbox: sqliteOutbox(connection),
});
