// Fills an identity database with validation sessions whose tokens are known.

import { openDatabase } from "../../dist/runtime/compose/database.js";
import { identityMigrations } from "../../dist/runtime/storage/migrations/identity.js";
import { sqliteValidationSessions } from "../../dist/runtime/storage/sqlite/validation-sessions.js";

export const clientSecret = "benchmark_secret";
export const token = "0123456789abcdefghijABCDEFGHIJ12";
export const sidOf = (number) => `bench${number}`;
export const addressOf = (number) => `person${number}@example.org`;

export async function fill(file, count) {
  const connection = openDatabase(file, identityMigrations, Date.now());
  const sessions = sqliteValidationSessions(connection);
  // The file is thrown away if this is cut off, so filling it need not wait for the disk.
  connection.database.pragma("synchronous = OFF");
  const end = { expiredBefore: 0, maxWrongTokens: 5 };
  for (let number = 0; number < count; number++) {
    const address = addressOf(number);
    await sessions.resumeOrOpen(
      {
        sid: sidOf(number),
        medium: "email",
        address,
        destination: address,
        clientSecret,
        token,
        nextLink: undefined,
        createdAt: Date.now(),
      },
      end,
    );
  }
  connection.close();
}
