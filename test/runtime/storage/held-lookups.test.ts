import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { lookupDigest } from "../../../runtime/protocol/lookup-hash.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import {
  erase,
  heldOne,
  inFoldersOfTheirOwn,
  insertAll,
  only,
  open,
  pace,
  people,
  set,
  takeAway,
  threepid,
} from "./held-processes.js";

inFoldersOfTheirOwn();

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
