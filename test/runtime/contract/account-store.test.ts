import { describe, expect, it } from "vitest";
import { accountStoreContract, type MakeStore } from "../../../runtime/contract/account-store.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { homeserverMigrations } from "../../../runtime/storage/migrations/homeserver.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteAccountStore } from "../../../runtime/storage/sqlite/homeserver-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { accountTable } from "../../support/account-table.js";

const sqlite: MakeStore = () => {
  const connection = openSqlite(":memory:");
  migrate(connection, [...baseMigrations, ...homeserverMigrations], 0);
  return sqliteAccountStore(connection);
};

const stores: readonly (readonly [string, MakeStore])[] = [
  ["SQLite", sqlite],
  ["somebody's own table", accountTable],
];

describe.each(stores)("an account store: %s", (_, makeStore) => {
  it.each(accountStoreContract)("$name", ({ run }) => run(makeStore));
});

describe("the contract", () => {
  it("has a name of its own for each test", () => {
    const names = accountStoreContract.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("fails for a store that forgets what it promised", async () => {
    const forgetful: MakeStore = () => ({ ...accountTable(), removeDevices: async () => undefined });
    const results = await Promise.allSettled(accountStoreContract.map(({ run }) => run(forgetful)));
    const failed = accountStoreContract.filter((_, index) => results[index]?.status === "rejected");
    expect(failed.map(({ name }) => name)).toContain("devices go with their tokens: those that are named, or all");
    expect(failed.length).toBeLessThan(5);
  });
});
