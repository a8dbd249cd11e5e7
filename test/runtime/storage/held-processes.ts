/** Processes that hold the lookups of one file in memory, or write to it beside. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach } from "vitest";
import type { Random } from "../../../runtime/ports/random.js";
import { lookupDigest } from "../../../runtime/protocol/lookup-hash.js";
import type { Threepid } from "../../../runtime/protocol/threepid.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { heldLookups } from "../../../runtime/storage/sqlite/held-lookups.js";
import { sqliteLookupHashes } from "../../../runtime/storage/sqlite/identity-lookup-hashes.js";
import { sqlitePepperRotation } from "../../../runtime/storage/sqlite/identity-pepper-rotation.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { fakeLogger } from "../fakes.js";

export const people = 24;
export const threepid = (number: number): Threepid => ({ medium: "email", address: `person${number}@example.org` });

/** In steps so small that what is done meanwhile comes in between. */
export const pace = { rowsAtOnce: 5, pauseMs: 0, lookMs: 1, quietMs: 2 };
/** By itself it finds out nothing within a test. */
export const slowly = { ...pace, lookMs: 60_000 };

let folder: string;
let ends: (() => Promise<void> | void)[];

/** Ends what was opened. */
export const endAll = async (): Promise<void> => {
  for (const end of ends.splice(0).toReversed()) await end();
};

/** To be called by each file of tests: every test has a folder, and ends what it opened there. */
export const inFoldersOfTheirOwn = (): void => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "held-"));
    ends = [];
  });
  afterEach(async () => {
    await endAll();
    rmSync(folder, { recursive: true, force: true });
  });
};

/** One process of those that have the file open; nobody waits for the disk. */
export const open = (name: string, of = pace) => {
  const connection = openSqlite(name === ":memory:" ? name : join(folder, name));
  connection.database.pragma("synchronous = OFF");
  migrate(connection, [...baseMigrations, ...identityMigrations], 0);
  const rotation = sqlitePepperRotation(connection);
  const held = heldLookups(connection, of);
  const { lookupHashes, hashed } = sqliteLookupHashes(connection, rotation, held);
  const insert = connection.database.prepare<[string, string, string]>(
    `INSERT OR REPLACE INTO associations (medium, address, mxid, ts, not_before, not_after, signatures)
     VALUES (?, ?, ?, 1, 1, 2, '{}')`,
  );
  const remove = connection.database.prepare<[string]>("DELETE FROM associations WHERE address = ?");
  const bind = (it: Threepid, mxid: string): void => {
    insert.run(it.medium, it.address, mxid);
    hashed.set(it, mxid);
  };
  const unbind = (it: Threepid): void => {
    remove.run(it.address);
    hashed.erase(it);
  };
  const end = new AbortController();
  const log = fakeLogger();
  ends.push(() => connection.close());
  /** How many tables were made: each has a secret of eight bytes. */
  const made = { tables: 0 };
  const random: Random = {
    bytes: (count) => {
      if (count === 8) made.tables += 1;
      return systemRandom.bytes(count);
    },
  };
  const hold = (limitBytes = 1_000_000): Promise<void> => {
    const holding = held.hold({ limitBytes, random, log, signal: end.signal });
    ends.push(async () => {
      end.abort();
      await holding;
    });
    return holding;
  };
  const pepperId = connection.database.prepare<[], number>("SELECT current_pepper FROM lookup_state").pluck();
  const isHeld = (): boolean =>
    connection.reader.read(() => held.mxidsOf(pepperId.get() ?? 0, [], () => undefined)) !== undefined;
  const untilHeld = async (): Promise<void> => {
    while (!isHeld()) await sleep(1);
  };
  const mxids = async () => {
    const pepper = await lookupHashes.pepper();
    return lookupHashes.mxidsOf(
      pepper,
      Array.from({ length: people }, (_, number) => lookupDigest(threepid(number), pepper)),
    );
  };
  return { connection, rotation, bind, unbind, lookupHashes, hold, made, isHeld, untilHeld, mxids, log, end };
};

export type Process = ReturnType<typeof open>;

export const set = ({ connection, bind }: Process, number: number, mxid: string): Promise<void> =>
  connection.write(() => bind(threepid(number), mxid));

export const erase = ({ connection, unbind }: Process, number: number): Promise<void> =>
  connection.write(() => unbind(threepid(number)));

/** Hashes as they are kept, of whoever they may be. */
export const insertAll = ({ connection }: Process, hashes: readonly Uint8Array[]): Promise<void> => {
  const insert = connection.database.prepare<[Uint8Array, string]>(
    "INSERT INTO lookup_hashes (pepper, hash, mxid) SELECT current_pepper, ?, ? FROM lookup_state",
  );
  return connection.write(() => {
    for (const [number, hash] of hashes.entries()) insert.run(hash, `@user${number}:example.org`);
  });
};

/** Takes all rows away behind the back of the process that holds it. */
export const takeAway = ({ connection }: Process): void => {
  connection.database.exec("DELETE FROM lookup_hashes");
};

export const only = (number: number, mxid: string): readonly (string | undefined)[] =>
  Array.from({ length: people }, (_, i) => (i === number ? mxid : undefined));

export const none = only(-1, "");

/** A file whose lookups are held, with one user. */
export const heldOne = async (name = "identity.sqlite", of = pace): Promise<Process> => {
  const process = open(name, of);
  await process.lookupHashes.establish("pepper", 0);
  await set(process, 3, "@three:example.org");
  void process.hold();
  await process.untilHeld();
  return process;
};
