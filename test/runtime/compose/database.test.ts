import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../runtime/compose/database.js";
import { StorageError } from "../../../runtime/storage/sqlite/storage-error.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-database-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a database's folder", () => {
  it("is made with those above it, for this user alone", () => {
    openDatabase(join(folder, "a", "b", "x.sqlite"), [], 0).close();
    expect(readdirSync(join(folder, "a", "b"))).toEqual(["x.sqlite"]);
    expect(["a", "a/b"].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o700, 0o700]);
    openDatabase(join(folder, "a", "b", "x.sqlite"), [], 0).close();
  });

  it.each(["file/x.sqlite", "file/a/b/x.sqlite"])("is not made where a file stands: %s", (name) => {
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, name);
    expect(() => openDatabase(path, [], 0)).toThrow(
      new StorageError(
        path,
        `cannot be opened: ${join(folder, "file")} is a file, and a folder is needed there`,
        "choose another path, or move that file away",
      ),
    );
  });

  it("is not made where nothing can be, and that ends", () => {
    expect(() => openDatabase("/proc/none/y/z.sqlite", [], 0)).toThrow(
      /z\.sqlite cannot be opened: its folder cannot be made \(ENOENT.*What to do: choose a path where this user may/,
    );
  });
});
