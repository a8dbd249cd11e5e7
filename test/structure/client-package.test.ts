/** `threepid-client` as `npm run client` makes it: installed by a stranger, who finds people in Node.js and in a browser. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { generate } from "../../generator/generate.js";
import { administrate, administrateAssociations } from "../../runtime/compose.js";
import { openLink } from "../e2e/journeys.js";
import { type Servers, startServers } from "../e2e/servers.js";
import { browserIsDue, notRun, openInChromium } from "../support/chromium.js";
import { type InstalledClient, installClient, packageComplaints } from "../support/client-package.js";
import { run } from "../support/packages.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "threepid-client-"));
const caller = join(work, "caller");

/** Finds who of 500 is there, in 25 lookups; somebody changes the pepper before the fourth. */
const visit = `import { createIdentityClient } from "threepid-client/identity";
import { discoverContacts } from "threepid-client/journeys";

export const visit = async (baseUrl: string, accessToken: string, changePepper: () => Promise<unknown>) => {
  let lookups = 0;
  const identity = createIdentityClient({
    baseUrl,
    accessToken,
    fetch: async (request) => {
      if (request.url.endsWith("/lookup") && ++lookups === 4) await changePepper();
      return fetch(request);
    },
  });
  const book = Array.from({ length: 500 }, (_, n) => ({ n, medium: "email", address: \`Straße.\${n}@Example.ORG\` }) as const);
  const result = await discoverContacts({ identity }, book, { batchSize: 20 });
  if (!result.ok) return result.errcode;
  return result.found.map(({ contact: { n }, mxid }) => \`\${n} \${mxid}\`);
};
`;

/** Registers with an address, adds another, has one bound, and forgets the password; a person opens the links. */
const live = `import { createClientServerV3Client } from "threepid-client/client-server-v3";
import { createIdentityClient } from "threepid-client/identity";
import {
  addThreepid,
  bindThreepid,
  type Reachable,
  registerWithEmail,
  resetPassword,
  type Result,
  type Step,
  withPassword,
} from "threepid-client/journeys";

export interface Places {
  readonly homeserverUrl: string;
  readonly identityUrl: string;
  readonly idServer: string;
}

export interface Person {
  openLink(address: string): Promise<unknown>;
  identityToken(mxid: string): Promise<string>;
}

export const live = async ({ homeserverUrl, identityUrl, idServer }: Places, person: Person) => {
  const succeeded = <Value extends object>(result: Result<Value, string>): Value => {
    if (!result.ok) throw new Error(\`\${result.errcode}: \${result.error}\`);
    return result;
  };
  const confirmed = async <Done extends object>(asked: Result<Step<Done, string>, string>, address: string) => {
    const step = succeeded(asked);
    if (step.needs === "code") throw new Error("a link was expected");
    const waiting = step.confirmed({ intervalMs: 50 });
    await person.openLink(address);
    return succeeded(await waiting);
  };
  const clientOf = (accessToken: string) => createClientServerV3Client({ baseUrl: homeserverUrl, accessToken });
  const mail = (address: string): Reachable => ({ medium: "email", address });
  const [first, second, password] = ["dora@example.org", "second@example.org", "a first password"];

  const homeserver = createClientServerV3Client({ baseUrl: homeserverUrl });
  const { mxid, accessToken } = await confirmed(
    await registerWithEmail({ homeserver }, { username: "dora", password, email: first }),
    first,
  );
  const own = { homeserver: clientOf(accessToken) };
  const stages = withPassword(mxid, password);
  await confirmed(await addThreepid(own, { threepid: mail(second), stages }), second);
  const idAccessToken = await person.identityToken(mxid);
  const identity = createIdentityClient({ baseUrl: identityUrl });
  const parties = { ...own, identity, idServer, idAccessToken };
  await confirmed(await bindThreepid(parties, { threepid: mail(first) }), first);
  await confirmed(await resetPassword({ homeserver }, { threepid: mail(first), newPassword: "another password" }), first);
  const login = { type: "m.login.password", identifier: { type: "m.id.user", user: mxid }, password: "another password" };
  const { access_token } = await homeserver.orThrow.login({ body: login });
  const { threepids } = await clientOf(access_token).orThrow.getAccount3PIDs();
  return [mxid, ...threepids.map(({ address }) => address)];
};
`;

/** What only compiles when nothing is loose: every refusal has a code that a program may ask for. */
const strict = `import { discoverContacts, type LookupParties } from "threepid-client/journeys";

export const words = async (parties: LookupParties): Promise<string> => {
  const result = await discoverContacts(parties, [{ medium: "email", address: "alice@example.org" }]);
  if (result.ok) return result.found.map(({ mxid }) => mxid).join();
  switch (result.errcode) {
    case "M_INVALID_PEPPER":
    case "M_LIMIT_EXCEEDED":
      return "later";
    case "M_TERMS_NOT_SIGNED":
    case "M_UNKNOWN_TOKEN":
    case "M_UNRECOGNIZED":
    case "NO_HASHES":
    case "M_UNKNOWN":
      return result.error;
    default:
      return result satisfies never;
  }
};
`;

const parts = ["client-server-v3", "identity", "journeys"];

