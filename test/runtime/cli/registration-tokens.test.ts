import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandFolder, type Folder } from "../../support/command.js";
import { emptyDatabases } from "../../support/databases.js";

let folder: Folder;
beforeEach(() => {
  folder = commandFolder();
  emptyDatabases(folder.path);
});
afterEach(() => folder.remove());

const run = (...args: readonly string[]) => folder.run(["registration-tokens", ...args]).finished;

/** What development's ways to register make of every token. */
const unasked = /^warning: no way to register asks for a token; .* m\.login\.registration_token\n/;

const done = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await run(...args);
  expect({ code, err: err.replace(unasked, "") }).toEqual({ code: 0, err: "" });
  return out;
};

describe("threepid registration-tokens", () => {
  it("issues, lists and revokes", async () => {
    expect(await done("list")).toBe("");
    expect(await done("issue", "spring-2030", "--uses", "5", "--expires", "2130-12-31")).toBe("spring-2030\n");
    const invented = (await done("issue")).trimEnd();
    expect(invented).toMatch(/^\w{16}$/);
    expect((await done("list")).trimEnd().split("\n").sort()).toEqual(
      [
        `${invented}\t0 of any number used\t0 pending\tdoes not expire`,
        "spring-2030\t0 of 5 used\t0 pending\texpires 2130-12-31T00:00:00.000Z",
      ].sort(),
    );
    expect(await done("revoke", "spring-2030")).toBe("spring-2030 is revoked\n");
    expect(await done("list")).toMatch(new RegExp(`^${invented}\\t`));
  });

  it.each<readonly [args: readonly string[], want: RegExp]>([
    [[], /^Usage: threepid registration-tokens /],
    [["issue", "two words"], /^threepid: "two words" cannot be a token; use up to 64 characters/],
    [["issue", "a", "--uses", "0"], /It is a number of accounts, such as 5/],
    [["issue", "a", "--uses", "many"], /It is a number of accounts, such as 5/],
    [["issue", "a", "--expires", "tomorrow"], /It is a date such as 2030-12-31/],
    [["issue", "a", "--expires", "2030-13-31"], /It is a date such as 2030-12-31/],
    [["issue", "a", "--expires", "2001-01-01"], /^threepid: the token would have expired already; name a time to come/],
    [["revoke"], /missing required argument 'token'/],
    [["revoke", "a"], /^threepid: there is no token "a"; `threepid registration-tokens list` shows what there is\n$/],
    [["list", "--config", "none.yaml"], /^threepid: none\.yaml cannot be read/],
  ])("refuses %j", async (args, want) => {
    const { code, err } = await run(...args);
    expect(code).toBe(1);
    expect(err).toMatch(want);
  });

  it.each([
    ["[m.login.registration_token]", ""],
    ["[m.login.email.identity]", expect.stringMatching(unasked)],
  ])("says whether %s asks for the token", async (flow, want) => {
    const sections = "homeserver:\n  server_name: a\n  public_base_url: http://localhost\n";
    writeFileSync(join(folder.path, "threepid.yaml"), `${sections}  registration: { flows: [${flow}] }\n`);
    const { code, err } = await run("issue");
    expect({ code, err }).toEqual({ code: 0, err: want });
  });

  it("refuses to issue a token that there is", async () => {
    await done("issue", "once");
    expect((await run("issue", "once")).err).toMatch(/^threepid: there is a token "once" already; revoke it first/);
  });
});
