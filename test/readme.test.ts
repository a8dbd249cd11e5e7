/** The README is a program too: its examples compile and run, its links lead somewhere, its commands exist. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { commandFolder } from "./support/command.js";
import { programOf } from "./support/compiler.js";
import { freePorts } from "./support/free-ports.js";

const root = new URL("../", import.meta.url);
const readme = await readFile(new URL("README.md", root), "utf8");

const journeysReadme = await readFile(new URL("runtime/client/README.md", root), "utf8");
const calling = ["handlers", "client", "journeys"];
const composing = ["rooms", "account-store", "account-store-test"];

const example = (name: string): string => {
  const text = `${readme}${journeysReadme}`.match(
    new RegExp(`<!-- example: ${name} -->\\n\`\`\`ts\\n([^]*?)\`\`\``),
  )?.[1];
  if (text === undefined) throw new Error(`no README has an example named ${name}`);
  return text;
};

// Inside the checkout, so that `threepid/identity` is this package, as it is for those who installed it.
const folder = new URL("dist/readme/", root);

/** Compiles the examples as a stranger would, and answers what the compiler has to say. */
const compile = (names: readonly string[], more: ts.CompilerOptions = {}): string[] => {
  mkdirSync(folder, { recursive: true });
  const files = names.map((name) => {
    const file = fileURLToPath(new URL(`${name}.ts`, folder));
    writeFileSync(file, example(name));
    return file;
  });
  const program = programOf(files, { noEmit: false, noEmitOnError: true, ...more });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map((diagnostic) =>
    ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"),
  );
};

const load = async (name: string): Promise<unknown> =>
  import(pathToFileURL(fileURLToPath(new URL(`${name}.js`, folder))).href);

interface HandlersExample {
  readonly server: { fetch(request: Request): Promise<Response> };
}
interface JourneysExample {
  register(
    options: { baseUrl: string; fetch: HandlersExample["server"]["fetch"] },
    email: string,
    password: string,
    typed: () => Promise<string>,
  ): Promise<string>;
}
interface SettlingInExample {
  settleIn(
    homeserver: string,
    identity: string,
    typed: () => Promise<string>,
  ): Promise<{ readonly mxid: string; readonly found: readonly object[] }>;
}
interface ClientExample {
  publicKey(keyId: string, options: { baseUrl: string; fetch: HandlersExample["server"]["fetch"] }): Promise<string>;
}

describe("examples", () => {
  let complaints: string[] = [];
  beforeAll(() => {
    complaints = [
      ...compile([...calling, "settling-in"]),
      // The whole program stands on packages for Node.js, whose types are not ours to check.
      ...compile(composing, { skipLibCheck: true, types: ["node"] }),
    ];
  });

  test("compile under strict options", () => {
    expect(complaints).toEqual([]);
  });

  test.each([...calling, ...composing])("%s takes about ten lines", (name) => {
    expect(example(name).trim().split("\n").filter(Boolean).length).toBeLessThanOrEqual(12);
  });

  test("the handler serves through the generated code alone, and the client reads its answers", async () => {
    // The compiler checked above that the modules have these exports, of these types.
    const { server } = (await load("handlers")) as HandlersExample;
    const { publicKey } = (await load("client")) as ClientExample;
    const options = { baseUrl: "http://id.example.org", fetch: server.fetch };
    const key = await publicKey("ed25519:0", options);
    expect(key).toBe("VXuGitF39UH5iRfvbIknlvlAVKgD1BsLDMvBf0pmp7c");
    await expect(publicKey("ed25519:1", options)).rejects.toThrow("404 M_NOT_FOUND");
  });

  test("the journey ends with an account, or with the code of a refusal", async () => {
    const { register } = (await load("journeys")) as JourneysExample;
    const flows = [{ stages: ["m.login.email.identity"] }];
    const answers = [
      Response.json({ session: "s", flows }, { status: 401 }),
      Response.json({ sid: "sid" }),
      Response.json({ user_id: "@alice:example.org", access_token: "a", device_id: "D" }),
      Response.json({ errcode: "M_WEAK_PASSWORD", error: "too weak" }, { status: 400 }),
    ];
    const fetch = async () => answers.shift() ?? Response.error();
    const journey = () => register({ baseUrl: "http://example.org", fetch }, "a@example.org", "secret", async () => "");
    expect(await journey()).toBe("@alice:example.org");
    expect(await journey()).toBe("M_WEAK_PASSWORD");
  });

  test("somebody settles in with what `npm start` runs", async () => {
    const folder = commandFolder();
    const [identity, homeserver, mailbox] = await freePorts(3);
    const running = folder.run(["serve"], {
      THREEPID_IDENTITY__LISTEN__PORT: `${identity}`,
      THREEPID_HOMESERVER__LISTEN__PORT: `${homeserver}`,
      THREEPID_MAILBOX__LISTEN__PORT: `${mailbox}`,
      THREEPID_LOG__LEVEL: "info",
    });
    try {
      await running.printed(/Ctrl-C/);
      const { settleIn } = (await load("settling-in")) as SettlingInExample;
      let isSettled = false;
      const settled = settleIn(
        `http://127.0.0.1:${homeserver}`,
        `http://localhost:${identity}`,
        async () => "",
      ).finally(() => {
        isSettled = true;
      });
      const opened = new Set<string>();
      const read = async (): Promise<void> => {
        while (!isSettled) {
          const text = await (await fetch(`http://127.0.0.1:${mailbox}/latest.txt`)).text();
          const link = /http\S+submit_?token\S+/i.exec(text)?.[0];
          if (link !== undefined && !opened.has(link)) await fetch(link);
          opened.add(link ?? "");
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      const [{ mxid, found }] = await Promise.all([settled, read()]);
      expect(mxid).toMatch(new RegExp(`^@.+:localhost:${homeserver}$`));
      expect(found).toEqual([{ contact: { medium: "email", address: "alice@example.com" }, mxid }]);
    } finally {
      running.child.kill("SIGINT");
      const { err } = await running.finished;
      folder.remove();
      // The homeserver has no rooms, and was asked nevertheless: nobody is warned.
      expect(err).not.toContain('"level":40');
    }
  });

  test("an operation that has no handler says so", async () => {
    const { server } = (await load("handlers")) as HandlersExample;
    const answer = await server.fetch(new Request("http://id.example.org/_matrix/identity/v2"));
    expect(answer.status).toBe(501);
  });
});

describe("links", () => {
  const targets = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => target ?? "");

  test("there are the files of the walk among them", () => {
    expect(targets.length).toBeGreaterThan(20);
  });

  test.each([...new Set(targets)])("%s exists", async (target) => {
    await expect(access(new URL(target, root))).resolves.toBeUndefined();
  });
});

test("every npm command in the README is a script of package.json", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm (?:run )?(start|test|[a-z:]+)(?= |$|`)/gm)]
    .map(([, name]) => name ?? "")
    .filter((name) => !["ci", "run", "install"].includes(name));
  expect(named.length).toBeGreaterThan(2);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});
