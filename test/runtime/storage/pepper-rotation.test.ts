import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IdentityStorage } from "../../../runtime/ports/identity-storage.js";
import { lookupDigest } from "../../../runtime/protocol/lookup-hash.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { openSqlite, type SqliteConnection } from "../../../runtime/storage/sqlite/connection.js";
import { sqlitePepperRotation } from "../../../runtime/storage/sqlite/identity-pepper-rotation.js";
import { sqliteIdentityStorage } from "../../../runtime/storage/sqlite/identity-storage.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { workOff, workOffApart } from "../../../runtime/storage/sqlite/pepper-batches.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pepper-"));
  file = join(folder, "identity.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Opened extends IdentityStorage {
  readonly connection: SqliteConnection;
}

/** As a process does that starts. Files are thrown away with the test: nobody waits for the disk. */
const open = (): Opened => {
  const connection = openSqlite(file);
  connection.database.pragma("synchronous = OFF");
  migrate(connection, [...baseMigrations, ...identityMigrations], 0);
  return { connection, ...sqliteIdentityStorage(connection) };
};

const threepid = (number: number) => ({ medium: "email", address: `person${number}@example.org` }) as const;
const association = (number: number, mxid: string) => ({
  ...threepid(number),
  mxid,
  ts: 1,
  notBefore: 1,
  notAfter: 2,
  signatures: {},
});

/** Associations that nobody hashed, as an import leaves them. */
const fill = ({ connection }: Opened, count: number): void => {
  const insert = connection.database.prepare(
    `INSERT INTO associations (medium, address, mxid, ts, not_before, not_after, signatures)
     VALUES ('email', ?, ?, 1, 1, 2, '{}')`,
  );
  connection.transaction(() => {
    for (let number = 0; number < count; number++) insert.run(threepid(number).address, `@p${number}:example.org`);
  });
};

const rowsUnder = ({ connection }: Opened): readonly number[] =>
  connection.database
    .prepare<[], number>("SELECT count(*) FROM lookup_hashes GROUP BY pepper ORDER BY pepper")
    .pluck()
    .all();

/** Who is found of the first so many, by number. */
const found = async ({ lookupHashes }: IdentityStorage, count: number): Promise<Map<number, string> | undefined> => {
  const pepper = await lookupHashes.pepper();
  const hashes = Array.from({ length: count }, (_, n) => lookupDigest(threepid(n), pepper));
  const mxids = await lookupHashes.mxidsOf(pepper, hashes);
  return mxids && new Map([...mxids.entries()].flatMap(([n, mxid]) => (mxid === undefined ? [] : [[n, mxid]])));
};

const clock = { now: () => 5 };
const never = new AbortController().signal;

describe("the first pepper", () => {
  it("hashes what stands already, and goes on where a killed process was, with that one's pepper", async () => {
    const first = open();
    fill(first, 25_000);
    const rotation = sqlitePepperRotation(first.connection);
    rotation.beginFirst("pepper1", 1);
    rotation.fill(10_000, 1);
    first.connection.close();
    const second = open();
    expect(() => second.lookupHashes.pepper()).toThrow("there is no lookup pepper");
    await second.lookupHashes.establish("pepper2", 2);
    expect(await second.lookupHashes.pepper()).toBe("pepper1");
    expect(rowsUnder(second)).toEqual([25_000]);
    await second.lookupHashes.establish("pepper3", 3);
    expect(await second.pepperRotation.state()).toEqual({
      current: { pepper: "pepper1", createdAt: 1 },
      next: undefined,
      sweeping: false,
      workedAt: 2,
    });
    second.connection.close();
  });
});

