import { expect, it } from "vitest";
import { lookupHolder } from "../../../runtime/compose/lookup-holder.js";
import type { Holding } from "../../../runtime/ports/lookup-hashes.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { fakeLogger } from "../fakes.js";

/** Holds until it is told to end, and a moment longer. */
const holder = () => {
  const held: Holding[] = [];
  const ended: Holding[] = [];
  const hold = async (holding: Holding): Promise<void> => {
    held.push(holding);
    await new Promise((resolve) => holding.signal.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve, 5));
    ended.push(holding);
  };
  return { held, ended, hold };
};

const around = { random: systemRandom, log: fakeLogger() };

it("holds lookups in as much memory as is configured, from the start to the end of the server", async () => {
  const { held, ended, hold } = holder();
  const lookups = lookupHolder({ hold }, 3, around);
  expect(held).toEqual([]);
  lookups.start();
  expect(held.map(({ limitBytes }) => limitBytes)).toEqual([3_000_000]);
  const stopped = lookups.stop();
  expect(ended).toEqual([]);
  await stopped;
  expect(ended).toEqual(held);
});

it("says which setting to raise when they take too much", async () => {
  const log = fakeLogger();
  const lookups = lookupHolder({ hold: async () => undefined }, 3, { ...around, log });
  lookups.start();
  await lookups.stop();
  expect(log.lines).toEqual([]);
  const others = lookupHolder({ hold: async () => undefined }, 3, { ...around, log });
  others.start();
  await new Promise(setImmediate);
  expect(log.lines).toEqual([
    'warn lookups read the database: the hashes of all addresses take more memory than they may {"identity.lookup.memory_mb":3}',
  ]);
  await others.stop();
});

it("holds none where none are to be held, and stops where nothing was started", async () => {
  const { held, hold } = holder();
  const lookups = lookupHolder({ hold }, 0, around);
  lookups.start();
  await lookups.stop();
  await lookupHolder({ hold }, 1, around).stop();
  expect(held).toEqual([]);
});
