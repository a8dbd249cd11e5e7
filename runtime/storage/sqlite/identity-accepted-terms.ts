/** Which documents each user has agreed to, in SQLite. */

import type { AcceptedTerms } from "../../ports/accepted-terms.js";
import type { SqliteConnection } from "./connection.js";

export const sqliteAcceptedTerms = ({ database, write }: SqliteConnection): AcceptedTerms => {
  const insert = database.prepare<[string, string, number]>(
    "INSERT INTO accepted_terms (mxid, url, accepted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const select = database.prepare<[string], string>("SELECT url FROM accepted_terms WHERE mxid = ?").pluck();
  return {
    accept: (mxid, urls, at) => write(() => urls.forEach((url) => void insert.run(mxid, url, at))),
    acceptedBy: async (mxid) => new Set(select.all(mxid)),
  };
};
