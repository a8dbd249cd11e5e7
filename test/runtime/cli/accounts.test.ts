import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClientServerClient } from "../../../generated/client-server/index.js";
import { commandFolder, type Folder } from "../../support/command.js";
import { emptyDatabases } from "../../support/databases.js";

let folder: Folder;
beforeEach(() => {
  folder = commandFolder();
  emptyDatabases(folder.path);
});
afterEach(() => folder.remove());

const start = (...args: readonly string[]) => folder.run(["accounts", ...args]);
const run = (...args: readonly string[]) => {
  const { child, finished } = start(...args);
  child.stdin?.end();
  return finished;
};

const done = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await run(...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
};

/** The same, with this on its standard input. */
const given = async (input: string, ...args: readonly string[]): Promise<string> => {
  const { child, finished } = start(...args);
  child.stdin?.end(input);
  const { code, out, err } = await finished;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
};

describe("threepid accounts", () => {
  it("does all that there is, beside the running server", async () => {
    const running = folder.run(["serve"], {
      THREEPID_HOMESERVER__LISTEN__PORT: "0",
      THREEPID_IDENTITY__LISTEN__PORT: "0",
      THREEPID_MAILBOX__LISTEN__PORT: "0",
    });
    const printed = await running.printed(/homeserver\s+http:\/\/\S+/);
    const baseUrl = /homeserver\s+(http:\/\/\S+)/.exec(printed)?.[1] ?? "";
    const client = createClientServerClient({ baseUrl });
    const body = { username: "alice", auth: { type: "m.login.dummy" } };
    const { user_id, access_token: accessToken = "" } = await client.orThrow.register({ body });
    const lines = async () => (await done("list")).split("\t").slice(0, 3);
    expect(await lines()).toEqual([user_id, "user", "active"]);
    expect(await done("lock", user_id)).toBe(`${user_id} is locked\n`);
    expect(await lines()).toEqual([user_id, "user", "locked"]);
    const locked = { status: 401, body: { errcode: "M_USER_LOCKED", soft_logout: true } };
    expect(await client.getTokenOwner({}, { accessToken })).toMatchObject(locked);
    expect(await done("unlock", user_id)).toBe(`${user_id} is not locked\n`);
    expect(await client.getTokenOwner({}, { accessToken })).toMatchObject({ status: 200 });
    expect(await done("show", user_id)).toMatch(
      new RegExp(`^user\t${user_id}\nkind\tuser\nstate\tactive\ncreated\t20[-0-9T:.]+Z\n$`),
    );
    const logIn = (password: string) =>
      client.login({ body: { type: "m.login.password", identifier: { type: "m.id.user", user: user_id }, password } });
    // Never among the arguments, and never told again.
    expect(await given("correct horse battery\n", "password", user_id, "--keep-devices")).toBe("");
    expect(await client.getTokenOwner({}, { accessToken })).toMatchObject({ status: 200 });
    expect(await logIn("correct horse battery")).toMatchObject({ status: 200 });
    const made = (await done("password", user_id, "--generate")).trim();
    expect(await client.getTokenOwner({}, { accessToken })).toMatchObject({ status: 401 });
    expect(await logIn(made)).toMatchObject({ status: 200 });
    expect(await done("deactivate", user_id, "--erase")).toMatch(`${user_id} is deactivated; 0 published addresses`);
    expect(await logIn(made)).toMatchObject({ status: 403, body: { errcode: "M_USER_DEACTIVATED" } });
    expect((await run("lock", user_id)).err).toBe(`threepid: "${user_id}" was closed, for ever\n`);
    running.child.kill();
    await running.finished;
  });

  it("lists nobody where nobody has one, and says so", async () => {
    expect(await run("list")).toEqual({ code: 0, out: "", err: "no accounts yet\n" });
  });

  const unknown =
    /^threepid: there is no account "@nobody:example\.org"; `threepid accounts list` shows who has one\n$/;
  const refusals: readonly (readonly [args: readonly string[], want: RegExp])[] = [
    [[], /^Usage: threepid accounts /],
    [["lock"], /^error: missing required argument 'user'/],
    [["lock", "alice"], /^threepid: "alice" is no user ID; write @alice:localhost:8008\n$/],
    [["show", "@nobody:example.org"], unknown],
    [["deactivate", "@nobody:example.org"], unknown],
    [["password", "@nobody:example.org", "--generate"], unknown],
    [["password", "@nobody:example.org"], /^threepid: the new password is one line of standard input; pipe it in, or /],
    [["password", "@nobody:example.org", "secret"], /^error: too many arguments/],
    [["list", "--config", "none.yaml"], /^threepid: none\.yaml cannot be read/],
  ];
  it.each(refusals)("%j is refused in words, with code 1", async (args, want) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(want);
  });

  it("password reads no more than a password can be, however much comes", async () => {
    const { child, finished } = start("password", "@nobody:example.org");
    // Nobody reads the rest.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end("a".repeat(1_000_000));
    expect(await finished).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^threepid: the new password is at most 64 KiB, and more came on standard input/),
    });
  });

  it.each(["", "list", "show", "lock", "unlock", "password", "deactivate"])("%s --help", async (name) => {
    const out = await done(...(name === "" ? [] : [name]), "--help");
    expect(out).toMatch(new RegExp(`^Usage: threepid accounts ${name}`));
  });
});
