import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClientServerClient } from "../../../generated/client-server/index.js";
import { commandFolder, type Folder } from "../../support/command.js";

let folder: Folder;
beforeEach(() => {
  folder = commandFolder();
});
afterEach(() => folder.remove());

const run = (...args: readonly string[]) => folder.run(["accounts", ...args]).finished;

const done = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await run(...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
};

describe("threepid accounts", () => {
  it("lists, locks and unlocks, beside the running server", async () => {
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
    await done("lock", user_id);
    expect(await lines()).toEqual([user_id, "user", "locked"]);
    const locked = { status: 401, body: { errcode: "M_USER_LOCKED", soft_logout: true } };
    expect(await client.getTokenOwner({}, { accessToken })).toMatchObject(locked);
    await done("unlock", user_id);
    expect(await client.getTokenOwner({}, { accessToken })).toMatchObject({ status: 200 });
    running.child.kill();
    await running.finished;
  });

  const refusals: readonly (readonly [args: readonly string[], want: RegExp])[] = [
    [[], /^Usage: threepid accounts /],
    [["lock"], /^error: missing required argument 'user'/],
    [
      ["lock", "alice"],
      /^threepid: "alice" is no account, or it was closed; `threepid accounts list` shows who has one, such as @alice:/,
    ],
    [["list", "--config", "none.yaml"], /^threepid: none\.yaml cannot be read/],
  ];
  it.each(refusals)("%j is refused in words, with code 1", async (args, want) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(want);
  });

  it.each(["", "list", "lock", "unlock"])("%s --help", async (name) => {
    const out = await done(...(name === "" ? [] : [name]), "--help");
    expect(out).toMatch(new RegExp(`^Usage: threepid accounts ${name}`));
  });
});
