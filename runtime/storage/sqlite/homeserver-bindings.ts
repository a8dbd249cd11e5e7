/** Where the threepids of users were bound, in SQLite. */

import type { Binding, RecordedBindings } from "../../ports/recorded-bindings.js";
import type { Medium } from "../../protocol/threepid.js";
import type { SqliteConnection } from "./connection.js";
import { outboxInsert } from "./outbox.js";

interface BindingRow {
  readonly mxid: string;
  readonly medium: Medium;
  readonly address: string;
  readonly id_server: string;
}

const bindingOf = ({ mxid, medium, address, id_server }: BindingRow): Binding => ({
  mxid,
  medium,
  address,
  idServer: id_server,
});

export const sqliteRecordedBindings = (connection: SqliteConnection): RecordedBindings => {
  const { database, transaction } = connection;
  const addToOutbox = outboxInsert(connection);
  const insert = database.prepare<[string, string, string, string]>(
    "INSERT INTO account_bindings (mxid, medium, address, id_server) VALUES (?, ?, ?, ?)",
  );
  // "!" follows the space: between the two is every topic that begins with the user's name.
  const countAll = database
    .prepare<{ readonly mxid: string }, number>(
      `SELECT (SELECT count(*) FROM account_bindings WHERE mxid = @mxid)
        + (SELECT count(*) FROM outbox WHERE topic > @mxid || ' ' AND topic < @mxid || '!')`,
    )
    .pluck();
  const find = database
    .prepare<[string, string, string, string], number>(
      "SELECT 1 FROM account_bindings WHERE mxid = ? AND medium = ? AND address = ? AND id_server = ?",
    )
    .pluck();
  const erase = database.prepare<[string, string, string, string]>(
    "DELETE FROM account_bindings WHERE mxid = ? AND medium = ? AND address = ? AND id_server = ?",
  );
  const select = database.prepare<[string], BindingRow>(
    "SELECT mxid, medium, address, id_server FROM account_bindings WHERE mxid = ? ORDER BY medium, address, id_server",
  );
  const eraseAll = database.prepare<[string]>("DELETE FROM account_bindings WHERE mxid = ?");
  return {
    record: async ({ mxid, medium, address, idServer }, most) =>
      transaction(() => {
        if (find.get(mxid, medium, address, idServer) !== undefined) return "known";
        if ((countAll.get({ mxid }) ?? 0) >= most) return "full";
        insert.run(mxid, medium, address, idServer);
        return "new";
      }),
    forget: async ({ mxid, medium, address, idServer }) => {
      erase.run(mxid, medium, address, idServer);
    },
    replace: async ({ mxid, medium, address, idServer }, unbinding) =>
      transaction(() => {
        if (erase.run(mxid, medium, address, idServer).changes === 0) return false;
        addToOutbox(unbinding);
        return true;
      }),
    list: async (mxid) => select.all(mxid).map(bindingOf),
    forgetAll: async (mxid) => {
      eraseAll.run(mxid);
    },
  };
};
