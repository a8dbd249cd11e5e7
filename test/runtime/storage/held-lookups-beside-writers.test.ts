import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  endAll,
  erase,
  heldOne,
  inFoldersOfTheirOwn,
  none,
  only,
  open,
  pace,
  people,
  set,
  slowly,
  takeAway,
  threepid,
} from "./held-processes.js";

inFoldersOfTheirOwn();

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

  it("are read from the file although this one has written since, before it looked", async () => {
    const process = await heldOne("identity.sqlite", slowly);
    const other = open("identity.sqlite");
    const [bySomebodyElse, byUs] = [set(other, 5, "@five:example.org"), set(process, 3, "@nobody:example.org")];
    await Promise.all([bySomebodyElse, byUs, erase(process, 3)]);
    expect(process.isHeld()).toBe(false);
    expect(await process.mxids()).toEqual(only(5, "@five:example.org"));
  });

  it("are read from the file where this one has undone what it wrote over that", async () => {
    const process = await heldOne("identity.sqlite", slowly);
    const other = open("identity.sqlite");
    await set(other, 3, "@five:example.org");
    const undone = process.connection.write(() => {
      process.bind(threepid(4), "@nobody:example.org");
      throw new Error("no");
    });
    await expect(undone).rejects.toThrow("no");
    expect(process.isHeld()).toBe(false);
    expect(await process.mxids()).toEqual(only(3, "@five:example.org"));
  });

  it("are held on where it changes nobody: it rotates the pepper, until the next is current", async () => {
    const process = await heldOne("identity.sqlite", slowly);
    const other = open("identity.sqlite");
    await other.rotation.begin("next", 1);
    takeAway(process);
    other.connection.database.exec("CREATE TABLE something_else (number INTEGER)");
    await setImmediate();
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
    while ((await other.rotation.state()).next !== undefined) {
      expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
      expect(process.isHeld()).toBe(true);
      await other.rotation.step(1);
      await setImmediate();
    }
    expect(process.isHeld()).toBe(false);
    expect(await process.mxids()).toEqual(only(3, "@three:example.org"));
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
      fc.record({
        kind: fc.constantFrom("set", "set-and-fail", "set-over-others", "set-elsewhere"),
        number,
        mxid: fc.nat(9),
      }),
      fc.record({ kind: fc.constantFrom("erase", "erase-elsewhere"), number }),
      fc.record({ kind: fc.constantFrom("begin", "begin-elsewhere", "rotate", "rotate-elsewhere", "look", "wait") }),
    );
    const looks = Array.from({ length: 40 }, () => ({ kind: "look" }) as const);
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
              // Nobody looks at the file between the two.
              if (it.kind === "set-over-others") void set(other, (it.number + 1) % people, mxid);
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
          await endAll();
        },
      ),
      // Whatever chance and the machine make of the others, these are answered from memory.
      {
        numRuns: 60,
        examples: [
          [slowly, true, looks],
          [slowly, true, looks],
        ],
      },
    );
    expect(answeredFromMemory).toBeGreaterThan(60);
  });
});
