import { expect, it } from "vitest";
import { pepperWork } from "../../../runtime/identity/pepper-schedule.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { fakeClock } from "../fakes.js";

const day = 86_400_000;

const scheduled = async (rotateAfterMs: number | undefined) => {
  const connection = openSqlite(":memory:");
  migrate(connection, [...baseMigrations, ...identityMigrations], 0);
  const { pepperRotation: rotation, lookupHashes } = sqliteIdentityStorage(connection);
  const clock = fakeClock();
  await lookupHashes.establish("first", clock.now());
  const look = () => pepperWork({ rotation, clock, random: systemRandom }, rotateAfterMs);
  return { rotation, clock, look, lookupHashes };
};

it("begins a rotation when the pepper is as old as it may become, and counts anew from there", async () => {
  const { rotation, clock, look, lookupHashes } = await scheduled(30 * day);
  clock.advance(30 * day - 1);
  expect(await look()).toBe(false);
  clock.advance(1);
  expect(await look()).toBe(true);
  expect((await rotation.state()).next?.createdAt).toBe(clock.now());
  while (await rotation.step(clock.now()));
  expect(await lookupHashes.pepper()).toMatch(/^[A-Za-z0-9]{32}$/);
  clock.advance(30 * day - 1);
  expect(await look()).toBe(false);
  clock.advance(1);
  expect(await look()).toBe(true);
});

it("begins none by itself where the pepper is for ever", async () => {
  const { clock, look } = await scheduled(undefined);
  clock.advance(10_000 * day);
  expect(await look()).toBe(false);
});

it("leaves a rotation to whoever works on it, and takes it over half a minute after the last step", async () => {
  const { rotation, clock, look } = await scheduled(undefined);
  await rotation.begin("second", clock.now());
  clock.advance(20_000);
  await rotation.step(clock.now());
  clock.advance(29_999);
  expect(await look()).toBe(false);
  clock.advance(1);
  // What is left are the hashes of the former pepper.
  expect(await rotation.state()).toMatchObject({ current: { pepper: "second" }, next: undefined, sweeping: true });
  expect(await look()).toBe(true);
  while (await rotation.step(clock.now()));
  clock.advance(60_000);
  expect(await look()).toBe(false);
});
