import { scryptSync } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type HashingThreads, hashingThreads } from "../../../runtime/compose/hashing-threads.js";
import { passwords } from "../../../runtime/protocol/password.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";

let threads: HashingThreads;
beforeEach(() => {
  threads = hashingThreads();
});
afterEach(() => threads.close());

const salt = new Uint8Array(16).fill(7);
const options = { N: 16, r: 8, p: 1 };

it("computes what node's own pool of threads does, several at a time and one after another", async () => {
  for (const _ of [1, 2]) {
    const names = ["one", "two", "three"];
    const keys = await Promise.all(names.map((password) => threads.derive(password, salt, 32, options)));
    expect(keys.map((key) => Buffer.from(key).toString("hex"))).toEqual(
      names.map((password) => scryptSync(password, salt, 32, options).toString("hex")),
    );
  }
});

it("leaves hashes that any other place understands", async () => {
  const there = passwords(systemRandom, { cost: { logN: 4, r: 8, p: 1 } }, threads.derive);
  const here = passwords(systemRandom, { cost: { logN: 4, r: 8, p: 1 } });
  const line = await there.hash("correct horse");
  expect(await here.verify("correct horse", line)).toEqual({ matches: true, rehash: false });
  expect(await there.verify("wrong", await here.hash("correct horse"))).toEqual({ matches: false, rehash: false });
});

it("tells of what cannot be computed, and computes the next", async () => {
  await expect(threads.derive("password", salt, 32, { ...options, N: 17 })).rejects.toThrow(/scrypt/);
  await expect(threads.derive("password", salt, 32, options)).resolves.toHaveLength(32);
});

it("ends what is under way when it is closed", async () => {
  const key = threads.derive("password", salt, 32, { ...options, N: 2 ** 16, maxmem: 2 ** 28 });
  const failed = expect(key).rejects.toThrow("the thread that hashed a password has ended");
  await threads.close();
  await failed;
});
