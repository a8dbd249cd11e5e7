/** Which documents were accepted at registration, in SQLite. */

import type { AcceptedPolicies } from "../../ports/accepted-policies.js";
import type { SqliteConnection } from "./connection.js";

interface PolicyRow {
  readonly policy: string;
  readonly version: string;
  readonly acceptedAt: number;
}

export const sqliteAcceptedPolicies = ({ database, transaction }: SqliteConnection): AcceptedPolicies => {
  const insert = database.prepare<[string, string, string, number]>(
    "INSERT INTO accepted_policies (mxid, policy, version, accepted_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const select = database.prepare<[string], PolicyRow>(
    "SELECT policy, version, accepted_at AS acceptedAt FROM accepted_policies WHERE mxid = ? ORDER BY policy, version",
  );
  const remove = database.prepare<[string]>("DELETE FROM accepted_policies WHERE mxid = ?");
  return {
    record: async (mxid, accepted, at) =>
      transaction(() => {
        for (const { policy, version } of accepted) insert.run(mxid, policy, version, at);
      }),
    list: async (mxid) => select.all(mxid),
    forget: async (mxid) => {
      remove.run(mxid);
    },
  };
};
