import type { SigningKeys, StoredSigningKey } from "../../ports/signing-keys.js";
import { decodeBase64, encodeBase64 } from "../../protocol/unpadded-base64.js";
import type { SigningKeysTable } from "./base-schema.js";
import type { SqliteConnection } from "./connection.js";
import { StorageError } from "./storage-error.js";

/** The server's signing keys in SQLite. */
export const sqliteSigningKeys = ({ database, transaction }: SqliteConnection): SigningKeys => {
  const select = database.prepare<[], SigningKeysTable>(
    "SELECT * FROM signing_keys ORDER BY retired_at IS NOT NULL, created_at DESC, key_id",
  );
  const insert = database.prepare<[string, string, string, number, number | null]>(
    "INSERT INTO signing_keys (key_id, seed, public_key, created_at, retired_at) VALUES (?, ?, ?, ?, ?)",
  );
  const retire = database.prepare<[number]>("UPDATE signing_keys SET retired_at = ? WHERE retired_at IS NULL");

  const fromRow = (row: SigningKeysTable): StoredSigningKey => {
    const seed = decodeBase64(row.seed);
    if (seed === undefined) {
      throw new StorageError(database.name, `holds an unreadable key ${row.key_id}`, "restore it from a backup");
    }
    return {
      keyId: row.key_id,
      seed,
      publicKey: row.public_key,
      createdAt: row.created_at,
      retiredAt: row.retired_at ?? undefined,
    };
  };
  const store = (key: StoredSigningKey): void => {
    insert.run(key.keyId, encodeBase64(key.seed), key.publicKey, key.createdAt, key.retiredAt ?? null);
  };

  return {
    all: async () => select.all().map(fromRow),
    currentOr: async (candidate) =>
      transaction(() => {
        const first = select.get();
        if (first !== undefined && first.retired_at === null) return fromRow(first);
        store(candidate);
        return candidate;
      }),
    rotate: async (next) =>
      transaction(() => {
        retire.run(next.createdAt);
        store(next);
      }),
  };
};