/** @param script makes `found`, a promise of what the page has to tell */
const page = (script: string) => `<!doctype html><title>visit</title>
<script type="importmap">${JSON.stringify({
  imports: Object.fromEntries(
    parts.map((part) => [`threepid-client/${part}`, `/node_modules/threepid-client/${part}/index.js`]),
  ),
})}</script>
<script type="module">
${script}
await fetch("/found", { method: "POST", body: JSON.stringify(await found.catch((error) => [String(error.stack)])) });
</script>`;

const types: Readonly<Record<string, string>> = { ".js": "text/javascript", "": "text/html" };

const expected = Array.from({ length: 100 }, (_, n) => `${n * 5} @user${n * 5}:example.org`);

describe("the client package", () => {
  let installed: InstalledClient;
  beforeAll(async () => {
    const client = { name: "threepid-client", out: join(work, "threepid-client"), license: "Apache-2.0" };
    await generate({ root: join(root, "api"), out: join(work, "generated"), client });
    run(process.execPath, [join(root, ".ci/client-journeys.mjs"), client.out], root);
    installed = installClient(client.out, caller, { "visit.ts": visit, "live.ts": live, "strict.ts": strict });
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("depends on nothing, and is one that tools have nothing to say about", () => {
    expect(packageComplaints(join(work, "threepid-client"))).toEqual([]);
    expect(installed.folders).toEqual(["threepid-client"]);
    const manifest = readFileSync(join(work, "threepid-client/package.json"), "utf8");
    expect(manifest).not.toMatch(/ependencies/);
  });

  it.each(["NodeNext", "Bundler"] as const)("compiles under %s resolution, its README with it", (resolution) => {
    expect(installed.compile(resolution)).toBe("");
  });

  describe("in use", () => {
    let servers: Servers;
    let token: string;

    beforeAll(async () => {
      servers = await startServers();
      token = await servers.identityToken("@asker:example.org");
      const associations = administrateAssociations(servers.configuration);
      for (let n = 0; n < 500; n += 5) await associations.add(`strasse.${n}@example.org`, `@user${n}:example.org`);
      associations.close();
    });
    afterAll(() => servers?.close());

    const changePepper = async (): Promise<void> => {
      const administration = administrate(servers.configuration);
      await administration.rotatePepper();
      administration.close();
    };

    it("finds who of 500 contacts is there, with a pepper that changes meanwhile", async () => {
      installed.compile("NodeNext");
      const { visit } = await import(pathToFileURL(join(caller, "visit.js")).href);
      expect(await visit(servers.identityUrl, token, changePepper)).toEqual(expected);
    });

    /** What a page in Chromium tells; it may ask the test by these paths, with one word. */
    const toldByPage = async (
      script: string,
      asked: Readonly<Record<string, (word: string) => Promise<string | undefined>>>,
    ): Promise<unknown> => {
      installed.compile("NodeNext");
      let tell: (found: unknown) => void = () => undefined;
      const told = new Promise<unknown>((resolve) => {
        tell = resolve;
      });
      const server: Server = createServer(async (request, reply) => {
        const { pathname, searchParams } = new URL(request.url ?? "/", "http://page");
        const answer = asked[pathname];
        const file = join(caller, pathname);
        if (answer !== undefined) reply.end(await answer(searchParams.get("of") ?? ""));
        else if (pathname === "/found") {
          tell(JSON.parse(Buffer.concat(await request.toArray()).toString()));
          reply.end();
        } else if (pathname !== "/" && !existsSync(file)) reply.writeHead(404).end();
        else {
          const text = pathname === "/" ? page(script) : readFileSync(file);
          reply.writeHead(200, { "content-type": types[extname(pathname)] }).end(text);
        }
      });
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
      openInChromium(`http://127.0.0.1:${port}`);
      return told;
    };

    it.runIf(browserIsDue)(`finds them in Chromium, at another origin${notRun}`, async () => {
      const script = `import { visit } from "/visit.js";
        const given = ${JSON.stringify([servers.identityUrl, token])};
        const found = visit(...given, () => fetch("/change-pepper"));`;
      const told = await toldByPage(script, { "/change-pepper": async () => void (await changePepper()) });
      expect(told).toEqual(expected);
    });

    it.runIf(browserIsDue)(`takes the other journeys in Chromium, too${notRun}`, async () => {
      const { homeserverUrl, identityUrl, idServer } = servers;
      const script = `import { live } from "/live.js";
        const asking = (path) => async (word) => (await fetch(path + "?of=" + encodeURIComponent(word))).text();
        const person = { openLink: asking("/open-link"), identityToken: asking("/identity-token") };
        const found = live(${JSON.stringify({ homeserverUrl, identityUrl, idServer })}, person);`;
      const told = await toldByPage(script, {
        "/open-link": async (address) => String((await openLink(servers, address)).status),
        "/identity-token": (mxid) => servers.identityToken(mxid),
      });
      expect(told).toEqual(["@dora:example.org", "dora@example.org", "second@example.org"]);
      const bound = await servers.identity.orThrow.lookupUser({
        query: { medium: "email", address: "dora@example.org" },
      });
      expect(bound).toMatchObject({ mxid: "@dora:example.org" });
    });
  });
});
