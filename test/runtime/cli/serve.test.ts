import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClientServerV3Client } from "../../../generated/client-server-v3/index.js";
import { createIdentityClient } from "../../../generated/identity/index.js";
import { bindThreepid, identityAccount } from "../../../runtime/client/index.js";
import { commandFolder, type Folder, type Running } from "../../support/command.js";
import { freePorts } from "../../support/free-ports.js";

/** Whether somebody listens there. */
const isOpen = (port: string | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

describe("threepid serve", () => {
  let folder: Folder;
  let running: Running | undefined;
  let environment: Record<string, string>;

  beforeEach(async () => {
    folder = commandFolder();
    const [identity, homeserver, mailbox] = await freePorts(3);
    environment = {
      THREEPID_IDENTITY__LISTEN__PORT: `${identity}`,
      THREEPID_HOMESERVER__LISTEN__PORT: `${homeserver}`,
      THREEPID_MAILBOX__LISTEN__PORT: `${mailbox}`,
    };
  });

  afterEach(async () => {
    running?.child.kill("SIGKILL");
    await running?.finished;
    running = undefined;
    folder.remove();
  });

  const serve = (args: readonly string[] = []): Running => {
    running = folder.run(["serve", ...args], environment);
    return running;
  };

  it("starts everything in an empty folder, says where it is, and stops cleanly", async () => {
    const command = serve();
    const printed = await command.printed(/Ctrl-C/);
    const urls = [...printed.matchAll(/^ {2}(?:identity server|homeserver|mailbox page) +(\S+)$/gm)].map(
      ([, url = ""]) => url,
    );
    expect(urls).toHaveLength(3);
    const paths = ["/_matrix/identity/v2", "/_matrix/client/versions", "/"];
    const answers = await Promise.all(urls.map((url, index) => fetch(url + paths[index])));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    command.child.kill("SIGINT");
    expect(await command.finished).toMatchObject({ code: 0, err: "" });
    // Every database was closed: what was committed is in the file itself and no log is left beside it.
    expect(readdirSync(join(folder.path, "data")).filter((name) => name.endsWith(".sqlite"))).toHaveLength(2);
    expect(readdirSync(join(folder.path, "data")).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
  });

  it("lets its homeserver publish at its identity server, named by the address that is printed", async () => {
    const printed = await serve().printed(/Ctrl-C/);
    const urlOf = (what: string): string => new RegExp(`^ {2}${what} +(\\S+)$`, "m").exec(printed)?.[1] ?? "";
    const [baseUrl, identityUrl] = [urlOf("homeserver"), urlOf("identity server")];
    const body = { username: "alice", auth: { type: "m.login.dummy" } };
    const registered = await createClientServerV3Client({ baseUrl }).orThrow.register({ body });
    const { user_id: mxid, access_token: accessToken = "" } = registered;
    const homeserver = createClientServerV3Client({ baseUrl, accessToken });
    const identity = createIdentityClient({ baseUrl: identityUrl });
    const account = await identityAccount({ homeserver, identity }, { mxid });
    if (!account.ok || account.needs === "terms") throw new Error("no account without terms");
    const parties = { homeserver, identity, idServer: new URL(identityUrl).host, idAccessToken: account.accessToken };
    const threepid = { medium: "email", address: "alice@example.org" } as const;
    const asked = await bindThreepid(parties, { threepid });
    if (!asked.ok || asked.needs !== "link") throw new Error("no link was sent");
    const mail = await (await fetch(`${urlOf("mailbox page")}/latest.txt`)).text();
    await fetch(/http\S+submitToken\S+/.exec(mail)?.[0] ?? "");
    expect(await asked.confirmed()).toMatchObject({ ok: true });
    expect(await identity.orThrow.lookupUser({ query: threepid })).toMatchObject({ mxid });
  });

  it("stops at SIGTERM too, and starts again on the same data with the same key", async () => {
    const keyOf = async (command: Running) => {
      const printed = await command.printed(/Ctrl-C/);
      const url = /identity server +(\S+)/.exec(printed)?.[1];
      const answer = await fetch(`${url}/_matrix/identity/v2/pubkey/ed25519:0`);
      return answer.json();
    };
    const first = serve();
    const before = await keyOf(first);
    first.child.kill("SIGTERM");
    expect(await first.finished).toMatchObject({ code: 0, out: expect.stringMatching(/\nthreepid has stopped\.\n$/) });
    expect(await keyOf(serve())).toEqual(before);
    expect(before).toEqual({ public_key: expect.stringMatching(/^[A-Za-z0-9+/]{43}$/) });
  });

  it("takes nothing new on any port while a request is under way, and ends at once at a second signal", async () => {
    const command = serve();
    await command.printed(/Ctrl-C/);
    const half = connect(Number(environment["THREEPID_HOMESERVER__LISTEN__PORT"]), "127.0.0.1");
    half.on("error", () => undefined);
    await once(half, "connect");
    half.write("POST /_matrix/client/r0/register HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
    command.child.kill("SIGINT");
    for (const section of ["IDENTITY", "HOMESERVER", "MAILBOX"]) {
      while (await isOpen(environment[`THREEPID_${section}__LISTEN__PORT`]));
    }
    command.child.kill("SIGTERM");
    await command.finished;
    half.destroy();
    expect(command.child.signalCode).toBe("SIGTERM");
  });

  it.each(["bash", "sh"])("prints a journey that works as pasted into %s", async (shell) => {
    const printed = await serve().printed(/Ctrl-C/);
    const journey = /in this folder:\n\n([\s\S]*)\nPress Ctrl-C/.exec(printed)?.[1] ?? "";
    const { stdout, stderr, status } = spawnSync(shell, { input: journey, cwd: folder.path, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const [page, validated, bound, found, again, ...rest] = stdout.trimEnd().split("\n");
    expect(rest).toEqual([]);
    expect(page).toBe("<h1>Your email address is confirmed</h1>");
    expect(JSON.parse(validated ?? "")).toMatchObject({ medium: "email", address: "alice@example.org" });
    expect(JSON.parse(bound ?? "")).toMatchObject({
      mxid: `@alice:localhost:${environment["THREEPID_HOMESERVER__LISTEN__PORT"]}`,
      signatures: expect.anything(),
    });
    expect(JSON.parse(found ?? "")).toEqual(JSON.parse(bound ?? ""));
    expect(JSON.parse(again ?? "")).toEqual(JSON.parse(validated ?? ""));
  });

  it.each([[["homeserver"]], [["identity", "homeserver"]]])(
    "says which ports are taken, one in a line: %s",
    async (sections) => {
      const ports = sections.map((it) => Number(environment[`THREEPID_${it.toUpperCase()}__LISTEN__PORT`]));
      const busy = await Promise.all(
        ports.map(async (port) => {
          const server = createServer().listen(port, "127.0.0.1");
          await once(server, "listening");
          return server;
        }),
      );
      try {
        const { code, out, err } = await serve().finished;
        expect({ code, out }).toEqual({ code: 1, out: "" });
        const lines = sections.map(
          (it, i) =>
            `${it}: port ${ports[i]} on 127.0.0.1 is in use by another program; choose another with ${it}.listen.port or THREEPID_${it.toUpperCase()}__LISTEN__PORT\n`,
        );
        expect(err).toBe(`threepid: ${lines.join("")}`);
      } finally {
        for (const server of busy) server.close();
      }
    },
  );

  it("says in one line what is wrong with a configuration, and where", async () => {
    environment = {};
    writeFileSync(
      join(folder.path, "threepid.yaml"),
      "identity:\n  server_name: localhost\n  public_base_url: http://a\n  prot: 1\n",
    );
    const { code, out, err } = await serve().finished;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^threepid\.yaml:4:3: unknown option "identity\.prot"; .*\n$/);
    expect(existsSync(join(folder.path, "data"))).toBe(false);
  });

  const rows: readonly (readonly [name: string, yaml: string, want: RegExp])[] = [
    ["broken YAML", "identity: {\n", /^given\.yaml:2:1: .*\n$/],
    [
      "a database that is none",
      "identity:\n  server_name: a\n  public_base_url: http://a\n  database: given.yaml\n",
      /^threepid: The database file given\.yaml is no SQLite database.*\n$/,
    ],
    [
      "a folder that cannot be made",
      "identity:\n  server_name: a\n  public_base_url: http://a\n  database: given.yaml/x\n",
      /^given\.yaml:4:3: "identity\.database" is given\.yaml\/x, but given\.yaml is a file.*\n$/,
    ],
    [
      "a folder where nothing can be made",
      "identity:\n  server_name: a\n  public_base_url: http://a\n  database: /proc/none/y/z.sqlite\n",
      /^threepid: The database file \/proc\/none\/y\/z\.sqlite cannot be opened: its folder cannot be made.*\n$/,
    ],
    [
      "an address of another machine",
      "identity:\n  server_name: a\n  public_base_url: http://a\n  listen: { host: 192.0.2.1, port: 1 }\n",
      /^threepid: identity: port \d+ on 192\.0\.2\.1 cannot be listened on, since this machine does not have that address.*identity\.listen\.host.*\n$/,
    ],
    [
      "a certificate file that is missing",
      "identity:\n  server_name: a\n  public_base_url: http://a\nmail: { transport: smtp, host: a, ca_file: none.pem }\n",
      /^given\.yaml:4:35: "mail\.ca_file" is none\.pem, which cannot be read.*\n$/,
    ],
  ];
  it.each(rows)("ends with code 1 and one line for %s", async (_name, yaml, want) => {
    writeFileSync(join(folder.path, "given.yaml"), `${yaml}log: { level: warn }\n`);
    environment = {
      THREEPID_IDENTITY__LISTEN__PORT: environment["THREEPID_IDENTITY__LISTEN__PORT"] ?? "",
      THREEPID_MAILBOX__LISTEN__PORT: "0",
    };
    const { code, err } = await serve(["--config", "given.yaml"]).finished;
    expect(err).toMatch(want);
    expect(code).toBe(1);
  });

  it("warns in one line that nobody receives its messages, also beside the mailbox, and logs that it begins with nothing", async () => {
    writeFileSync(
      join(folder.path, "a.yaml"),
      "identity:\n  server_name: a\n  public_base_url: http://a\n  listen: { port: 0 }\nmailbox: { listen: { port: 0 } }\n",
    );
    environment = {};
    const command = serve(["-c", "a.yaml"]);
    await command.printed(/mailbox page +http:\S+\nMessages on the mailbox page .*nobody else gets them\.\n$/);
    command.child.kill("SIGTERM");
    const { code, err } = await command.finished;
    const [logged = "", ...warnings] = err.split("\n");
    const database = join(realpathSync(folder.path), "data", "identity.sqlite");
    expect(JSON.parse(logged)).toMatchObject({ msg: "a new database was made: nothing is in it yet", file: database });
    expect(warnings.join("\n")).toMatch(/^a\.yaml:3:3: warning: nobody receives mail and text messages, .*\n$/);
    expect(code).toBe(0);
  });

  it("runs only the server that a configuration names", async () => {
    writeFileSync(
      join(folder.path, "only.yaml"),
      "identity:\n  server_name: a\n  public_base_url: http://a\n  listen: { port: 0 }\n  v1: { enabled: false }\nmail: { transport: smtp, host: localhost }\nsms: { transport: gateway, url: http://localhost }\n",
    );
    environment = {};
    const printed = await serve(["-c", "only.yaml"]).printed(/identity server .*\n/);
    expect(printed).not.toMatch(/homeserver|mailbox/);
    const url = /http:\S+/.exec(printed)?.[0];
    const [v1, v2] = await Promise.all(["api/v1", "v2"].map((version) => fetch(`${url}/_matrix/identity/${version}`)));
    expect([v1?.status, v2?.status]).toEqual([404, 200]);
    expect(await v1?.json()).toMatchObject({ errcode: "M_UNRECOGNIZED" });
  });
});
