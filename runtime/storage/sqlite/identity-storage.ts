/** Everything an identity server keeps, in one SQLite file. */

import type { IdentityStorage } from "../../ports/identity-storage.js";
import type { SqliteConnection } from "./connection.js";
import { sqliteAcceptedTerms } from "./identity-accepted-terms.js";
import { sqliteAccessTokens } from "./identity-access-tokens.js";
import { sqliteAssociations } from "./identity-associations.js";
import { sqliteInvites } from "./identity-invites.js";
import { sqliteLookupHashes } from "./identity-lookup-hashes.js";
import { sqlitePepperRotation } from "./identity-pepper-rotation.js";
import { sqliteOutbox } from "./outbox.js";
import { sqliteSigningKeys } from "./signing-keys.js";
import { sqliteValidationSessions } from "./validation-sessions.js";

/** The connection's file must have been brought to the schema of `baseMigrations` and `identityMigrations`. */
export const sqliteIdentityStorage = (connection: SqliteConnection): IdentityStorage => {
  const pepperRotation = sqlitePepperRotation(connection);
  const { lookupHashes, hashed } = sqliteLookupHashes(connection, pepperRotation);
  return {
    acceptedTerms: sqliteAcceptedTerms(connection),
    accessTokens: sqliteAccessTokens(connection),
    associations: sqliteAssociations(connection, hashed),
    invites: sqliteInvites(connection),
    lookupHashes,
    pepperRotation,
    outbox: sqliteOutbox(connection),
    signingKeys: sqliteSigningKeys(connection),
    validationSessions: sqliteValidationSessions(connection),
  };
};
