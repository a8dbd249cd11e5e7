import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandFolder, type Folder } from "../../support/command.js";
import { type SydentFolder, sydentFolder } from "../../support/sydent.js";

const configuration = `\
[general]
server.name = id.example.org
log.path = /var/log/sydent.log
frobnicate = yes
[db]
db.file = sydent.db
[email]
email.smtpusername = u
email.smtppassword = sesame
[crypto]
ed25519.signingkey = ed25519 0 KMnRUUnIYwJtAa28BCiYdmkaOW9hMr0eGh6cPQKTgYY
`;

const rows = {
  hashing_metadata: [{ id: 1, lookup_pepper: "matrixrocks" }],
  tokens: [{ token: "alice-token", user_id: "@alice:example.org" }],
  local_threepid_associations: [
    {
      id: 1,
      medium: "email",
      address: "Alice@example.org",
      mxid: "@alice:example.org",
      ts: 1,
      notBefore: 1,
      notAfter: 2,
    },
    { id: 2, medium: "email", address: "bob@example.org", mxid: null, ts: 1, notBefore: 1, notAfter: 2 },
  ],
};

let folder: Folder;
let sydent: SydentFolder;
beforeEach(() => {
  folder = commandFolder();
  sydent = sydentFolder(configuration, rows);
});
afterEach(() => {
  folder.remove();
  sydent.remove();
});

const run = (...args: readonly string[]) =>
  folder.run(["import", "sydent", "--config", sydent.config, "--database", sydent.database, ...args]).finished;

describe("threepid import sydent", () => {
  it("tells what became of everything, and nothing but that where nobody watches", async () => {
    const { code, out, err } = await run();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out.split("\n").map((line) => line.trim().replace(`${sydent.config}:`, ""));
    expect(lines).toEqual(
      expect.arrayContaining([
        "2: [general] server.name -> identity.server_name",
        "3: [general] log.path has no counterpart: the log goes to standard error, one JSON object for each line",
        "4: [general] frobnicate is unknown: no option of a Sydent that is known here",
        "6: [db] db.file -> the database",
        expect.stringMatching(/^not set, so our defaults are kept: .*\[http\] clientapi\.http\.port, /),
        "associations: 2 found, 1 changed here",
        "1 unbound",
        "access tokens: 1 found, 1 changed here",
        "threepid.yaml: written",
        "5 changes were made.",
      ]),
    );
    expect(out).not.toContain("sesame");
    // A password stands in it.
    expect(statSync(join(folder.path, "threepid.yaml")).mode & 0o777).toBe(0o600);
    const checked = await folder.run(["config", "--check", "threepid.yaml"]).finished;
    expect(checked.code).toBe(0);
    const listed = await folder.run(["associations", "list"]).finished;
    expect(listed.out).toBe("email\talice@example.org\t@alice:example.org\t1970-01-01T00:00:00.001Z\n");
  });

  it("reports as JSON, and changes nothing the second time", async () => {
    expect(JSON.parse((await run("--json")).out)).toMatchObject({ dryRun: false, changes: 5 });
    const bytes = readFileSync(join(folder.path, "threepid.yaml"));
    const { out } = await run("--json");
    expect(JSON.parse(out)).toMatchObject({ changes: 0, files: [{ path: "threepid.yaml", outcome: "unchanged" }] });
    expect(readFileSync(join(folder.path, "threepid.yaml"))).toEqual(bytes);
  });

  it("rehearses without writing, and writes where it is told to", async () => {
    const rehearsed = await run("--dry-run");
    expect(rehearsed.out).toMatch(/\n5 changes would be made; nothing was written\.\n$/);
    expect(rehearsed.out).toContain("\n  associations: 2 found, 1 would be changed here\n");
    expect(rehearsed.out).toContain("\n  threepid.yaml: would be written\n");
    expect(existsSync(join(folder.path, "threepid.yaml")) || existsSync(join(folder.path, "data"))).toBe(false);
    await run("--out", "mine.yaml", "--into", "mine.sqlite");
    expect(readFileSync(join(folder.path, "mine.yaml"), "utf8")).toContain("database: mine.sqlite");
    expect(existsSync(join(folder.path, "mine.sqlite"))).toBe(true);
  });

  it("says that a configuration which is there stays", async () => {
    writeFileSync(join(folder.path, "threepid.yaml"), "identity: {}\n");
    expect((await run()).out).toContain(
      "threepid.yaml: there is one already, which stays; name another with --out to see the translation",
    );
  });

  const refusals: readonly (readonly [args: readonly string[], want: RegExp])[] = [
    [["import"], /^Usage: threepid import /],
    [["import", "synapse"], /^error: unknown command 'synapse'/],
    [["import", "sydent"], /^error: required option '--config <file>' not specified/],
    [
      ["import", "sydent", "--config", "none.conf"],
      /^none\.conf: cannot be read \(ENOENT.*\); name the sydent\.conf that the Sydent was started with\n$/,
    ],
    [
      ["import", "sydent", "--config", "@", "--database", "none.db"],
      /^threepid: The database file none\.db cannot be opened/,
    ],
    [["import", "sydent", "--config", "@", "--frob"], /^error: unknown option '--frob'\n[\s\S]*--help/],
  ];
  it.each(refusals)("%j is refused in words, with code 1", async (args, want) => {
    const given = args.map((it) => (it === "@" ? sydent.config : it));
    const { code, out, err } = await folder.run(given).finished;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(want);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it("helps", async () => {
    expect((await folder.run(["import", "--help"]).finished).out).toMatch(/^Usage: threepid import[\s\S]*sydent/);
    const { code, out } = await folder.run(["import", "sydent", "--help"]).finished;
    expect(code).toBe(0);
    expect(out).toMatch(
      /--config <file>[\s\S]*--database <file>[\s\S]*--out <file>[\s\S]*--into <file>[\s\S]*--dry-run[\s\S]*--json/,
    );
  });
});
