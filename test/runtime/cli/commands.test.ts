import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleConfiguration } from "../../../runtime/config/sample.js";
import { commandFolder, type Folder } from "../../support/command.js";
import { emptyDatabases } from "../../support/databases.js";

let folder: Folder;
beforeEach(() => {
  folder = commandFolder();
  emptyDatabases(folder.path);
});
afterEach(() => folder.remove());

describe("threepid", () => {
  const helps: readonly (readonly [args: readonly string[], want: RegExp])[] = [
    [["--help"], /serve[\s\S]*config[\s\S]*keys[\s\S]*token[\s\S]*generate/],
    [["serve", "--help"], /--config <file>/],
    [["config", "--help"], /--schema[\s\S]*--check <file>/],
    [["keys", "--help"], /list[\s\S]*rotate/],
    [["pepper", "--help"], /show[\s\S]*rotate/],
    [["token", "--help"], /issue/],
    [["token", "issue", "--help"], /--mxid <user>/],
    [["generate", "--help"], /^Usage: threepid generate [\s\S]*--check/],
    [["compare", "--help"], /^Usage: threepid compare [\s\S]*--fail-on/],
    [["mock", "--help"], /^Usage: threepid mock [\s\S]*--port/],
    [["fuzz", "--help"], /^Usage: threepid fuzz [\s\S]*--target/],
    [["--version"], /^\d+\.\d+\.\d+\n$/],
  ];
  it.each(helps)("%j helps", async (args, want) => {
    const { code, out, err } = await folder.run(args).finished;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(want);
  });

  const refusals: readonly (readonly [args: readonly string[], want: RegExp])[] = [
    [["sevre"], /unknown command 'sevre'[\s\S]*serve/],
    [["serve", "--prot", "1"], /unknown option '--prot'/],
    [["serve", "--config"], /argument missing/],
    [["serve", "--config", "none.yaml"], /^threepid: none\.yaml cannot be read \(ENOENT.*\n$/],
    [["token", "issue"], /required option '--mxid <user>' not specified/],
    [["token", "issue", "--mxid", "alice"], /^threepid: .*mxid.*\n$/],
    [["config", "--check", "none.yaml"], /^threepid: none\.yaml cannot be read/],
    [["keys", "foo"], /^error: unknown command 'foo'\n[\s\S]*--help/],
    [["keys", "foo", "-c", "none.yaml"], /^error: unknown command 'foo'\n/],
    [["pepper", "turn"], /^error: unknown command 'turn'\n/],
    [["pepper", "rotate", "-c", "none.yaml"], /^threepid: none\.yaml cannot be read/],
    [["keys", "list", "--foo"], /^error: unknown option '--foo'\n[\s\S]*--help/],
    [["generate", "foo"], /^error: unknown command 'foo'\n[\s\S]*--help/],
    [["generate", "--foo"], /^error: unknown option '--foo'\n[\s\S]*--help/],
    [["generate", "--root", "none"], /none/],
    [["mock", "--spec", "none.yaml"], /^.*there is no file none\.yaml/],
    [["mock", "--port", "70000"], /^error: option '--port <number>' argument '70000' is invalid/],
    [["fuzz", "--target", "nowhere"], /^error: option '--target <url>' argument 'nowhere' is invalid/],
    [["fuzz", "--target", "http://192.0.2.1"], /^http:\/\/192\.0\.2\.1 is not this machine/],
    [["compare", "one"], /^error: missing required argument 'new'/],
  ];
  it.each(refusals)("%j is refused in words, with code 1", async (args, want) => {
    const { code, out, err } = await folder.run(args).finished;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(want);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe("administration", () => {
  const noneNamed = "These were the settings for development: --config names no other, and here is no threepid.yaml";
  const commands: readonly (readonly [owner: string, args: readonly string[]])[] = [
    ["identity", ["keys"]],
    ["identity", ["keys", "rotate"]],
    ["homeserver", ["keys", "list", "--server", "homeserver"]],
    ["identity", ["pepper", "show"]],
    ["identity", ["pepper", "rotate"]],
    ["identity", ["token", "issue", "--mxid", "@alice:example.org"]],
    ["identity", ["associations", "list"]],
    ["identity", ["associations", "erase", "alice@example.org"]],
    ["homeserver", ["accounts", "list"]],
    ["homeserver", ["registration-tokens", "list"]],
  ];
  it.each(commands)("of %s data makes no database where there is none: %j", async (owner, args) => {
    rmSync(join(folder.path, "data"), { recursive: true });
    const missing = join(realpathSync(folder.path), "data", `${owner}.sqlite`);
    expect(await folder.run(args).finished).toEqual({
      code: 1,
      out: "",
      err: `threepid: there is no database ${missing}; a relative "${owner}.database" starts at the folder you are in: run this where the server runs, or write the whole path. ${noneNamed}\n`,
    });
    expect(existsSync(join(folder.path, "data"))).toBe(false);
  });

  it("does without the secrets and files that only a server needs, which serve and --check ask for", async () => {
    const captcha = "captcha: { public_key: a }";
    const lines = [
      `homeserver: { server_name: localhost, public_base_url: http://127.0.0.1:8008, ${captcha} }`,
      "identity: { server_name: localhost, public_base_url: http://127.0.0.1:8090, terms_file: /none/terms.yaml }",
      "mail: { transport: smtp, host: mail.example.org, user: threepid, ca_file: /none/ca.pem }",
      "sms: { transport: gateway, preset: twilio, originators: { default: ['long:447400123456'] } }",
    ];
    writeFileSync(join(folder.path, "threepid.yaml"), `${lines.join("\n")}\n`);
    for (const args of [
      ["config", "--check", "threepid.yaml"],
      ["serve", "-c", "threepid.yaml"],
    ]) {
      const { code, err } = await folder.run(args).finished;
      expect(code).toBe(1);
      expect(err).toMatch(
        /secret key, too[\s\S]*mail user and its password[\s\S]*\/none\/ca\.pem[\s\S]*gateway's user and its password/,
      );
    }
    for (const args of [
      ["pepper", "show"],
      ["token", "issue", "--mxid", "@alice:example.org"],
    ]) {
      expect(await folder.run(args).finished).toMatchObject({ code: 0, err: "" });
    }
  });

  it("does not speak of settings for development where others are used", async () => {
    rmSync(join(folder.path, "data"), { recursive: true });
    writeFileSync(join(folder.path, "threepid.yaml"), sampleConfiguration());
    const { code, err } = await folder.run(["keys"]).finished;
    expect(code).toBe(1);
    expect(err).toMatch(/^threepid: there is no database .*whole path\n$/);
  });

  it("says of a whole path that the server makes the database", async () => {
    const file = join(folder.path, "elsewhere.sqlite");
    const { code, err } = await folder.run(["keys"], { THREEPID_IDENTITY__DATABASE: file }).finished;
    expect({ code, err }).toEqual({
      code: 1,
      err: `threepid: there is no database ${file}; the server makes it when it starts first: start it, or check "identity.database". ${noneNamed}\n`,
    });
  });
});

describe("threepid config", () => {
  it("prints a sample that it then finds usable, and says that its mail goes nowhere", async () => {
    const { out } = await folder.run(["config"]).finished;
    expect(out).toBe(sampleConfiguration());
    writeFileSync(join(folder.path, "threepid.yaml"), out);
    const checked = await folder.run(["config", "--check", "threepid.yaml"]).finished;
    expect(checked.out).toBe("threepid.yaml: can be used; see the 2 warnings\n");
    expect(checked.err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^threepid\.yaml:\d+:3: warning: nobody receives mail and text messages/),
      expect.stringMatching(
        /^threepid\.yaml:\d+:3: warning: anybody may register at https:.* without proving anything/,
      ),
    ]);
    expect(checked.code).toBe(0);
  });

  it("finds nothing wrong with what stays on this machine", async () => {
    writeFileSync(join(folder.path, "a.yaml"), "identity: { server_name: a, public_base_url: http://localhost }\n");
    const checked = await folder.run(["config", "--check", "a.yaml"]).finished;
    expect(checked).toEqual({ code: 0, out: "a.yaml: nothing is wrong\n", err: "" });
  });

  it("says where a template cannot be used, as serve does", async () => {
    mkdirSync(join(folder.path, "words", "de", "invite"), { recursive: true });
    writeFileSync(join(folder.path, "words", "de", "invite", "text.hbs"), "Hallo\n{{nobody}}\n");
    const text = "identity: { server_name: a, public_base_url: http://localhost }\nmail: { templates: words }\n";
    writeFileSync(join(folder.path, "words.yaml"), text);
    for (const args of [
      ["config", "--check", "words.yaml"],
      ["serve", "--config", "words.yaml"],
    ]) {
      const { code, out, err } = await folder.run(args).finished;
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain(
        'words/de/invite/text.hbs:2:3: nothing is called "nobody" here; use one of service, brand,',
      );
    }
  });

  it("prints its reference as JSON", async () => {
    const { out } = await folder.run(["config", "--schema"]).finished;
    expect(JSON.parse(out)).toHaveProperty(["properties", "identity", "properties", "server_name", "description"]);
  });
});

describe("threepid keys", () => {
  it("makes the first key, and another that signs instead of it", async () => {
    const first = (await folder.run(["keys"]).finished).out;
    expect(first).toMatch(/^ed25519:0\t[A-Za-z0-9+/]{43}\tsigns\n$/);
    const rotated = (await folder.run(["keys", "rotate"]).finished).out;
    expect(rotated).toMatch(/^ed25519:1\t[A-Za-z0-9+/]{43}\tsigns\n$/);
    const both = (await folder.run(["keys", "list"]).finished).out.trimEnd().split("\n");
    expect(both).toEqual([rotated.trimEnd(), expect.stringMatching(/^ed25519:0\t.*\tretired \d{4}-/)]);
    expect(both[1]).toContain(first.split("\t")[1]);
  });

  it("does the same for the homeserver, where that is named", async () => {
    const { out: rotated } = await folder.run(["keys", "rotate", "--server", "homeserver"]).finished;
    expect(rotated).toMatch(/^ed25519:1\t[A-Za-z0-9+/]{43}\tsigns\n$/);
    const both = (await folder.run(["keys", "list", "-s", "homeserver"]).finished).out.trimEnd().split("\n");
    expect(both).toEqual([rotated.trimEnd(), expect.stringMatching(/^ed25519:0\t.*\tretired \d{4}-/)]);
    expect((await folder.run(["keys", "list"]).finished).out).not.toContain(rotated.split("\t")[1]);
  });
});

describe("threepid pepper", () => {
  const line = /^([A-Za-z0-9]{32})\tcurrent\tmade \d{4}-\d\d-\d\dT[\d:.]+Z\n$/;
  const show = async () => (await folder.run(["pepper", "show"]).finished).out;

  it("makes the first one, and moves on to another, which it shows from then on", async () => {
    const first = await show();
    expect(first).toMatch(line);
    expect(await show()).toBe(first);
    const rotated = await folder.run(["pepper", "rotate"]).finished;
    expect(rotated).toMatchObject({ code: 0, err: "" });
    expect(rotated.out).toMatch(line);
    expect(line.exec(rotated.out)?.[1]).not.toBe(line.exec(first)?.[1]);
    expect(await show()).toBe(rotated.out);
  });

  it("is finished by a server where it was cut off, with the pepper of the rotation that was cut", async () => {
    const file = join(folder.path, "data/identity.sqlite");
    const first = await show();
    const database = new Database(file);
    const insert = database.prepare(
      `INSERT INTO associations (medium, address, mxid, ts, not_before, not_after, signatures)
       VALUES ('email', ?, '@a:example.org', 1, 1, 2, '{}')`,
    );
    database.transaction(() => {
      for (let number = 0; number < 10_000; number++) insert.run(`person${number}@example.org`);
    })();
    const cut = folder.run(["pepper", "rotate"]);
    const hashed = database.prepare<[], number>("SELECT hashed FROM lookup_state").pluck();
    await expect.poll(() => hashed.get(), { interval: 5, timeout: 20_000 }).toBeGreaterThan(0);
    cut.child.kill("SIGKILL");
    await cut.finished;
    const [current = "", next = ""] = (await show()).split("\n");
    expect(`${current}\n`).toBe(first);
    const [, pepper = ""] = /^([A-Za-z0-9]{32})\tnext\tmade \S+, [1-9]\d* associations hashed$/.exec(next) ?? [];
    expect(pepper).toHaveLength(32);

    // As if nobody had worked on it for long.
    database.exec("UPDATE lookup_state SET worked_at = 0");
    const identity = { server_name: "localhost:8090", public_base_url: "http://localhost", listen: { port: 0 } };
    writeFileSync(join(folder.path, "served.yaml"), JSON.stringify({ identity, mailbox: { listen: { port: 0 } } }));
    const served = folder.run(["serve", "--config", "served.yaml"]);
    const peppers = database.prepare<[], string>("SELECT pepper FROM lookup_peppers ORDER BY id").pluck();
    await expect.poll(() => peppers.all(), { interval: 20, timeout: 30_000 }).toEqual([pepper]);
    served.child.kill("SIGTERM");
    expect((await served.finished).code).toBe(0);
    expect(await show()).toMatch(line);
    const rows = database.prepare<[], number>("SELECT count(*) FROM lookup_hashes").pluck();
    expect(rows.get()).toBe(10_000);
    database.close();
  });
});

it("threepid token issues a token once, and another each time", async () => {
  const tokens = [
    (await folder.run(["token", "issue", "--mxid", "@alice:example.org"]).finished).out,
    (await folder.run(["token", "issue", "--mxid", "@alice:example.org"]).finished).out,
  ];
  for (const token of tokens) expect(token).toMatch(/^[0-9A-Za-z]{43}\n$/);
  expect(new Set(tokens).size).toBe(2);
});
