import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { fakeLogger } from "../fakes.js";

const people = 24;
const threepid = (number: number): Threepid => ({ medium: "email", address: `person${number}@example.org` });

/** In steps so small that what is done meanwhile comes in between. */
const pace = { rowsAtOnce: 5, pauseMs: 0, lookMs: 1, quietMs: 2 };
/** By itself it finds out nothing within a test. */
const slowly = { ...pace, lookMs: 60_000 };

let folder: string;
let ends: (() => Promise<void> | void)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "held-"));
  ends = [];
});
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** One process of those that have the file open; nobody waits for the disk. */
const open = (name: string, of = pace) => {
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

type Process = ReturnType<typeof open>;

const set = ({ connection, bind }: Process, number: number, mxid: string): Promise<void> =>
  connection.write(() => bind(threepid(number), mxid));

const erase = ({ connection, unbind }: Process, number: number): Promise<void> =>
  connection.write(() => unbind(threepid(number)));

/** Hashes as they are kept, of whoever they may be. */
const insertAll = ({ connection }: Process, hashes: readonly Uint8Array[]): Promise<void> => {
  const insert = connection.database.prepare<[Uint8Array, string]>(
    "INSERT INTO lookup_hashes (pepper, hash, mxid) SELECT current_pepper, ?, ? FROM lookup_state",
  );
  return connection.write(() => {
    for (const [number, hash] of hashes.entries()) insert.run(hash, `@user${number}:example.org`);
  });
};

/** Takes all rows away behind the back of the process that holds it. */
const takeAway = ({ connection }: Process): void => {
  connection.database.exec("DELETE FROM lookup_hashes");
};

const only = (number: number, mxid: string): readonly (string | undefined)[] =>
  Array.from({ length: people }, (_, i) => (i === number ? mxid : undefined));

const none = only(-1, "");

/** A file whose lookups are held, with one user. */
const heldOne = async (name = "identity.sqlite", of = pace): Promise<Process> => {
  const process = open(name, of);
  await process.lookupHashes.establish("pepper", 0);
  await set(process, 3, "@three:example.org");
  void process.hold();
  await process.untilHeld();
  return process;
};

describe.each(["identity.sqlite", ":memory:"])("lookups held in memory, over %s", (name) => {
  it("are answered without the database", async () => {
    const process = await heldOne(name);
    takeAway(process);
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
  });

  it("follow what is written, and what is undone", async () => {
    const process = await heldOne(name);
    await set(process, 4, "@four:example.org");
    await erase(process, 3);
    expect(process.isHeld()).toBe(true);
    expect(await process.mxids()).toEqual(only(4, "@four:example.org"));
    const undone = process.connection.write(() => {
      process.bind(threepid(4), "@nobody:example.org");
      process.bind(threepid(5), "@nobody:example.org");
      throw new Error("no");
    });
    await expect(undone).rejects.toThrow("no");
    expect(process.isHeld()).toBe(true);
    expect(await process.mxids()).toEqual(only(4, "@four:example.org"));
    // What was doubted has been read again.
    takeAway(process);
    expect(await process.mxids()).toEqual(only(4, "@four:example.org"));
  });

  it("are those of the next pepper once that is current", async () => {
    const process = await heldOne(name);
    await process.rotation.begin("next", 1);
    while (await process.rotation.step(1));
    expect(await process.lookupHashes.pepper()).toBe("next");
    expect(process.isHeld()).toBe(false);
    await process.untilHeld();
    takeAway(process);
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
  });

  it("are given up when they need too much memory", async () => {
    const process = open(name);
    await process.lookupHashes.establish("pepper", 0);
    await set(process, 3, "@three:example.org");
    await process.hold(10);
    expect(process.isHeld()).toBe(false);
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
  });

  it("are read anew when most of the memory is taken by what was replaced", async () => {
    const process = await heldOne(name);
    const long = "l".repeat(240);
    // Each is written, doubted and read again.
    for (let round = 0; process.isHeld(); round++) {
      await set(process, 3, `@${long}:${round}`);
      expect((await process.mxids())?.[3]).toBe(`@${long}:${round}`);
    }
    await process.untilHeld();
  });

  it("are read anew and not given up when what was replaced takes too much memory", async () => {
    const process = open(name);
    await process.lookupHashes.establish("pepper", 0);
    await set(process, 3, "@three:example.org");
    let isGivenUp = false;
    const holding = process.hold(140_000).then(() => {
      isGivenUp = true;
    });
    await process.untilHeld();
    for (let round = 0; process.isHeld(); round++) {
      await set(process, 3, `@${"l".repeat(240)}:${round}`);
      await process.mxids();
    }
    await process.untilHeld();
    expect(isGivenUp).toBe(false);
    process.end.abort();
    await holding;
  });

  it("are read anew when there are more than they were made for", async () => {
    const process = await heldOne(name);
    const many = Array.from({ length: 3_000 }, (_, number) => 100 + number);
    await process.connection.write(() => {
      for (const number of many) process.bind(threepid(number), `@user${number}:example.org`);
    });
    expect(process.isHeld()).toBe(false);
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
    await process.untilHeld();
    takeAway(process);
    const hashes = many.map((number) => lookupDigest(threepid(number), "pepper"));
    expect(await process.lookupHashes.mxidsOf("pepper", hashes)).toEqual(
      many.map((number) => `@user${number}:example.org`),
    );
  });

  it.each([
    ["spread evenly", 0, 1],
    ["all among the last", 8, 3],
  ])("are held where they are %s, made for as many as there are", async (_how, alike, tables) => {
    const process = open(name, { ...pace, rowsAtOnce: 500 });
    await process.lookupHashes.establish("pepper", 0);
    const hashes = Array.from({ length: 5_000 }, (_, number) =>
      Buffer.concat([Buffer.alloc(alike, 0xff), lookupDigest(threepid(number), "pepper").subarray(alike)]),
    );
    await insertAll(process, hashes);
    void process.hold();
    await process.untilHeld();
    expect(process.made.tables).toBe(tables);
    takeAway(process);
    expect(await process.lookupHashes.mxidsOf("pepper", hashes)).toEqual(
      hashes.map((_, number) => `@user${number}:example.org`),
    );
  });

  it("are held where somebody has planted those that come first, and take no memory for more", async () => {
    const process = open(name, { ...pace, rowsAtOnce: 500 });
    await process.lookupHashes.establish("pepper", 0);
    const planted = Array.from({ length: 500 }, (_, number) =>
      Buffer.concat([Buffer.alloc(4), lookupDigest(threepid(number), "pepper").subarray(4)]),
    );
    await insertAll(process, [...planted, ...Array.from({ length: 1_000 }, (_, i) => lookupDigest(threepid(i), "x"))]);
    void process.hold(200_000);
    await process.untilHeld();
  });

  it("are not held as they were read where what was written meanwhile left no room", async () => {
    const process = open(name, { ...pace, pauseMs: 20 });
    await process.lookupHashes.establish("pepper", 0);
    const all = Array.from({ length: people }, (_, number) => number);
    for (const number of all) await set(process, number, `@a${number}:example.org`);
    void process.hold();
    await sleep(1);
    const undone = process.connection.write(() => {
      for (let number = 0; number < 4_000; number++) process.bind(threepid(number), "@nobody:example.org");
      throw new Error("no");
    });
    await expect(undone).rejects.toThrow("no");
    for (const number of all) await set(process, number, `@b${number}:example.org`);
    await process.untilHeld();
    expect(await process.mxids()).toEqual(all.map((number) => `@b${number}:example.org`));
  });

  it("say nothing of what a transaction under way has written", async () => {
    const process = await heldOne(name);
    const hashes = [lookupDigest(threepid(3), "pepper")];
    const asked: Promise<unknown>[] = [];
    const undone = process.connection.write(() => {
      process.bind(threepid(3), "@evil:example.org");
      asked.push(process.lookupHashes.mxidsOf("pepper", hashes));
      throw new Error("no");
    });
    await expect(undone).rejects.toThrow("no");
    await Promise.all(asked);
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
    await process.connection.write(() => {
      process.bind(threepid(3), "@new:example.org");
      asked.push(process.lookupHashes.mxidsOf("pepper", hashes));
    });
    await Promise.all(asked);
    expect(process.isHeld()).toBe(true);
    expect(await process.mxids()).toEqual(only(3, "@new:example.org"));
  });

  it("follow what is written by way of another storage over the same connection", async () => {
    const process = open(name);
    const [one, two] = [sqliteIdentityStorage(process.connection), sqliteIdentityStorage(process.connection)];
    await one.lookupHashes.establish("pepper", 0);
    const end = new AbortController();
    const holding = one.lookupHashes.hold({
      limitBytes: 1_000_000,
      random: systemRandom,
      log: process.log,
      signal: end.signal,
    });
    const hashes = [lookupDigest(threepid(1), "pepper")];
    expect(await one.lookupHashes.mxidsOf("pepper", hashes)).toEqual([undefined]);
    const times = { ts: 1, notBefore: 1, notAfter: 2 };
    await two.associations.bind({ ...threepid(1), ...times, mxid: "@one:example.org", signatures: {} });
    expect(await one.lookupHashes.mxidsOf("pepper", hashes)).toEqual(["@one:example.org"]);
    end.abort();
    await holding;
  });

  it("end at once, also while they are being read", async () => {
    const process = open(name, { ...pace, rowsAtOnce: 1, pauseMs: 600_000 });
    await process.lookupHashes.establish("pepper", 0);
    for (let number = 0; number < 3; number++) await set(process, number, `@user${number}:example.org`);
    const holding = process.hold();
    await setImmediate();
    process.end.abort();
    await holding;
    expect(process.isHeld()).toBe(false);
  });

  it("are tried again when they could not be read, which is said once", async () => {
    const process = open(name);
    await process.lookupHashes.establish("pepper", 0);
    await set(process, 3, "@three:example.org");
    process.connection.database.exec("ALTER TABLE lookup_hashes RENAME TO away");
    void process.hold();
    await sleep(50);
    process.connection.database.exec("ALTER TABLE away RENAME TO lookup_hashes");
    await process.untilHeld();
    expect(process.log.lines).toEqual([expect.stringContaining("warn hashes could not be read into memory")]);
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
  });
});

describe("lookups held in memory while another process writes", () => {
  it("are read from the file by the next turn", async () => {
    const process = await heldOne("identity.sqlite", slowly);
    const other = open("identity.sqlite");
    await set(other, 5, "@five:example.org");
    await erase(other, 3);
    await setImmediate();
    expect(process.isHeld()).toBe(false);
    expect(await process.mxids()).toEqual(only(5, "@five:example.org"));
  });

  it("are held again when it is left alone", async () => {
    const process = await heldOne();
    await set(open("identity.sqlite"), 3, "@five:example.org");
    await setImmediate();
    await process.untilHeld();
    takeAway(process);
    expect(await process.mxids()).toEqual(only(3, "@five:example.org"));
  });

  it("are not held again while it goes on writing", async () => {
    const process = await heldOne("identity.sqlite", { ...pace, quietMs: 400 });
    const other = open("identity.sqlite");
    let longestGap = 0;
    let isEverHeld = false;
    for (let round = 0, last = performance.now(); round < 60; round++) {
      await set(other, 5, `@user${round}:example.org`);
      await sleep(15);
      isEverHeld ||= process.isHeld();
      longestGap = Math.max(longestGap, performance.now() - last);
      last = performance.now();
    }
    // On a machine that stood still for so long it was left alone.
    expect(isEverHeld && longestGap < 400).toBe(false);
    await process.untilHeld();
  });

  it("are held by nobody after the end", async () => {
    const process = await heldOne();
    process.end.abort();
    while (process.isHeld()) await sleep(1);
    takeAway(process);
    expect(await process.mxids()).toEqual(none);
  });

  it("say what the file says, whoever does what, in whatever order", async () => {
    const number = fc.nat(people - 1);
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom("set", "set-and-fail", "set-elsewhere"), number, mxid: fc.nat(9) }),
      fc.record({ kind: fc.constantFrom("erase", "erase-elsewhere"), number }),
      fc.record({ kind: fc.constantFrom("begin", "begin-elsewhere", "rotate", "rotate-elsewhere", "look", "wait") }),
    );
    let runs = 0;
    let answeredFromMemory = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(pace, slowly),
        fc.boolean(),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        async (of, isHeldAtFirst, steps) => {
          runs += 1;
          const [process, other] = [open(`${runs}.sqlite`, of), open(`${runs}.sqlite`)];
          await process.lookupHashes.establish("pepper", 0);
          for (let i = 0; i < people; i += 2) await set(process, i, `@first${i}:example.org`);
          void process.hold();
          if (isHeldAtFirst) await process.untilHeld();
          let peppers = 0;
          for (const it of steps) {
            const where = it.kind.endsWith("elsewhere") ? other : process;
            if ("mxid" in it) {
              const mxid = `@user${it.mxid}:example.org`;
              if (it.kind === "set-and-fail") {
                const failing = process.connection.write(() => {
                  process.bind(threepid(it.number), mxid);
                  throw new Error("undone");
                });
                await expect(failing).rejects.toThrow("undone");
              } else {
                await set(where, it.number, mxid);
              }
            } else if ("number" in it) {
              await erase(where, it.number);
            } else if (it.kind.startsWith("begin")) {
              await where.rotation.begin(`pepper${peppers++}`, 1);
            } else if (it.kind.startsWith("rotate")) {
              await where.rotation.step(1);
            } else if (it.kind === "wait") {
              await sleep(4);
            }
            if (where === other) await setImmediate();
            answeredFromMemory += process.isHeld() ? 1 : 0;
            // Nothing is held by the other one: it reads the file.
            const [said, read] = [await process.mxids(), await other.mxids()];
            expect(said).toEqual(read);
          }
          for (const end of ends.splice(0).toReversed()) await end();
        },
      ),
      { numRuns: 60 },
    );
    expect(answeredFromMemory).toBeGreaterThan(60);
  });
});
