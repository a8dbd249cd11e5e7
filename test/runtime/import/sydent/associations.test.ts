import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moveAssociations } from "../../../../runtime/import/sydent/associations.js";
import { counting } from "../../../../runtime/import/sydent/tally.js";
import type { SignedAssociation } from "../../../../runtime/ports/associations.js";
import type { ImportTarget } from "../../../../runtime/ports/identity-import.js";
import type { SydentAssociation } from "../../../../runtime/ports/sydent-database.js";
import { foldCase } from "../../../../runtime/protocol/case-folding.js";
import { signingKeyOf } from "../../../../runtime/protocol/ed25519.js";
import { signJson, verifyJson } from "../../../../runtime/protocol/signed-json.js";
import { openSydentDatabase } from "../../../../runtime/storage/sqlite/sydent-database.js";
import { sydentFolder } from "../../../support/sydent.js";

const signer = { serverName: "id.example.org", signingKey: signingKeyOf("ed25519:0", new Uint8Array(32).fill(1)) };

/** Only what associations need; nothing was there before. */
const target = () => {
  const bound = new Map<string, SignedAssociation>();
  const known = new Set<string>();
  const into: Pick<ImportTarget, "isNew" | "boundAt" | "putAssociation" | "removeAssociation"> = {
    isNew: (digest) => known.size < known.add(Buffer.from(digest).toString("hex")).size,
    boundAt: ({ address }) => bound.get(address)?.ts,
    putAssociation: (association) => bound.set(association.address, association) === bound,
    removeAssociation: ({ address }) => bound.delete(address),
  };
  const nothingElse = (): never => expect.fail("associations alone are moved here");
  const others = {
    addAccessToken: nothingElse,
    acceptTerms: nothingElse,
    putSession: nothingElse,
    putInvite: nothingElse,
    addEphemeralKey: nothingElse,
  };
  return { bound, into: { ...into, ...others } satisfies ImportTarget };
};

const row = (more: Partial<SydentAssociation>): SydentAssociation => ({
  ...{ table: "local", id: 1 },
  ...{ medium: "email", address: "a@b.test", mxid: "@a:b.test", ts: 5, notBefore: 5, notAfter: 9, signed: null },
  ...more,
});

const moved = (rows: readonly SydentAssociation[]) => {
  const { bound, into } = target();
  moveAssociations(rows, into, signer, counting());
  return bound;
};

describe("moving associations", () => {
  const addresses = ["straße@b.test", "STRASSE@b.test", "Strasse@B.test", "k@b.test", "\u212A@b.test", "x@b.test"];
  const entry = fc.record({
    table: fc.constantFrom("local_threepid_associations", "global_threepid_associations"),
    address: fc.constantFrom(...addresses),
    mxid: fc.constantFrom("@a:b.test", "@c:b.test", null),
    ts: fc.integer({ min: 1, max: 6 }),
  });

  it("takes, for each folded address, a newest row of both tables, and none where such a row is unbound", () => {
    const folder = sydentFolder("", {});
    try {
      const property = fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const database = new Database(folder.database);
        database.exec("DELETE FROM local_threepid_associations; DELETE FROM global_threepid_associations");
        database.close();
        // Of one spelling the local table has one row: the last.
        const locals = new Map(entries.filter(({ table }) => table.startsWith("local")).map((it) => [it.address, it]));
        const rows = [...locals.values(), ...entries.filter(({ table }) => table.startsWith("global"))];
        for (const [id, { table, ...columns }] of rows.entries()) {
          const origin = table.startsWith("global") ? { originServer: "b.test", originId: id } : {};
          folder.write({ [table]: [{ id, medium: "email", ...columns, ...origin, notBefore: 1, notAfter: 2 }] });
        }
        const source = openSydentDatabase(join(folder.path, "sydent.db"));
        const { bound, into } = target();
        moveAssociations(source.associations(), into, signer, counting());
        source.close();
        for (const address of new Set(rows.map((it) => foldCase(it.address)))) {
          const group = rows.filter((it) => foldCase(it.address) === address);
          const newest = Math.max(...group.map(({ ts }) => ts));
          const right = group.filter(({ ts }) => ts === newest).map(({ mxid }) => mxid);
          if (right.includes(null)) expect(bound.has(address)).toBe(false);
          else expect(right).toContain(bound.get(address)?.mxid);
        }
        expect([...bound.keys()].every((address) => address === foldCase(address))).toBe(true);
      });
      fc.assert(property, { numRuns: 30 });
    } finally {
      folder.remove();
    }
  });

  const other = signingKeyOf("ed25519:x", new Uint8Array(32).fill(2));
  const body = { address: "a@b.test", medium: "email", mxid: "@a:b.test", not_before: 5, not_after: 9, ts: 5 };
  const signed = signJson(body, "other.test", other);

  it("keeps signatures of others that are over exactly what will be answered", () => {
    const [association] = moved([row({ signed: JSON.stringify(signed) })]).values();
    const answered = { ...body, signatures: association?.signatures };
    expect(verifyJson(answered, "other.test", "ed25519:x", other.publicKey)).toBe(true);
    expect(verifyJson(answered, "id.example.org", "ed25519:0", signer.signingKey.publicKey)).toBe(true);
  });

  it.each([
    [
      "another spelling of the address",
      JSON.stringify(signJson({ ...body, address: "A@b.test" }, "other.test", other)),
    ],
    ["invites", JSON.stringify(signJson({ ...body, invites: [] }, "other.test", other))],
    ["signatures that are none", JSON.stringify({ ...body, signatures: { "other.test": "x" } })],
    ["no JSON", "{"],
    ["no object", "[1]"],
    ["what has no canonical form", JSON.stringify({ ...signed, ts: 0.5 })],
  ])("signs alone where another signed %s", (_, text) => {
    const [association] = moved([row({ signed: text })]).values();
    expect(Object.keys(association?.signatures ?? {})).toEqual(["id.example.org"]);
  });

  it.each([
    ["medium", row({ medium: "fax" }), "of a medium that is neither email nor msisdn"],
    ["user ID", row({ mxid: "alice" }), "with a user ID or a time that is none"],
    ["time", row({ ts: 0.5 }), "with a user ID or a time that is none"],
    ["not_after", row({ notAfter: 1e300 }), "with a user ID or a time that is none"],
  ])("leaves out a row without a readable %s, and says so", (_, unreadable, because) => {
    const { bound, into } = target();
    const count = counting();
    moveAssociations([unreadable], into, signer, count);
    expect({ bound: bound.size, ...count.tally }).toEqual({
      bound: 0,
      found: 1,
      changed: 0,
      leftOut: { [because]: 1 },
    });
  });

  it("takes a plus sign off a number", () => {
    expect([...moved([row({ medium: "msisdn", address: "+447400123456" })]).keys()]).toEqual(["447400123456"]);
  });

  it("leaves what is newer here as it is", () => {
    const { bound, into } = target();
    moveAssociations([row({ ts: 8 })], into, signer, counting());
    const count = counting();
    moveAssociations([row({ ts: 7, mxid: "@c:b.test" })], into, signer, count);
    moveAssociations([row({ ts: 6, mxid: null })], into, signer, count);
    expect(bound.get("a@b.test")).toMatchObject({ ts: 8, mxid: "@a:b.test" });
    expect(count.tally).toMatchObject({
      changed: 0,
      leftOut: { "older than the one that is bound here": 1, unbound: 1 },
    });
  });
});
