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

const page = (identityUrl: string, token: string) => `<!doctype html><title>visit</title>
<script type="importmap">${JSON.stringify({
  imports: {
    "threepid-client/identity": "/node_modules/threepid-client/identity/index.js",
    "threepid-client/journeys": "/node_modules/threepid-client/journeys/index.js",
  },
})}</script>
<script type="module">
import { visit } from "/visit.js";
const changePepper = () => fetch("/change-pepper");
const found = await visit(${JSON.stringify(identityUrl)}, ${JSON.stringify(token)}, changePepper)
  .catch((error) => [String(error.stack)]);
await fetch("/found", { method: "POST", body: JSON.stringify(found) });
</script>`;

const types: Readonly<Record<string, string>> = { ".js": "text/javascript", "": "text/html" };

const expected = Array.from({ length: 100 }, (_, n) => `${n * 5} @user${n * 5}:example.org`);

describe("the client package", () => {
  let installed: InstalledClient;
  beforeAll(async () => {
    const client = { name: "threepid-client", out: join(work, "threepid-client"), license: "Apache-2.0" };
    await generate({ root: join(root, "api"), out: join(work, "generated"), client });
    run(process.execPath, [join(root, ".ci/client-journeys.mjs"), client.out], root);
    installed = installClient(client.out, caller, { "visit.ts": visit, "strict.ts": strict });
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

    it.runIf(browserIsDue)(`finds them in Chromium, at another origin${notRun}`, async () => {
      installed.compile("NodeNext");
      let tell: (found: unknown) => void = () => undefined;
      const told = new Promise<unknown>((resolve) => {
        tell = resolve;
      });
      const server: Server = createServer(async (request, reply) => {
        const path = new URL(request.url ?? "/", "http://page").pathname;
        if (path === "/change-pepper") {
          await changePepper();
          reply.end();
        } else if (path === "/found") {
          tell(JSON.parse(Buffer.concat(await request.toArray()).toString()));
          reply.end();
        } else {
          const file = join(caller, path);
          if (path !== "/" && !existsSync(file)) reply.writeHead(404).end();
          else {
            const text = path === "/" ? page(servers.identityUrl, token) : readFileSync(file);
            reply.writeHead(200, { "content-type": types[extname(path)] }).end(text);
          }
        }
      });
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
      openInChromium(`http://127.0.0.1:${port}`);
      expect(await told).toEqual(expected);
    });
  });
});