describe("a rotation", () => {
  it("is begun once, and not while the pepper is young", async () => {
    const storage = open();
    fill(storage, 1);
    await storage.lookupHashes.establish("pepper1", 100);
    const { pepperRotation: rotation } = storage;
    expect(await rotation.begin("pepper2", 200, 99)).toBe(false);
    expect(await rotation.begin("pepper2", 200, 100)).toBe(true);
    expect(await rotation.begin("pepper3", 300)).toBe(false);
    expect((await rotation.state()).next).toEqual({ pepper: "pepper2", createdAt: 200, hashed: 0 });
    storage.connection.close();
  });

  it("fills in steps of 100, switches, and removes the old rows in steps of 1,000", async () => {
    const storage = open();
    fill(storage, 2_100);
    await storage.lookupHashes.establish("pepper1", 1);
    const { pepperRotation: rotation } = storage;
    await rotation.begin("pepper2", 2);
    const rows: (readonly number[])[] = [];
    while (await rotation.step(3)) rows.push(rowsUnder(storage));
    expect(rows.slice(0, 22)).toEqual(Array.from({ length: 22 }, (_, i) => [2_100, Math.min(100 * (i + 1), 2_100)]));
    expect(rows.slice(22)).toEqual([[1_100, 2_100], [100, 2_100], [2_100]]);
    expect(await rotation.state()).toMatchObject({ current: { pepper: "pepper2" }, sweeping: false, workedAt: 3 });
    expect((await found(storage, 2_100))?.size).toBe(2_100);
    storage.connection.close();
  });

  it("is worked off by two processes at once, while a third one binds and unbinds", async () => {
    const [one, two, three] = [open(), open(), open()];
    fill(three, 3_000);
    await three.lookupHashes.establish("pepper1", 1);
    await three.pepperRotation.begin("pepper2", 2);
    const works = [workOffApart(one.connection, clock, never), workOff(two.pepperRotation, clock, never)];
    for (let number = 0; number < 3_000; number += 100) {
      await three.associations.bind(association(number, "@new:example.org"));
      await three.associations.unbind(threepid(number + 1), `@p${number + 1}:example.org`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(works);
    const users = await found(three, 3_000);
    expect(rowsUnder(three)).toEqual([2_970]);
    expect(users?.size).toBe(2_970);
    expect([0, 1, 2].map((it) => users?.get(2_900 + it))).toEqual([
      "@new:example.org",
      undefined,
      "@p2902:example.org",
    ]);
    expect(await three.lookupHashes.mxidsOf("pepper1", [])).toBeUndefined();
    for (const { connection } of [one, two, three]) connection.close();
  });

  it("ends after a step when it is told to, and loses nothing", async () => {
    const storage = open();
    fill(storage, 1_000);
    await storage.lookupHashes.establish("pepper1", 1);
    await storage.pepperRotation.begin("pepper2", 2);
    const end = new AbortController();
    await workOff(storage.pepperRotation, clock, end.signal, () => end.abort());
    expect((await storage.pepperRotation.state()).next?.hashed).toBe(100);
    expect((await found(storage, 1_000))?.size).toBe(1_000);
    storage.connection.close();
  });
});

type Action =
  | { readonly kind: "bind" | "unbind"; readonly number: number; readonly owner: number }
  | { readonly kind: "rotate" | "step" | "crash" | "half" };

const people = 600;
const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("bind" as const), number: fc.nat(people - 1), owner: fc.nat(3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("unbind" as const), number: fc.nat(people - 1), owner: fc.nat(3) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "rotate" as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: "step" as const }) },
  // The process dies between two commits, or in the middle of a transaction.
  { weight: 1, arbitrary: fc.constantFrom({ kind: "crash" as const }, { kind: "half" as const }) },
);

describe("lookups", () => {
  it("agree with a model, whatever is bound, unbound, rotated and cut off", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(actions, { maxLength: 40 }), async (sequence) => {
        rmSync(folder, { recursive: true, force: true });
        folder = mkdtempSync(join(tmpdir(), "pepper-"));
        file = join(folder, "identity.sqlite");
        let storage = open();
        fill(storage, people / 2);
        await storage.lookupHashes.establish("pepper0", 0);
        const model = new Map(Array.from({ length: people / 2 }, (_, n) => [n, `@p${n}:example.org`]));
        let peppers = 1;
        for (const action of sequence) {
          if (action.kind === "bind") {
            const mxid = `@owner${action.owner}:example.org`;
            await storage.associations.bind(association(action.number, mxid));
            model.set(action.number, mxid);
          } else if (action.kind === "unbind") {
            const mxid = action.owner === 0 ? (model.get(action.number) ?? "") : `@owner${action.owner}:example.org`;
            const stood = await storage.associations.unbind(threepid(action.number), mxid);
            expect(stood).toBe(model.get(action.number) === mxid);
            if (stood) model.delete(action.number);
          } else if (action.kind === "rotate") {
            if (await storage.pepperRotation.begin(`pepper${peppers}`, peppers)) peppers += 1;
          } else if (action.kind === "step") {
            await storage.pepperRotation.step(peppers);
          } else {
            if (action.kind === "half") {
              storage.connection.database.exec("BEGIN IMMEDIATE");
              sqlitePepperRotation({
                ...storage.connection,
                transaction: (work) => work(),
              }).fill(100, 0);
            }
            storage.connection.database.close();
            storage = open();
          }
          expect(await found(storage, people)).toEqual(model);
        }
        while (await storage.pepperRotation.step(peppers));
        expect(await found(storage, people)).toEqual(model);
        expect(rowsUnder(storage)).toEqual(model.size === 0 ? [] : [model.size]);
        expect(await storage.lookupHashes.pepper()).toBe(`pepper${peppers - 1}`);
        storage.connection.close();
      }),
      { numRuns: 30 },
    );
  });
});
