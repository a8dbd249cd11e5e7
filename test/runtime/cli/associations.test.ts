import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandFolder, type Folder } from "../../support/command.js";
import { emptyDatabases } from "../../support/databases.js";

let folder: Folder;
beforeEach(() => {
  folder = commandFolder();
  emptyDatabases(folder.path);
});
afterEach(() => folder.remove());

const run = (...args: readonly string[]) => folder.run(["associations", ...args]).finished;

const done = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await run(...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
};

describe("threepid associations", () => {
  it("says from whom an address was taken, when it was", async () => {
    const add = async (mxid: string) => (await run("add", "Bob@example.org", "--mxid", mxid)).err;
    expect(await add("@bob:example.org")).toBe("");
    expect(await add("@bob:example.org")).toBe("");
    expect(await add("bob2")).toMatch(/^threepid: "bob2" is no user ID.*\n$/);
    expect(await add("@bob2:example.org")).toBe("Bob@example.org was bound to @bob:example.org until now\n");
  });

  it("adds, lists, exports, removes and erases", async () => {
    const body: unknown = JSON.parse(await done("add", "Alice@example.org", "--mxid", "@alice:example.org"));
    expect(body).toMatchObject({ medium: "email", address: "alice@example.org", mxid: "@alice:example.org" });
    await done("add", "+44 7400 123456", "--mxid", "@bob:example.org");
    const alice = /^email\talice@example\.org\t@alice:example\.org\t\d{4}-\d\d-\d\dT[\d:.]+Z\n/;
    expect(await done("list")).toMatch(
      new RegExp(`${alice.source}msisdn\\t447400123456\\t@bob:example\\.org\\t.*\\n$`),
    );
    expect(await done("list", "--mxid", "@alice:example.org")).toMatch(new RegExp(`${alice.source}$`));
    expect(await done("list", "--address", "447400123456")).toMatch(/^msisdn\t447400123456\t/);
    const lines = (await done("export")).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? "")).toEqual(body);
    expect(await done("remove", "alice@example.org", "--mxid", "@alice:example.org")).toBe(
      "alice@example.org was bound to @alice:example.org\n",
    );
    expect(await done("erase", "+447400123456")).toMatch(/^associations\t1\ninvites\t0\n/);
    for (const filter of [[], ["--address", "b@example.org"]]) {
      expect(await run("list", ...filter)).toMatchObject({ code: 0, out: "", err: "no associations found\n" });
    }
  });

  it("shows user IDs that would forge lines or steer a terminal by the numbers of their characters", async () => {
    await done("add", "eve@example.org", "--mxid", "@e\nemail\ta@b.test\u001b[2J:example.org");
    const shown = "@e\\u{a}email\\u{9}a@b.test\\u{1b}[2J:example.org";
    expect((await done("list")).split("\t").slice(0, 3)).toEqual(["email", "eve@example.org", shown]);
    expect(await done("remove", "eve@example.org")).toBe(`eve@example.org was bound to ${shown}\n`);
  });

  const refusals: readonly (readonly [args: readonly string[], want: RegExp])[] = [
    [[], /^Usage: threepid associations /],
    [["frob"], /^error: unknown command 'frob'/],
    [["add", "alice@example.org"], /^error: required option '--mxid <user>' not specified/],
    [["add", "--mxid", "@a:b"], /^error: missing required argument 'address'/],
    [
      ["add", "alice", "--mxid", "@a:b"],
      /^threepid: "alice" is neither a mail address nor a phone number; write alice@example\.org, or \+447400123456 with the country's code\n$/,
    ],
    ...["list", "export", "erase"].map((name): readonly [readonly string[], RegExp] => [
      name === "erase" ? [name, "nonsense"] : [name, "--address", "nonsense"],
      /^threepid: "nonsense" is neither a mail address nor a phone number; write /,
    ]),
    [["add", "a@b.test", "--mxid", "alice"], /^threepid: "alice" is no user ID; write it as @alice:example\.org\n$/],
    [
      ["remove", "a@b.test"],
      /^threepid: a@b\.test is bound to nobody; `threepid associations list` shows what is bound\n$/,
    ],
    [["list", "--config", "none.yaml"], /^threepid: none\.yaml cannot be read/],
  ];
  it.each(refusals)("%j is refused in words, with code 1", async (args, want) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(want);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it.each(["", "add", "remove", "list", "export", "erase"])("%s --help", async (name) => {
    const out = await done(...(name === "" ? [] : [name]), "--help");
    expect(out).toMatch(new RegExp(`^Usage: threepid associations ${name}`));
  });
});
