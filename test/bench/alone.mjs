// What the parts we stand on do by themselves, one thing after the other as the design measured them, in this process and
// this minute: how fast disk, index and mail client are here and now. Nobody's limit: the program commits and reads for
// several requests at once. Each answers how often a second.
import { join } from "node:path";
import Database from "better-sqlite3";
import { createTransport } from "nodemailer";
import { keptHashes } from "./associations.mjs";

const seconds = 1;

/** How often a second the work is done, one after the other. */
function often(work) {
  const begun = performance.now();
  let times = 0;
  while (performance.now() - begun < seconds * 1_000) {
    work(times);
    times += 1;
  }
  return (times * 1_000) / (performance.now() - begun);
}

/** Rows that are found by their hash, or are not, each by a statement of its own. */
export function selects(file, associations) {
  const database = new Database(file, { readonly: true });
  const hashes = keptHashes(associations, 100_000, 0);
  const select = database.prepare("SELECT mxid FROM lookup_hashes WHERE pepper = 1 AND hash = ?").pluck();
  const rate = often((number) => select.get(hashes[number % hashes.length]));
  database.close();
  return rate;
}

/** One row, with all the disk's promises. */
export function commits(folder) {
  const database = new Database(join(folder, "commits.sqlite"));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
  const insert = database.prepare("INSERT INTO rows (text) VALUES (?)");
  const rate = often((number) => insert.run(`row ${number}`));
  database.close();
  return rate;
}

/** Mails of a line to a server on this machine, over as many connections as the program is allowed. */
export async function mails(port) {
  const transport = createTransport({
    pool: true,
    host: "127.0.0.1",
    port: Number(port),
    ignoreTLS: true,
    maxConnections: 10,
  });
  const send = () =>
    transport.sendMail({ from: "a@example.org", to: "b@example.org", subject: "Hello", text: "Hello" });
  // Its connections are there before anything counts.
  await Promise.all(Array.from({ length: 32 }, send));
  const begun = performance.now();
  let sent = 0;
  const clerk = async () => {
    while (performance.now() - begun < seconds * 1_000) {
      await send();
      sent += 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, clerk));
  const rate = (sent * 1_000) / (performance.now() - begun);
  transport.close();
  return rate;
}
